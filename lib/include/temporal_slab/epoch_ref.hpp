// EpochRef: one reference on one incarnation, owned.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cstdint>
#include <temporal_slab/allocator.hpp>
#include <utility>

namespace temporal_slab {

// EpochRef
//
// One reference on one incarnation: while it is held, the ring steps over that
// epoch. Use it for work that is handed from thread to thread; for a scope on one
// thread use Domain, which also directs allocations.
//
// Move-only; a default-made, moved-from or released one is empty. The destructor
// drops the reference. If the incarnation was taken over meanwhile the drop is
// counted in stale_releases and does nothing else.
class [[nodiscard]] EpochRef {
 public:
  EpochRef() noexcept = default;

  // Takes a reference on the incarnation that is current now. Throws
  // std::system_error (EINVAL for an empty Allocator).
  [[gnu::always_inline, gnu::artificial]] inline explicit EpochRef(Allocator& allocator)
      : allocator_(allocator.get()) {
    reference_ = slab_epoch_acquire(allocator_);
    if (reference_.epoch == UINT32_MAX) internal::throw_errno("slab_epoch_acquire");
  }

  EpochRef(EpochRef&& other) noexcept
      : allocator_(std::exchange(other.allocator_, nullptr)), reference_(other.reference_) {}
  EpochRef& operator=(EpochRef&& other) noexcept {
    EpochRef(std::move(other)).swap(*this);
    return *this;
  }
  EpochRef(const EpochRef&) = delete;
  EpochRef& operator=(const EpochRef&) = delete;
  ~EpochRef() {
    if (allocator_ != nullptr) release();
  }

  void swap(EpochRef& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(reference_, other.reference_);
  }

  // Tells whether a reference is held.
  explicit operator bool() const noexcept { return allocator_ != nullptr; }

  // Which incarnation it is on. Meaningful while a reference is held.
  EpochId epoch() const noexcept { return reference_.epoch; }
  std::uint64_t era() const noexcept { return reference_.era; }

  // Drops the reference now; empty afterwards in every case. False with ESTALE if
  // the incarnation is gone, false with EINVAL if there was none to drop.
  bool release() noexcept {
    return slab_epoch_release(std::exchange(allocator_, nullptr), reference_);
  }

 private:
  SlabAllocator* allocator_ = nullptr;
  SlabEpochRef reference_{};
};

}  // namespace temporal_slab
