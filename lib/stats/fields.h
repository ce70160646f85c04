// The one table of statistics fields. Structs, segment counters, JSON, the JSON
// schema, the public header slab_stats.h and the field reference in
// schemas/FIELDS.md all follow from it; a field is added here and nowhere else.
//
// Columns: X(name, type, kind, origin, unit, help)
//   type    U64, TEXT, STATE ("ACTIVE" or "CLOSING")
//   kind    COUNTER never falls; GAUGE goes both ways; INFO names or describes
//   origin  STORED: a word of the segment that the allocator keeps;
//           DERIVED: worked out when a snapshot is taken
//   unit    what one of it is; "" for texts and identities
// Order is the order of the JSON output.
#pragma once

// A row is one line.
// clang-format off

// One incarnation of the whole allocator. `classes`, `epochs` and `abandoned`
// follow as arrays.
#define TEMPORAL_SLAB_GLOBAL_FIELDS(X)                                                             \
  X(schema_version, U64, INFO, DERIVED, "", "version of this format")                              \
  X(version, TEXT, INFO, DERIVED, "", "version of the library that wrote the figures")             \
  X(timestamp_ns, U64, GAUGE, DERIVED, "ns", "when the snapshot was taken, CLOCK_REALTIME")        \
  X(pid, U64, INFO, DERIVED, "", "process of the allocator")                                       \
  X(process, TEXT, INFO, DERIVED, "", "name of that process")                                      \
  X(allocator, TEXT, INFO, DERIVED, "", "name of the allocator")                                   \
  X(process_state, TEXT, INFO, DERIVED, "", "of that process: alive, dead or unknown")                 \
  X(process_state_reason, TEXT, INFO, DERIVED, "", "why it is unknown; else empty")                \
  X(uptime_sec, U64, GAUGE, DERIVED, "s", "time since that process started, up to last_known_ns")  \
  X(last_known_ns, U64, GAUGE, DERIVED, "ns", "what ages and the uptime are counted to, CLOCK_REALTIME: as timestamp_ns; of a dead process the last moment that is known of it") \
  X(page_size, U64, INFO, DERIVED, "bytes", "size of a page")                                      \
  X(epoch_count, U64, INFO, DERIVED, "epochs", "places in the ring")                               \
  X(current_epoch, U64, GAUGE, DERIVED, "", "epoch that new objects go to")                        \
  X(active_epoch_count, U64, GAUGE, DERIVED, "epochs", "epochs that accept allocations")           \
  X(closing_epoch_count, U64, GAUGE, DERIVED, "epochs", "epochs that drain")                       \
  X(total_slabs_allocated, U64, COUNTER, DERIVED, "slabs", "slabs set up in an epoch, from the warm reserve or fresh") \
  X(total_slabs_recycled, U64, COUNTER, DERIVED, "slabs", "slabs that became empty and left their epoch, kept warm or given back") \
  X(net_slabs, U64, GAUGE, DERIVED, "slabs", "slabs that stand in epochs now; with the warm ones (cache_size) all slabs mapped") \
  X(rss_bytes_current, U64, GAUGE, DERIVED, "bytes", "resident bytes of the whole process, as the kernel counts; 0 when it is dead or of another pid namespace") \
  X(estimated_slab_rss_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of all slabs mapped: in epochs and warm") \
  X(total_slow_path_hits, U64, COUNTER, DERIVED, "allocations", "allocations that the slab in use could not serve") \
  X(total_slow_cache_miss, U64, COUNTER, DERIVED, "allocations", "of these, those that found no warm slab") \
  X(total_slow_epoch_closed, U64, COUNTER, DERIVED, "allocations", "of these, those refused because the epoch was CLOSING") \
  X(total_cache_overflows, U64, COUNTER, DERIVED, "slabs", "empty slabs given back because the warm reserve was full") \
  X(total_madvise_calls, U64, COUNTER, DERIVED, "calls", "madvise calls that gave slabs back") \
  X(total_madvise_bytes, U64, COUNTER, DERIVED, "bytes", "bytes of slabs given back") \
  X(total_madvise_failures, U64, COUNTER, DERIVED, "calls", "madvise calls that the kernel refused") \
  X(total_allocs, U64, COUNTER, DERIVED, "objects", "objects allocated") \
  X(total_frees, U64, COUNTER, DERIVED, "objects", "objects freed") \
  X(total_remote_frees, U64, COUNTER, DERIVED, "objects", "of these, those freed while their slab belonged to another thread") \
  X(invalid_frees, U64, COUNTER, STORED, "calls", "frees refused: foreign, forged, interior or misaligned handle or pointer") \
  X(stale_frees, U64, COUNTER, STORED, "calls", "frees refused: the object had been freed before") \
  X(refcount_underflows, U64, COUNTER, STORED, "calls", "references dropped where none stood") \
  X(stale_releases, U64, COUNTER, STORED, "calls", "references released after their incarnation was gone") \
  X(abandoned_refs, U64, COUNTER, STORED, "references", "references that stood when the full ring took their epoch over") \
  X(epochs_closed, U64, COUNTER, STORED, "epochs", "incarnations that went from ACTIVE to CLOSING") \
  X(epochs_drained_at_close, U64, COUNTER, STORED, "epochs", "of these, those with no live object at that moment") \
  X(advances_held, U64, COUNTER, STORED, "calls", "calls that could not turn the ring: all epochs had references, none left long enough to be taken over") \
  X(takeover_after_sec, U64, INFO, DERIVED, "s", "how long an epoch with references must have been left before the full ring takes it over")

#define TEMPORAL_SLAB_CLASS_FIELDS(X)                                                              \
  X(class_index, U64, INFO, DERIVED, "", "number of the size class")                               \
  X(object_size, U64, INFO, DERIVED, "bytes", "size of a slot; 0: larger objects, each in pages of its own")                                    \
  X(slab_bytes, U64, INFO, DERIVED, "bytes", "size of a slab of the class; 0: as large as its object")                        \
  X(slow_path_hits, U64, COUNTER, STORED, "allocations", "allocations that the slab in use could not serve") \
  X(slow_path_cache_miss, U64, COUNTER, STORED, "allocations", "of these, those that found no warm slab") \
  X(slow_path_epoch_closed, U64, COUNTER, STORED, "allocations", "of these, those refused because the epoch was CLOSING") \
  X(current_partial_null, U64, COUNTER, STORED, "allocations", "slow path because the epoch had no slab in use") \
  X(current_partial_full, U64, COUNTER, STORED, "allocations", "slow path because the slab in use was full") \
  X(new_slab_count, U64, COUNTER, STORED, "slabs", "slabs set up for the class, from the warm reserve or fresh") \
  X(list_move_partial_to_full, U64, COUNTER, STORED, "moves", "slabs whose last free slot was taken") \
  X(list_move_full_to_partial, U64, COUNTER, STORED, "moves", "full slabs that got a free slot") \
  X(empty_slab_recycled, U64, COUNTER, STORED, "slabs", "empty slabs kept warm for reuse") \
  X(empty_slab_overflowed, U64, COUNTER, STORED, "slabs", "empty slabs given back instead of retained") \
  X(madvise_calls, U64, COUNTER, STORED, "calls", "madvise calls that gave slabs of the class back") \
  X(madvise_bytes, U64, COUNTER, STORED, "bytes", "bytes given back") \
  X(madvise_failures, U64, COUNTER, STORED, "calls", "madvise calls that the kernel refused") \
  X(epoch_close_calls, U64, COUNTER, STORED, "calls", "closes that met slabs of the class") \
  X(epoch_close_scanned_slabs, U64, COUNTER, STORED, "slabs", "slabs looked at by those closes") \
  X(epoch_close_recycled_slabs, U64, COUNTER, STORED, "slabs", "empty slabs that those closes took out") \
  X(epoch_close_total_ns, U64, COUNTER, STORED, "ns", "time that those closes took, from the call to its return") \
  X(allocs, U64, COUNTER, STORED, "objects", "objects allocated") \
  X(frees, U64, COUNTER, STORED, "objects", "objects freed") \
  X(remote_frees, U64, COUNTER, STORED, "objects", "of these, those freed while their slab belonged to another thread") \
  X(remote_free_retries, U64, COUNTER, STORED, "retries", "compare-and-swaps repeated in such frees") \
  X(lock_fast_acquire, U64, COUNTER, STORED, "calls", "times that the lock was free") \
  X(lock_contended, U64, COUNTER, STORED, "calls", "times that the lock had to be waited for") \
  X(live_objects, U64, GAUGE, DERIVED, "objects", "objects alive") \
  X(live_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of their slots") \
  X(committed_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of the class's slabs in epochs") \
  X(total_partial_slabs, U64, GAUGE, DERIVED, "slabs", "slabs with live objects and free slots, carried ones included") \
  X(total_full_slabs, U64, GAUGE, DERIVED, "slabs", "slabs without a free slot, carried ones included") \
  X(cache_size, U64, GAUGE, STORED, "slabs", "warm slabs that last served the class") \
  X(cache_capacity, U64, GAUGE, DERIVED, "slabs", "most warm slabs of this size, all classes together") \
  X(recycle_rate_pct, U64, GAUGE, DERIVED, "percent", "emptied slabs that were kept warm, of all emptied, rounded down") \
  X(net_slabs, U64, GAUGE, DERIVED, "slabs", "slabs of the class that stand in epochs") \
  X(estimated_rss_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of the class's slabs, in epochs and warm")

// One epoch. `holders` follows as an array. The figures of slabs and objects
// count what stands at this place of the ring: live_objects, live_bytes and
// estimated_rss_bytes include what is carried from older eras.
#define TEMPORAL_SLAB_EPOCH_FIELDS(X)                                                              \
  X(epoch_id, U64, INFO, DERIVED, "", "place in the ring")                                         \
  X(epoch_era, U64, INFO, STORED, "", "number of the advance that opened this incarnation")        \
  X(state, STATE, INFO, STORED, "", "ACTIVE accepts allocations, CLOSING drains")                  \
  X(age_sec, U64, GAUGE, DERIVED, "s", "time since this incarnation was opened; 0 if the epoch never was") \
  X(closing_since_sec, U64, GAUGE, DERIVED, "s", "time since it became CLOSING; 0 while it is ACTIVE") \
  X(refcount, U64, GAUGE, STORED, "references", "references held on this incarnation")             \
  X(kept_refs, U64, GAUGE, DERIVED, "references", "of these, those of holders that never dropped any; all, of an ACTIVE epoch that is not current") \
  X(kept_oldest_sec, U64, GAUGE, DERIVED, "s", "time since the first of these holders took its first") \
  X(label, TEXT, INFO, STORED, "", "what the application says this incarnation is for")            \
  X(live_objects, U64, GAUGE, DERIVED, "objects", "objects alive, carried ones included")          \
  X(live_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of their slots")                              \
  X(total_partial_slabs, U64, GAUGE, DERIVED, "slabs", "slabs with live objects and free slots")   \
  X(total_full_slabs, U64, GAUGE, DERIVED, "slabs", "slabs without a free slot")                   \
  X(total_reclaimable_slabs, U64, GAUGE, DERIVED, "slabs", "slabs with no live object")            \
  X(carried_slabs, U64, GAUGE, DERIVED, "slabs", "slabs of older eras that still hold objects")    \
  X(carried_objects, U64, GAUGE, DERIVED, "objects", "objects alive of older eras")                 \
  X(carried_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of their slots")                            \
  X(carried_slab_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of the slabs that hold them")           \
  X(carried_eras, U64, GAUGE, DERIVED, "eras", "older eras of which objects are alive")             \
  X(carried_oldest_age_sec, U64, GAUGE, DERIVED, "s", "time since the oldest of these eras was opened; 0 if there is none") \
  X(estimated_rss_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of all its slabs, carried ones included") \
  X(reclaimable_bytes, U64, GAUGE, DERIVED, "bytes", "bytes of its slabs with no live object")     \
  X(slow_path_hits, U64, COUNTER, STORED, "allocations", "slow-path allocations in this incarnation") \
  X(rss_before_close, U64, GAUGE, STORED, "bytes", "resident bytes of the process as its close began, read at most 10 ms before; 0 while ACTIVE") \
  X(rss_after_close, U64, GAUGE, STORED, "bytes", "resident bytes of the process after its close; as before it when nothing was given back; 0 while ACTIVE") \
  X(close_madvise_bytes, U64, GAUGE, STORED, "bytes", "bytes given back by its close")

// One record of references that the full ring took over (R-2.2-3). `holders`
// follows as an array.
#define TEMPORAL_SLAB_ABANDONED_FIELDS(X)                                                          \
  X(epoch_id, U64, INFO, STORED, "", "place in the ring")                                          \
  X(epoch_era, U64, INFO, STORED, "", "era of the incarnation that was taken over")                \
  X(label, TEXT, INFO, STORED, "", "its label")                                                    \
  X(refcount, U64, GAUGE, STORED, "references", "references that stood then")                      \
  X(age_sec, U64, GAUGE, STORED, "s", "its age then")

// One thread that took references and has not dropped them.
#define TEMPORAL_SLAB_HOLDER_FIELDS(X)                                                             \
  X(tid, U64, INFO, STORED, "", "thread id")                                                       \
  X(thread, TEXT, INFO, STORED, "", "thread name")                                                 \
  X(refs, U64, GAUGE, STORED, "references", "references it holds")                                 \
  X(taken, U64, COUNTER, STORED, "references", "references on this incarnation that it took since it holds a place") \
  X(dropped, U64, COUNTER, DERIVED, "references", "of these, those that were dropped, by whichever thread") \
  X(held_sec, U64, GAUGE, DERIVED, "s", "time since the first of these was taken; 0 if that is not known") \
  X(site, TEXT, INFO, DERIVED, "", "where the last was taken: \"function file:line\", \"module+0xoffset\" (after the function, if that is known) or \"\"")
