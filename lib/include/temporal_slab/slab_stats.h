/*
 * Statistics of an allocator: plain structs, and the whole snapshot as JSON or for
 * Prometheus.
 *
 * Use the structs for a program's own checks and metrics; to look at a program
 * from outside, publish its allocator and use tslab, which costs the program
 * nothing.
 *
 * Errors. A call that cannot do its work leaves *out as it was, returns false if
 * it returns anything, and sets errno: EINVAL for a NULL pointer, a size class of
 * SLAB_CLASS_COUNT or above, an epoch that the ring does not have. Those that write
 * a whole snapshot also know ENOMEM, when memory for it cannot be had, and EIO, when
 * a stray write damaged the allocator's figures. A call that succeeds leaves errno as
 * it was.
 *
 * Threads. Every function may be called from any thread at any time; none stops
 * or waits for another thread (R-3-5). Each struct describes one incarnation of
 * an epoch, never a mixture (R-3-3). While other threads are inside calls, two
 * figures of one struct may be some calls apart; when none is, sums agree exactly
 * (R-3-4). No figure goes below zero or wraps (R-3-1).
 *
 * Signals. What fills a struct may be called in a signal handler, whatever that has
 * interrupted: a call of this library on the same thread, or malloc. What writes a
 * whole snapshot uses malloc: not in a handler that may have interrupted malloc.
 *
 * Cost. In proportion to epochs times size classes, not to objects.
 *
 * Written by ci/generate from lib/stats/fields.h; edit that.
 */
#ifndef TEMPORAL_SLAB_SLAB_STATS_H
#define TEMPORAL_SLAB_SLAB_STATS_H

#include <temporal_slab/slab_alloc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of texts, with their NUL. */
enum { SLAB_VERSION_BYTES = 16, SLAB_PROCESS_BYTES = 64 };

/* The whole allocator. The same names and meanings as in JSON. */
typedef struct {
  /* version of this format */
  uint64_t schema_version;
  /* version of the library that wrote the figures */
  char version[SLAB_VERSION_BYTES];
  /* gauge, ns: when the snapshot was taken, CLOCK_REALTIME */
  uint64_t timestamp_ns;
  /* process of the allocator */
  uint64_t pid;
  /* name of that process */
  char process[SLAB_PROCESS_BYTES];
  /* name of the allocator */
  char allocator[SLAB_LABEL_BYTES];
  /* of that process: alive, dead or unknown */
  char process_state[SLAB_LABEL_BYTES];
  /* why it is unknown; else empty */
  char process_state_reason[SLAB_LABEL_BYTES];
  /* gauge, s: time since that process started, up to last_known_ns */
  uint64_t uptime_sec;
  /* gauge, ns: what ages and the uptime are counted to, CLOCK_REALTIME: as timestamp_ns; of a
   * dead process the last moment that is known of it */
  uint64_t last_known_ns;
  /* bytes: size of a page */
  uint64_t page_size;
  /* epochs: places in the ring */
  uint64_t epoch_count;
  /* gauge: epoch that new objects go to */
  uint64_t current_epoch;
  /* gauge, epochs: epochs that accept allocations */
  uint64_t active_epoch_count;
  /* gauge, epochs: epochs that drain */
  uint64_t closing_epoch_count;
  /* counter, slabs: slabs set up in an epoch, from the warm reserve or fresh */
  uint64_t total_slabs_allocated;
  /* counter, slabs: slabs that became empty and left their epoch, kept warm or given back */
  uint64_t total_slabs_recycled;
  /* gauge, slabs: slabs that stand in epochs now; with the warm ones (cache_size) all slabs
   * mapped */
  uint64_t net_slabs;
  /* gauge, bytes: resident bytes of the whole process, as the kernel counts; 0 when it is dead
   * or of another pid namespace */
  uint64_t rss_bytes_current;
  /* gauge, bytes: bytes of all slabs mapped: in epochs and warm */
  uint64_t estimated_slab_rss_bytes;
  /* counter, allocations: allocations that the slab in use could not serve */
  uint64_t total_slow_path_hits;
  /* counter, allocations: of these, those that found no warm slab */
  uint64_t total_slow_cache_miss;
  /* counter, allocations: of these, those refused because the epoch was CLOSING */
  uint64_t total_slow_epoch_closed;
  /* counter, slabs: empty slabs given back because the warm reserve was full */
  uint64_t total_cache_overflows;
  /* counter, calls: madvise calls that gave slabs back */
  uint64_t total_madvise_calls;
  /* counter, bytes: bytes of slabs given back */
  uint64_t total_madvise_bytes;
  /* counter, calls: madvise calls that the kernel refused */
  uint64_t total_madvise_failures;
  /* counter, objects: objects allocated */
  uint64_t total_allocs;
  /* counter, objects: objects freed */
  uint64_t total_frees;
  /* counter, objects: of these, those freed while their slab belonged to another thread */
  uint64_t total_remote_frees;
  /* counter, calls: frees refused: foreign, forged, interior or misaligned handle or pointer */
  uint64_t invalid_frees;
  /* counter, calls: frees refused: the object had been freed before */
  uint64_t stale_frees;
  /* counter, calls: references dropped where none stood */
  uint64_t refcount_underflows;
  /* counter, calls: references released after their incarnation was gone */
  uint64_t stale_releases;
  /* counter, references: references that stood when the full ring took their epoch over */
  uint64_t abandoned_refs;
  /* counter, epochs: incarnations that went from ACTIVE to CLOSING */
  uint64_t epochs_closed;
  /* counter, epochs: of these, those with no live object at that moment */
  uint64_t epochs_drained_at_close;
  /* counter, calls: calls that could not turn the ring: all epochs had references, none left
   * long enough to be taken over */
  uint64_t advances_held;
  /* s: how long an epoch with references must have been left before the full ring takes it over */
  uint64_t takeover_after_sec;
} SlabGlobalStats;

/* One size class, over all epochs. */
typedef struct {
  /* number of the size class */
  uint64_t class_index;
  /* bytes: size of a slot; 0: larger objects, each in pages of its own */
  uint64_t object_size;
  /* bytes: size of a slab of the class; 0: as large as its object */
  uint64_t slab_bytes;
  /* counter, allocations: allocations that the slab in use could not serve */
  uint64_t slow_path_hits;
  /* counter, allocations: of these, those that found no warm slab */
  uint64_t slow_path_cache_miss;
  /* counter, allocations: of these, those refused because the epoch was CLOSING */
  uint64_t slow_path_epoch_closed;
  /* counter, allocations: slow path because the epoch had no slab in use */
  uint64_t current_partial_null;
  /* counter, allocations: slow path because the slab in use was full */
  uint64_t current_partial_full;
  /* counter, slabs: slabs set up for the class, from the warm reserve or fresh */
  uint64_t new_slab_count;
  /* counter, moves: slabs whose last free slot was taken */
  uint64_t list_move_partial_to_full;
  /* counter, moves: full slabs that got a free slot */
  uint64_t list_move_full_to_partial;
  /* counter, slabs: empty slabs kept warm for reuse */
  uint64_t empty_slab_recycled;
  /* counter, slabs: empty slabs given back instead of retained */
  uint64_t empty_slab_overflowed;
  /* counter, calls: madvise calls that gave slabs of the class back */
  uint64_t madvise_calls;
  /* counter, bytes: bytes given back */
  uint64_t madvise_bytes;
  /* counter, calls: madvise calls that the kernel refused */
  uint64_t madvise_failures;
  /* counter, calls: closes that met slabs of the class */
  uint64_t epoch_close_calls;
  /* counter, slabs: slabs looked at by those closes */
  uint64_t epoch_close_scanned_slabs;
  /* counter, slabs: empty slabs that those closes took out */
  uint64_t epoch_close_recycled_slabs;
  /* counter, ns: time that those closes took, from the call to its return */
  uint64_t epoch_close_total_ns;
  /* counter, objects: objects allocated */
  uint64_t allocs;
  /* counter, objects: objects freed */
  uint64_t frees;
  /* counter, objects: of these, those freed while their slab belonged to another thread */
  uint64_t remote_frees;
  /* counter, retries: compare-and-swaps repeated in such frees */
  uint64_t remote_free_retries;
  /* counter, calls: times that the lock was free */
  uint64_t lock_fast_acquire;
  /* counter, calls: times that the lock had to be waited for */
  uint64_t lock_contended;
  /* gauge, objects: objects alive */
  uint64_t live_objects;
  /* gauge, bytes: bytes of their slots */
  uint64_t live_bytes;
  /* gauge, bytes: bytes of the class's slabs in epochs */
  uint64_t committed_bytes;
  /* gauge, slabs: slabs with live objects and free slots, carried ones included */
  uint64_t total_partial_slabs;
  /* gauge, slabs: slabs without a free slot, carried ones included */
  uint64_t total_full_slabs;
  /* gauge, slabs: warm slabs that last served the class */
  uint64_t cache_size;
  /* gauge, slabs: most warm slabs of this size, all classes together */
  uint64_t cache_capacity;
  /* gauge, percent: emptied slabs that were kept warm, of all emptied, rounded down */
  uint64_t recycle_rate_pct;
  /* gauge, slabs: slabs of the class that stand in epochs */
  uint64_t net_slabs;
  /* gauge, bytes: bytes of the class's slabs, in epochs and warm */
  uint64_t estimated_rss_bytes;
} SlabClassStats;

/* One size class of one epoch. */
typedef struct {
  /* number of the advance that opened this incarnation */
  uint64_t epoch_era;
  /* ACTIVE accepts allocations, CLOSING drains */
  EpochLifecycleState state;
  /* references held on this incarnation, by all classes together */
  uint64_t refcount;
  /* what the application says this incarnation is for */
  char label[SLAB_LABEL_BYTES];
  /* gauge, objects: objects of the class alive here, carried ones included */
  uint64_t live_objects;
  /* gauge, ns: CLOCK_MONOTONIC when this incarnation was opened; 0 if the epoch never was */
  uint64_t open_since_ns;
  /* gauge, slabs: slabs of this incarnation with live objects and free slots */
  uint64_t partial_slab_count;
  /* gauge, slabs: slabs of this incarnation without a free slot */
  uint64_t full_slab_count;
  /* gauge, slabs: slabs of this incarnation with no live object */
  uint64_t reclaimable_slab_count;
  /* gauge, slabs: slabs of older eras that still hold objects */
  uint64_t carried_slab_count;
} SlabEpochStats;

/* The three below, of a caller whose struct has that many bytes: these structs grow at their
 * ends, and a newer library fills what an older caller has. EINVAL too for a size of 0, or
 * one that is larger than this library knows. */
TEMPORAL_SLAB_API void slab_stats_global_sized(SlabAllocator* allocator, SlabGlobalStats* out,
                                               size_t struct_size);
TEMPORAL_SLAB_API void slab_stats_class_sized(SlabAllocator* allocator, uint32_t size_class,
                                              SlabClassStats* out, size_t struct_size);
TEMPORAL_SLAB_API void slab_stats_epoch_sized(SlabAllocator* allocator, uint32_t size_class,
                                              EpochId epoch, SlabEpochStats* out,
                                              size_t struct_size);

/* Fill *out with the figures of the whole allocator. Lock-free, and may be called in
 * any signal handler. Cost: with a look at /proc for the resident bytes. */
static inline void slab_stats_global(SlabAllocator* allocator, SlabGlobalStats* out) {
  slab_stats_global_sized(allocator, out, sizeof(SlabGlobalStats));
}

/* Fill *out with the figures of one size class, over all epochs. Lock-free, and may
 * be called in any signal handler. */
static inline void slab_stats_class(SlabAllocator* allocator, uint32_t size_class,
                                    SlabClassStats* out) {
  slab_stats_class_sized(allocator, size_class, out, sizeof(SlabClassStats));
}

/* Fill *out with what one size class has standing in one epoch. Lock-free, and may be
 * called in any signal handler. */
static inline void slab_stats_epoch(SlabAllocator* allocator, uint32_t size_class, EpochId epoch,
                                    SlabEpochStats* out) {
  slab_stats_epoch_sized(allocator, size_class, epoch, out, sizeof(SlabEpochStats));
}

/* Write the whole snapshot to fd: one line of JSON and a newline, valid against
 * schemas/stats_v1.schema.json whatever the labels (R-3-6). Writes that are cut
 * short or interrupted are gone on with. False with the errno of write when one
 * fails; part of the line may be written then, and a closed pipe raises SIGPIPE
 * as any write to it does. It uses malloc: not in a signal handler that may have
 * interrupted malloc. */
TEMPORAL_SLAB_API bool slab_stats_write_json(SlabAllocator* allocator, int fd);

/* Writes a snapshot to a descriptor as a Prometheus text exposition, what a program
 * answers on its /metrics: the figures of section 5 of lib/CONTRACT.md, with the same
 * series however often the ring turns. `prefix` stands before each metric's
 * name, NULL means "temporal_slab". False as above, and with EINVAL for a prefix that
 * is not 1 to 100 letters, digits and underscores, not a digit first; nothing is
 * written then. prometheus_collectable.hpp gives the same to prometheus-cpp. It uses
 * malloc: not in a signal handler that may have interrupted malloc. */
TEMPORAL_SLAB_API bool slab_stats_write_prometheus(SlabAllocator* allocator, int fd,
                                                   const char* prefix);

#ifdef __cplusplus
}
#endif

#endif /* TEMPORAL_SLAB_SLAB_STATS_H */
