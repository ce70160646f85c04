/*
 * temporal-slab: a memory allocator that groups objects by when they are born.
 *
 * An allocator owns a ring of epochs, 16 unless asked for more or fewer, each with slabs of its
 * own. Objects allocated while an epoch is current live in that epoch's slabs; closing the epoch
 * gives the memory of every empty slab back before the call returns.
 *
 * Errors (R-2-1). A call that cannot do its work changes nothing, returns
 * NULL / false / 0 and sets errno:
 *
 * - EINVAL: NULL allocator, an epoch that its ring does not have, size 0, foreign or malformed
 *   handle or pointer
 * - ENOMEM: the memory cannot be had, or max_bytes would be exceeded
 * - ESTALE: the incarnation is CLOSING or gone, or the handle was freed before
 * - EBUSY: slab_epoch_try_close: references stand
 * - EAGAIN: the ring cannot turn: every epoch has references, and none was left long
 *   enough ago to be taken over (R-2.2-3)
 *
 * Calls that return void set errno to EINVAL in the same cases and do nothing.
 * A call that succeeds leaves errno as it was. Nothing here prints, aborts or
 * throws (R-2-2).
 *
 * Threads. Every function may be called from any thread at any time, except
 * that slab_allocator_free must be the last call on its allocator, and no other
 * call on it may be running.
 *
 * fork(). The child has allocators of its own with all that was in them, whatever
 * other threads were doing, and is seen by nobody: its figures are private from the
 * first instant (R-2.6-1). References of threads that it does not have stay counted.
 * Cost: each published allocator's figures are copied before it, about 50 us. Not in
 * a signal handler that interrupted a call of this library. vfork, posix_spawn and
 * clone go past this: their child may only exec.
 *
 * Costs. Allocating in an ACTIVE epoch and freeing what the thread allocated take
 * no lock and no locked instruction, but when a slab is begun or ends; freeing
 * another thread's object takes two locked instructions. Both for objects of at
 * most SLAB_MAX_SLOT_SIZE, by the first 64 threads of an allocator that allocate,
 * and where the kernel has membarrier. All else that changes something takes one
 * mutex of its allocator; advance, close, discard, a thread's end and fork also wait
 * for the calls that other threads are inside. Reading calls (marked "lock-free")
 * take nothing. No call here uses malloc.
 */
#ifndef TEMPORAL_SLAB_SLAB_ALLOC_H
#define TEMPORAL_SLAB_SLAB_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <temporal_slab/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits. */
enum {
  SLAB_EPOCH_COUNT = 16,      /* epochs of a ring unless asked otherwise */
  SLAB_FEWEST_EPOCHS = 2,     /* what SlabOptions.epoch_count may be, from here */
  SLAB_MOST_EPOCHS = 256,     /* to here */
  SLAB_CLASS_COUNT = 20,      /* size classes 64, 96, 128, 192, ... (two to a power of
                                 two) up to SLAB_MAX_SLOT_SIZE, and one of larger objects */
  SLAB_MAX_SLOT_SIZE = 32768, /* bytes; a larger object gets whole pages of its own */
  SLAB_LABEL_BYTES = 32       /* a label is at most 31 bytes of UTF-8 and a NUL */
};

typedef struct SlabAllocator SlabAllocator;

/* One of the places of the ring: 0 .. slab_allocator_epoch_count - 1. */
typedef uint32_t EpochId;

/* Names one object for ever: refused once that object is freed, also after its
 * slot was used again (R-2.1-4). 0 is never valid. */
typedef uint64_t SlabHandle;

/* ACTIVE accepts allocations; CLOSING refuses them and drains. */
typedef enum { EPOCH_ACTIVE = 0, EPOCH_CLOSING = 1 } EpochLifecycleState;

/* One reference on one incarnation of an epoch. The era is the number of the advance that
 * opened it, so (epoch, era) is unique for the allocator's life. `holder` says which thread
 * took it: whoever drops it, it is that one's (R-2.3-6); 0 does not say, and its drop is
 * charged as slab_epoch_dec_refcount's is. {UINT32_MAX, 0, 0} is none. */
typedef struct {
  EpochId epoch;
  uint32_t holder;
  uint64_t era;
} SlabEpochRef;

/* What becomes of an incarnation when its last reference is dropped by slab_epoch_finish
 * or by the exit of a domain: nothing, slab_epoch_close, slab_epoch_discard. */
typedef enum { SLAB_FINISH_KEEP = 0, SLAB_FINISH_CLOSE = 1, SLAB_FINISH_DISCARD = 2 } SlabFinish;

/* How to make an allocator. Fill with slab_options_init, then change fields. */
typedef struct {
  size_t struct_size;          /* sizeof(SlabOptions), so that it can grow */
  const char* name;            /* "" if NULL; same rules as a label (R-2.4-1); copied */
  bool publish;                /* let tslab read it; also on when TEMPORAL_SLAB_PUBLISH=1 */
  size_t retain_bytes;         /* empty slabs kept warm, bytes; the rest goes back to the
                                  OS. Default 4 MiB, 0 = none */
  size_t max_bytes;            /* most bytes of slabs, warm ones included; 0 = no limit.
                                  Past it allocation fails with ENOMEM (R-2.1-10) */
  uint32_t epoch_count;        /* places of the ring, SLAB_FEWEST_EPOCHS to SLAB_MOST_EPOCHS;
                                  0 = 16. Take at least twice as many as scopes are open at
                                  once, or give an epoch to a batch or an interval */
  uint32_t takeover_after_sec; /* when all epochs have references, the oldest is taken
                                  over if it was left this long ago (R-2.2-3): such
                                  references are leaks. Default 300, 0 = at once */
} SlabOptions;

/* Set every field that a caller with so large a struct has to its default. EINVAL: NULL,
 * or a size that this library does not know. */
TEMPORAL_SLAB_API void slab_options_init_sized(SlabOptions* options, size_t struct_size);

/* Set every field to its default. NULL sets errno to EINVAL. */
static inline void slab_options_init(SlabOptions* options) {
  slab_options_init_sized(options, sizeof(SlabOptions));
}

/* Make an allocator with the default options. Returns NULL with ENOMEM when
 * memory cannot be had. Epoch 0 is current and ACTIVE with era 0. */
TEMPORAL_SLAB_API SlabAllocator* slab_allocator_create(void);

/* Make an allocator. NULL options mean the defaults. EINVAL: struct_size is not
 * one that this library knows, or epoch_count is not allowed. A failure to publish is no error here
 * (R-2.6-4): ask slab_allocator_published. */
TEMPORAL_SLAB_API SlabAllocator* slab_allocator_create_with(const SlabOptions* options);

/* Give back all memory of an allocator, live objects included, and remove its
 * segment. Every handle and pointer into it is dead from here on. NULL is fine. */
TEMPORAL_SLAB_API void slab_allocator_free(SlabAllocator* allocator);

/* Tell whether tslab can see this allocator. False with errno = why it is not:
 * 0 when publishing was never asked for, else the error of the call that failed
 * (ENOENT, EACCES, EPERM, ELOOP, ENOTDIR, ENOSPC, ...), or ECHILD: the process that
 * published it forked, and here is the child; or ESHUTDOWN: it was made while its
 * process exited, after its segments were removed. ENOSPC also later, when the file
 * system became full: its file was removed then. ENOENT later: somebody removed it.
 *
 * EACCES later: the process became another user (setuid) or lost the right to remove
 * its file, so that this would stay when it ends (R-2.6-9). Make allocators that are to be
 * published after dropping privileges; or free them before and make them anew. What stayed is
 * removed by `tslab ps --reap` of its owner or of root.
 *
 * Cost: a few system calls. Takes no lock. */
TEMPORAL_SLAB_API bool slab_allocator_published(SlabAllocator* allocator);

/* Tell how many epochs the ring has. 0 with EINVAL for NULL. Lock-free. */
TEMPORAL_SLAB_API uint32_t slab_allocator_epoch_count(SlabAllocator* allocator);

/* Allocate size bytes, any number from 1 on, in an epoch's standing incarnation.
 * Returns the object, aligned to the largest power of two that divides its slot
 * size (at least 32, R-2.1-2; a page above SLAB_MAX_SLOT_SIZE), contents undefined;
 * *out is its handle (out may be NULL). A size rounded up to a multiple of a power
 * of two of at most a page is aligned to that. Errors: EINVAL, ENOMEM, ESTALE
 * (CLOSING); *out is then untouched. Cost above SLAB_MAX_SLOT_SIZE: system calls
 * when it is freed, and a page fault for each page touched. */
TEMPORAL_SLAB_API void* alloc_obj_epoch(SlabAllocator* allocator, uint32_t size, EpochId epoch,
                                        SlabHandle* out);

/* Free the object that a handle names. False with ESTALE: it was freed before,
 * by whatever call (counted in stale_frees). False with EINVAL: no object of
 * this allocator ever had this handle (counted in invalid_frees). */
TEMPORAL_SLAB_API bool free_obj(SlabAllocator* allocator, SlabHandle handle);

/* As alloc_obj_epoch, without a handle. */
TEMPORAL_SLAB_API void* slab_malloc_epoch(SlabAllocator* allocator, size_t size, EpochId epoch);

/* Allocate in the incarnation of this thread's innermost domain of this
 * allocator while that is ACTIVE, else in the current epoch; a ring that moves
 * meanwhile is retried, so ESTALE is never returned. Errors: EINVAL, ENOMEM. */
TEMPORAL_SLAB_API void* slab_malloc(SlabAllocator* allocator, size_t size);

/* Change an object's size; contents up to the smaller size are kept. It stays in
 * its own incarnation; if that is CLOSING it may only shrink or stay, else NULL
 * with ESTALE and the object is untouched. An object above SLAB_MAX_SLOT_SIZE that
 * shrinks gives back the whole pages that it no longer needs. A NULL pointer allocates as
 * slab_malloc. Size 0 is refused with EINVAL and the object stays. */
TEMPORAL_SLAB_API void* slab_realloc(SlabAllocator* allocator, void* pointer, size_t size);

/* Free by pointer. NULL is fine. A pointer has no generation: a second free of
 * an address that was handed out anew cannot be told from a first one; where it
 * can be told it is refused and counted as with free_obj. */
TEMPORAL_SLAB_API void slab_free(SlabAllocator* allocator, void* pointer);

/* Bytes that may be used at pointer: its whole slot. 0 (EINVAL or ESTALE) for
 * what is not the start of a live object of this allocator. */
TEMPORAL_SLAB_API size_t slab_usable_size(SlabAllocator* allocator, const void* pointer);

/* Which allocator of this process a live object is of: for who has its address alone. NULL with
 * EINVAL: it is no live object of any. The answer holds as long as that allocator is not freed. Any
 * thread. Cost: a lock that all allocators share, and a step for each of them. */
TEMPORAL_SLAB_API SlabAllocator* slab_allocator_of(const void* object);

/* Gives back what is kept empty for reuse, now (R-2.2-6): use it when the program is about to
 * be idle. Costs as much as a close; what is allocated afterwards takes fresh pages. NULL is
 * fine. */
TEMPORAL_SLAB_API void slab_allocator_trim(SlabAllocator* allocator);

/* The current epoch (R-2.2-4); it was ACTIVE when it was read.
 * 0 with EINVAL for a NULL allocator. Lock-free. */
TEMPORAL_SLAB_API EpochId epoch_current(SlabAllocator* allocator);

/* Turn the ring: the current epoch becomes CLOSING, the next one without
 * references becomes current with a new era; if the current one alone has none, it is
 * opened anew in place (R-2.2-1 to R-2.2-4). EAGAIN: all have references, and none was
 * left takeover_after_sec ago; nothing changed, and it is counted in advances_held. */
TEMPORAL_SLAB_API void epoch_advance(SlabAllocator* allocator);

/* Close an epoch: no allocation into its incarnation succeeds from here on
 * (R-2.2-8), and its empty slabs are warm or given back when this returns
 * (R-2.2-6). The ring advances first if it is current, or this fails as that does. Live objects
 * stay valid; closing twice is harmless. Cost: in proportion to the epoch's slabs. */
TEMPORAL_SLAB_API void epoch_close(SlabAllocator* allocator, EpochId epoch);

/* Close only at refcount 0, decided in one instant (R-2.3-4). True: it is
 * CLOSING now. False with EBUSY: references stand, nothing changed. */
TEMPORAL_SLAB_API bool slab_epoch_try_close(SlabAllocator* allocator, EpochId epoch);

/* Close, and free every object of the standing incarnation at once, in time
 * proportional to slabs (R-2.2-9). Returns how many objects that freed. Objects
 * of older eras that the epoch still carries stay valid. */
TEMPORAL_SLAB_API uint64_t slab_epoch_discard(SlabAllocator* allocator, EpochId epoch);

/* The era of the incarnation that stands. Lock-free. */
TEMPORAL_SLAB_API uint64_t slab_epoch_era(SlabAllocator* allocator, EpochId epoch);

/* The state of the incarnation that stands; EPOCH_CLOSING with EINVAL for bad
 * arguments. Lock-free. */
TEMPORAL_SLAB_API EpochLifecycleState slab_epoch_state(SlabAllocator* allocator, EpochId epoch);

/* Say what the standing incarnation is for. Bytes that are not well-formed UTF-8
 * become U+FFFD, then the label is cut to at most 31 bytes, never inside a
 * sequence; NULL is ignored, "" clears (R-2.4-1). */
TEMPORAL_SLAB_API void slab_epoch_set_label(SlabAllocator* allocator, EpochId epoch,
                                            const char* label);

/* Copy the label, NUL-terminated, never torn (R-2.4-2). Returns its length in
 * bytes. Lock-free. */
TEMPORAL_SLAB_API size_t slab_epoch_get_label(SlabAllocator* allocator, EpochId epoch,
                                              char out[SLAB_LABEL_BYTES]);

/* Add one reference to the standing incarnation. Any thread. Cost: no lock, while
 * each thread drops what it took itself (R-2.3-5); from the first drop of another's
 * reference on, one mutex for the rest of the incarnation. Dec, acquire and release
 * below cost the same. */
TEMPORAL_SLAB_API void slab_epoch_inc_refcount(SlabAllocator* allocator, EpochId epoch);

/* Drop one reference; at 0 it is ignored and counted in refcount_underflows. */
TEMPORAL_SLAB_API void slab_epoch_dec_refcount(SlabAllocator* allocator, EpochId epoch);

/* References now (R-2.3-1). No lock, unless other threads take and drop some faster
 * than they can be counted: then these are stopped for a moment. */
TEMPORAL_SLAB_API uint64_t slab_epoch_get_refcount(SlabAllocator* allocator, EpochId epoch);

/* Take one reference on the incarnation that is current at that instant, and say
 * which one it is (R-2.3-2). {UINT32_MAX, 0, 0} with EINVAL for NULL. */
TEMPORAL_SLAB_API SlabEpochRef slab_epoch_acquire(SlabAllocator* allocator);

/* Drop a reference, on any thread. It comes off the thread that took it (R-2.3-6). False
 * with ESTALE: that incarnation is gone (counted in stale_releases), nothing is touched.
 * False with EINVAL: that thread has none left, so this one was dropped before (counted in
 * refcount_underflows), or it is no reference. Cost: of the caller's own no lock; of
 * another's one compare-and-swap, but for the first one of each holder and incarnation,
 * and of threads without a heap, which take the mutex. */
TEMPORAL_SLAB_API bool slab_epoch_release(SlabAllocator* allocator, SlabEpochRef reference);

/* Begin a scope: turn the ring, label the new incarnation (NULL is "") and take one
 * reference on it, in one instant: nobody sees it without its label or its reference, and
 * no other open gets the same one (R-2.2-10). The incarnation that was current stays ACTIVE as
 * long as others hold it, else it is closed. A current incarnation that is fresh (no label,
 * no reference, nothing allocated since it was opened) is taken as it is. When the ring is
 * held (EAGAIN of epoch_advance; counted in advances_held) it is a reference on the
 * incarnation that stands, whose label stays. {UINT32_MAX, 0, 0} with EINVAL for NULL. */
TEMPORAL_SLAB_API SlabEpochRef slab_epoch_open(SlabAllocator* allocator, const char* label);

/* Take one more reference on the same incarnation, for the calling thread, whoever took
 * the first. {UINT32_MAX, 0, 0} with ESTALE if it is gone, with EINVAL for bad arguments. */
TEMPORAL_SLAB_API SlabEpochRef slab_epoch_ref_dup(SlabAllocator* allocator, SlabEpochRef reference);

/* End a scope: drop the reference, on any thread; if it was the last one, close or discard
 * the incarnation in the same instant. True: this call closed or discarded it. False with
 * errno untouched: it was dropped, and others hold the incarnation still, or it was closed
 * before; always so for SLAB_FINISH_KEEP. False with ESTALE or EINVAL: refused as by
 * slab_epoch_release. Cost: as a release, and that of a close for the last one. */
TEMPORAL_SLAB_API bool slab_epoch_finish(SlabAllocator* allocator, SlabEpochRef reference,
                                         SlabFinish finish);

/* By reference. Each is of that incarnation or fails with ESTALE, and never meets a later
 * one (R-2.2-11); which thread holds it does not matter. Other errors as of the call
 * without _ref. */
TEMPORAL_SLAB_API void* slab_malloc_ref(SlabAllocator* allocator, size_t size,
                                        SlabEpochRef reference);
TEMPORAL_SLAB_API void* alloc_obj_ref(SlabAllocator* allocator, size_t size, SlabEpochRef reference,
                                      SlabHandle* out);
/* A NULL label is "". */
TEMPORAL_SLAB_API bool slab_epoch_set_label_ref(SlabAllocator* allocator, SlabEpochRef reference,
                                                const char* label);
TEMPORAL_SLAB_API bool slab_epoch_close_ref(SlabAllocator* allocator, SlabEpochRef reference);
TEMPORAL_SLAB_API uint64_t slab_epoch_discard_ref(SlabAllocator* allocator, SlabEpochRef reference);
/* EPOCH_CLOSING with ESTALE for one that is gone. Lock-free. */
TEMPORAL_SLAB_API EpochLifecycleState slab_epoch_state_ref(SlabAllocator* allocator,
                                                           SlabEpochRef reference);

/* As slab_malloc, of count times size bytes, all zero. ENOMEM if that is no number. */
TEMPORAL_SLAB_API void* slab_calloc(SlabAllocator* allocator, size_t count, size_t size);

/* As slab_malloc, aligned: to a power of two of at most a page (4096 bytes), else EINVAL. */
TEMPORAL_SLAB_API void* slab_aligned_alloc(SlabAllocator* allocator, size_t alignment, size_t size);

/* The version of the library, as "1.2.3". */
TEMPORAL_SLAB_API const char* slab_version(void);

#ifdef __cplusplus
}
#endif

#endif /* TEMPORAL_SLAB_SLAB_ALLOC_H */
