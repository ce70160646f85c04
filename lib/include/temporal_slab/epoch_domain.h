/*
 * Domains: application scopes (request, frame, job) that hold one reference on
 * an epoch's incarnation while they are entered (R-2.5-1 to R-2.5-4).
 *
 *   epoch_domain_t* d = epoch_domain_create(allocator);
 *   epoch_domain_enter(d);       the incarnation has one reference more
 *   ... slab_malloc(allocator, n) goes to the domain's incarnation ...
 *   epoch_domain_exit(d);        and one less
 *   epoch_domain_destroy(d);
 *
 * Threads. A domain belongs to the thread that made it, one made from a reference to the
 * thread that is inside; every call on it from another thread is refused with EPERM. Scopes unwind
 * last in, first out, at most EPOCH_DOMAIN_MAX_DEPTH deep on one thread, over all allocators.
 *
 * Errors. False / NULL and errno, nothing changed: EINVAL (NULL, wrong order,
 * exit without enter), EPERM (wrong thread), EOVERFLOW (too deep), EBUSY
 * (destroy while entered), ESTALE (the incarnation is gone), ENOMEM.
 *
 * Lifetime. Leave and destroy domains before their allocator is freed; memory of
 * domains that were not destroyed goes with the allocator.
 */
#ifndef TEMPORAL_SLAB_EPOCH_DOMAIN_H
#define TEMPORAL_SLAB_EPOCH_DOMAIN_H

#include <temporal_slab/slab_alloc.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { EPOCH_DOMAIN_MAX_DEPTH = 32 };

typedef struct epoch_domain epoch_domain_t;

/* Make a domain of the current incarnation, auto_close off. The ring, the
 * refcount and the state are not touched. */
TEMPORAL_SLAB_API epoch_domain_t* epoch_domain_create(SlabAllocator* allocator);

/* Make a domain of the incarnation that stands at epoch. */
TEMPORAL_SLAB_API epoch_domain_t* epoch_domain_wrap(SlabAllocator* allocator, EpochId epoch,
                                                    bool auto_close);

/* Make a domain of the incarnation that a reference is on, for any thread: it is whose
 * enters it, until that one's last exit; for others it is then refused with EPERM. It takes a
 * reference of its own while entered; `finish` says what its last exit does when no other
 * reference is left, in the same instant. NULL with ESTALE: that incarnation is gone. */
TEMPORAL_SLAB_API epoch_domain_t* epoch_domain_from(SlabAllocator* allocator,
                                                    SlabEpochRef reference, SlabFinish finish);

/* Enter. Nests: the first enter takes one reference, later ones none. */
TEMPORAL_SLAB_API bool epoch_domain_enter(epoch_domain_t* domain);

/* Leave. The last exit drops the reference; with auto_close it closes the
 * incarnation if it still stands and no reference is left, in the same instant
 * (R-2.5-4). The scope is left also when the incarnation was taken over
 * meanwhile; the drop is then counted in stale_releases. */
TEMPORAL_SLAB_API bool epoch_domain_exit(epoch_domain_t* domain);

/* Free a domain that is not entered. */
TEMPORAL_SLAB_API bool epoch_domain_destroy(epoch_domain_t* domain);

/* Close the domain's incarnation whatever its refcount; ESTALE if it is gone. */
TEMPORAL_SLAB_API bool epoch_domain_force_close(epoch_domain_t* domain);

/* The innermost domain that this thread is in, or NULL. */
TEMPORAL_SLAB_API epoch_domain_t* epoch_domain_current(void);

/* The allocator of that domain, or NULL. */
TEMPORAL_SLAB_API SlabAllocator* epoch_domain_allocator(void);

#ifdef __cplusplus
}
#endif

#endif /* TEMPORAL_SLAB_EPOCH_DOMAIN_H */
