// epoch_domain.h.
#include <temporal_slab/epoch_domain.h>

#include <new>

#include "capi/border.h"

using temporal_slab::capi::call_site;
using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::Finish;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::capi::outer;
using temporal_slab::capi::to_finish;
using temporal_slab::epoch::Scope;
using temporal_slab::epoch::this_thread_id;
using temporal_slab::heap::Allocator;
using temporal_slab::heap::IncarnationRef;
using temporal_slab::heap::this_threads_record;
using temporal_slab::heap::this_threads_scopes;

static_assert(EPOCH_DOMAIN_MAX_DEPTH == temporal_slab::epoch::kMaxDepth);

// Threads. Only the thread that `thread` names gets past the check of it. That never changes, but
// of one that was made from a reference: it is nobody's (0) until a thread enters it, and after the
// last exit again.
struct epoch_domain {
  Allocator* allocator;
  IncarnationRef incarnation;
  temporal_slab::sync::Atomic<std::uint64_t> thread;
  std::uint32_t depth;  // how often its thread is in it; above 0 it holds a reference
  Finish finish;
  bool anybodys;
};

namespace {

// 0 if the caller may use the domain: relaxed, as only the caller itself writes its own number.
int check_owner(const epoch_domain_t* domain) {
  if (domain == nullptr) return EINVAL;
  return domain->thread.load(temporal_slab::sync::kRelaxed) == this_thread_id() ? 0 : EPERM;
}

// The same of one that may be nobody's: then it is the caller's afterwards. Acquire pairs with the
// release of give_up(): what the last one did to it is seen.
int own(epoch_domain_t* domain) {
  const int error = check_owner(domain);
  if (error != EPERM || !domain->anybodys) return error;
  std::uint64_t nobody = 0;
  return domain->thread.compare_exchange_strong(
             nobody, this_thread_id(), temporal_slab::sync::kAcquire, temporal_slab::sync::kRelaxed)
             ? 0
             : EPERM;
}
void give_up(epoch_domain_t* domain) {
  if (domain->anybodys && domain->depth == 0)
    domain->thread.store(0, temporal_slab::sync::kRelease);
}
// Has it for one call.
class Use {
 public:
  explicit Use(epoch_domain_t* domain) : domain_(domain), error_(own(domain)) {}
  ~Use() {
    if (error_ == 0 && domain_ != nullptr) give_up(domain_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  int error() const { return error_; }
  void forget() { domain_ = nullptr; }

 private:
  epoch_domain_t* domain_;
  const int error_;
};

epoch_domain_t* make(Allocator* allocator, IncarnationRef incarnation, Finish finish, bool anybodys,
                     ErrnoScope& scope) {
  // What entering needs, too: there is no error for that there.
  void* record = this_threads_record() == nullptr
                     ? nullptr
                     : allocator->take_domain_record(sizeof(epoch_domain_t));
  if (record == nullptr) {
    scope.check(ENOMEM);
    return nullptr;
  }
  return new (record)
      epoch_domain_t{allocator, incarnation, anybodys ? 0 : this_thread_id(), 0, finish, anybodys};
}

int enter(epoch_domain_t* domain, std::uint64_t site) {
  const Use use(domain);
  if (use.error() != 0) return use.error();
  // It is there since the domain was made, but in a thread that has almost ended, or that was
  // given the domain.
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
  const Use use(domain);
  if (use.error() != 0) return use.error();
  auto* const scopes = this_threads_scopes();
  const Scope* innermost = scopes == nullptr ? nullptr : scopes->innermost();
  if (domain->depth == 0 || innermost == nullptr || innermost->domain != domain) return EINVAL;
  scopes->pop();
  // An incarnation that was taken over meanwhile counts a stale release; the scope
  // is left all the same.
  if (--domain->depth != 0) return 0;
  Allocator* const allocator = domain->allocator;
  if (allocator->try_release(domain->incarnation, domain->finish == Finish::kKeep ? 1 : 2))
    return 0;
  allocator->release_and_finish(domain->incarnation, domain->finish);
  return 0;
}

int destroy(epoch_domain_t* domain) {
  Use use(domain);
  if (use.error() != 0) return use.error();
  if (domain->depth != 0) return EBUSY;
  use.forget();
  domain->allocator->put_domain_record(domain);
  return 0;
}

int force_close(epoch_domain_t* domain) {
  const Use use(domain);
  if (use.error() != 0) return use.error();
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
  return make(inner(allocator), inner(allocator)->current(), Finish::kKeep, false, scope);
}

epoch_domain_t* epoch_domain_wrap(SlabAllocator* allocator, EpochId epoch, bool auto_close) {
  ErrnoScope scope;
  if (allocator == nullptr || !is_epoch(allocator, epoch)) {
    scope.check(EINVAL);
    return nullptr;
  }
  return make(inner(allocator), inner(allocator)->standing(epoch),
              auto_close ? Finish::kClose : Finish::kKeep, false, scope);
}

epoch_domain_t* epoch_domain_from(SlabAllocator* allocator, SlabEpochRef reference,
                                  SlabFinish finish) {
  ErrnoScope scope;
  Finish how{};
  if (allocator == nullptr || !is_epoch(allocator, reference.epoch) || !to_finish(finish, &how)) {
    scope.check(EINVAL);
    return nullptr;
  }
  if (inner(allocator)->standing(reference.epoch).era != reference.era) {
    scope.check(ESTALE);
    return nullptr;
  }
  return make(inner(allocator), inner(reference).incarnation(), how, true, scope);
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
