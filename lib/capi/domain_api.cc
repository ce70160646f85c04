// epoch_domain.h.
#include <temporal_slab/epoch_domain.h>

#include <new>

#include "capi/border.h"

using temporal_slab::capi::call_site;
using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::capi::outer;
using temporal_slab::epoch::Scope;
using temporal_slab::epoch::this_thread_id;
using temporal_slab::heap::Allocator;
using temporal_slab::heap::IncarnationRef;
using temporal_slab::heap::this_threads_record;
using temporal_slab::heap::this_threads_scopes;

static_assert(EPOCH_DOMAIN_MAX_DEPTH == temporal_slab::epoch::kMaxDepth);

// Threads. Only its own thread gets past the check of `thread`, which never changes.
struct epoch_domain {
  Allocator* allocator;
  IncarnationRef incarnation;
  std::uint64_t thread;
  std::uint32_t depth;  // how often this thread is in it; above 0 it holds a reference
  bool auto_close;
};

namespace {

// 0 if the caller may use the domain.
int check_owner(const epoch_domain_t* domain) {
  if (domain == nullptr) return EINVAL;
  return domain->thread == this_thread_id() ? 0 : EPERM;
}

epoch_domain_t* make(Allocator* allocator, IncarnationRef incarnation, bool auto_close,
                     ErrnoScope& scope) {
  // What entering needs, too: there is no error for that there.
  void* record = this_threads_record() == nullptr
                     ? nullptr
                     : allocator->take_domain_record(sizeof(epoch_domain_t));
  if (record == nullptr) {
    scope.check(ENOMEM);
    return nullptr;
  }
  return new (record) epoch_domain_t{allocator, incarnation, this_thread_id(), 0, auto_close};
}

int enter(epoch_domain_t* domain, std::uint64_t site) {
  if (const int error = check_owner(domain); error != 0) return error;
  // It is there since the domain was made, but in a thread that has almost ended.
  auto* const record = this_threads_record();
  if (record == nullptr) return ENOMEM;
  auto& scopes = record->scopes;
  if (scopes.full()) return EOVERFLOW;
  Allocator* const allocator = domain->allocator;
  if (domain->depth == 0) {
    if (!allocator->try_acquire_standing(domain->incarnation, site))
      if (const int error = allocator->acquire_standing(domain->incarnation, site); error != 0)
        return error;
  } else if (const int error = allocator->enter_again(domain->incarnation, site); error != 0) {
    return error;  // taken over while this thread was inside
  }
  ++domain->depth;
  scopes.push(
      {domain, domain->allocator->id(), domain->incarnation.epoch, domain->incarnation.era});
  return 0;
}

int exit(epoch_domain_t* domain) {
  if (const int error = check_owner(domain); error != 0) return error;
  auto* const scopes = this_threads_scopes();
  const Scope* innermost = scopes == nullptr ? nullptr : scopes->innermost();
  if (domain->depth == 0 || innermost == nullptr || innermost->domain != domain) return EINVAL;
  scopes->pop();
  // An incarnation that was taken over meanwhile counts a stale release; the scope
  // is left all the same.
  if (--domain->depth != 0) return 0;
  Allocator* const allocator = domain->allocator;
  if (allocator->try_release(domain->incarnation, domain->auto_close ? 2 : 1)) return 0;
  if (domain->auto_close)
    allocator->release_and_close(domain->incarnation);
  else
    allocator->release(domain->incarnation);
  return 0;
}

int destroy(epoch_domain_t* domain) {
  if (const int error = check_owner(domain); error != 0) return error;
  if (domain->depth != 0) return EBUSY;
  domain->allocator->put_domain_record(domain);
  return 0;
}

int force_close(epoch_domain_t* domain) {
  if (const int error = check_owner(domain); error != 0) return error;
  return domain->allocator->close_if_standing(domain->incarnation);
}

}  // namespace

extern "C" {

epoch_domain_t* epoch_domain_create(SlabAllocator* allocator) {
  ErrnoScope scope;
  if (allocator == nullptr) {
    scope.check(EINVAL);
    return nullptr;
  }
  return make(inner(allocator), inner(allocator)->current(), false, scope);
}

epoch_domain_t* epoch_domain_wrap(SlabAllocator* allocator, EpochId epoch, bool auto_close) {
  ErrnoScope scope;
  if (allocator == nullptr || !is_epoch(epoch)) {
    scope.check(EINVAL);
    return nullptr;
  }
  return make(inner(allocator), inner(allocator)->standing(epoch), auto_close, scope);
}

bool epoch_domain_enter(epoch_domain_t* domain) {
  ErrnoScope scope;
  return scope.check(enter(domain, call_site()));
}

bool epoch_domain_exit(epoch_domain_t* domain) {
  ErrnoScope scope;
  return scope.check(exit(domain));
}

bool epoch_domain_destroy(epoch_domain_t* domain) {
  ErrnoScope scope;
  return scope.check(destroy(domain));
}

bool epoch_domain_force_close(epoch_domain_t* domain) {
  ErrnoScope scope;
  return scope.check(force_close(domain));
}

epoch_domain_t* epoch_domain_current(void) {
  const auto* const scopes = this_threads_scopes();
  const Scope* innermost = scopes == nullptr ? nullptr : scopes->innermost();
  return innermost == nullptr ? nullptr : innermost->domain;
}

SlabAllocator* epoch_domain_allocator(void) {
  const epoch_domain_t* domain = epoch_domain_current();
  return domain == nullptr ? nullptr : outer(domain->allocator);
}

}  // extern "C"
