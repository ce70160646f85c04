// Domain and DomainScope: an application scope and being inside it.
#pragma once

#include <temporal_slab/epoch_domain.h>

#include <temporal_slab/allocator.hpp>
#include <temporal_slab/epoch.hpp>
#include <utility>

namespace temporal_slab {

// Domain
//
// An application scope (request, frame, job), bound to one incarnation. Making one
// changes nothing; entering it (DomainScope) takes the reference.
//
// Move-only, inside the thread that made it. Destroy it on that thread, after its
// scopes: a domain that is still entered, or that dies on another thread, stays
// with the allocator until that is freed.
class [[nodiscard]] Domain {
 public:
  // Binds to the incarnation that is current now, without auto_close. Throws
  // std::system_error (EINVAL, ENOMEM).
  explicit Domain(Allocator& allocator) : domain_(epoch_domain_create(allocator.get())) {
    if (domain_ == nullptr) internal::throw_errno("epoch_domain_create");
  }

  // Binds to the incarnation that stands at `epoch`. With `auto_close` the exit
  // that drops its last reference closes it. Throws as above.
  Domain(Allocator& allocator, EpochId epoch, bool auto_close)
      : domain_(epoch_domain_wrap(allocator.get(), epoch, auto_close)) {
    if (domain_ == nullptr) internal::throw_errno("epoch_domain_wrap");
  }

  // Binds to the incarnation of a scope, for whichever thread enters it, until that one's last
  // exit. An exit that drops the last reference ends it in the way that the scope was opened for.
  // Throws as above, and ESTALE if it is gone.
  explicit Domain(const Epoch& epoch)
      : domain_(epoch_domain_from(epoch.allocator(), epoch.get(), epoch.at_end())) {
    if (domain_ == nullptr) internal::throw_errno("epoch_domain_from");
  }

  Domain(Domain&& other) noexcept : domain_(std::exchange(other.domain_, nullptr)) {}
  Domain& operator=(Domain&& other) noexcept {
    Domain(std::move(other)).swap(*this);
    return *this;
  }
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;
  ~Domain() {
    if (domain_ != nullptr) epoch_domain_destroy(domain_);
  }

  void swap(Domain& other) noexcept { std::swap(domain_, other.domain_); }

  // Returns the C object, nullptr if moved from. It stays owned.
  epoch_domain_t* get() const noexcept { return domain_; }

  // Enters and leaves by hand, for scopes that no block of code spells out. Each
  // enter() that returned true needs one exit(), last in, first out.
  [[gnu::always_inline, gnu::artificial]] inline bool enter() noexcept {
    return epoch_domain_enter(domain_);
  }
  bool exit() noexcept { return epoch_domain_exit(domain_); }

  // Closes the incarnation whatever its refcount; false with ESTALE if it is gone.
  bool force_close() noexcept { return epoch_domain_force_close(domain_); }

 private:
  epoch_domain_t* domain_;
};

// DomainScope
//
// Enters a domain and leaves it at the end of the block, however that ends. Scopes
// nest and unwind last in, first out, so this one can be neither copied nor moved.
class [[nodiscard]] DomainScope {
 public:
  // Enters. Throws std::system_error: ESTALE (the incarnation is gone), EPERM
  // (another thread's domain), EOVERFLOW (too deep), EINVAL (moved-from domain).
  [[gnu::always_inline, gnu::artificial]] inline explicit DomainScope(Domain& domain)
      : domain_(domain.get()) {
    if (!epoch_domain_enter(domain_)) internal::throw_errno("epoch_domain_enter");
  }
  DomainScope(const DomainScope&) = delete;
  DomainScope& operator=(const DomainScope&) = delete;
  ~DomainScope() { epoch_domain_exit(domain_); }

 private:
  epoch_domain_t* domain_;
};

}  // namespace temporal_slab
