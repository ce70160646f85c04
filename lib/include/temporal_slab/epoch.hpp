// Epoch: a scope (request, frame, job) that is one incarnation, and one reference on it, owned.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <temporal_slab/allocator.hpp>
#include <utility>

namespace temporal_slab {

// Epoch
//
// Opening one turns the ring, labels the incarnation and takes the reference in one step. Each part
// of the application that needs the scope has an Epoch of its own, made by dup(); the last one that
// goes closes or discards the incarnation.
//
//   temporal_slab::Epoch request(allocator, "request:abc123");
//   void* node = request.allocate(96);
//   pool.submit([part = request.dup()] { ... });   // on another thread
//   request.finish(SLAB_FINISH_DISCARD);            // or at the end of its block
//
// Move-only; a default-made, moved-from or finished one is empty. The destructor finishes it in the
// way that was given when it was opened. On any thread; one Epoch by one thread at a time.
class [[nodiscard]] Epoch {
 public:
  Epoch() noexcept = default;

  // Opens a scope. `at_end` says what becomes of the incarnation when its last reference goes. A
  // ring that is held gives a reference on the incarnation that stands (see slab_epoch_open).
  // Throws std::system_error (EINVAL for an empty Allocator, ENOMEM).
  [[gnu::always_inline,
    gnu::artificial]] inline explicit Epoch(Allocator& allocator, const char* label,
                                            SlabFinish at_end = SLAB_FINISH_CLOSE)
      : allocator_(allocator.get()),
        reference_(slab_epoch_open(allocator_, label)),
        at_end_(at_end) {
    if (reference_.epoch == UINT32_MAX) internal::throw_errno("slab_epoch_open");
  }
  [[gnu::always_inline, gnu::artificial]] inline Epoch(Allocator& allocator,
                                                       const std::string& label,
                                                       SlabFinish at_end = SLAB_FINISH_CLOSE)
      : Epoch(allocator, label.c_str(), at_end) {}

  Epoch(Epoch&& other) noexcept
      : allocator_(std::exchange(other.allocator_, nullptr)),
        reference_(other.reference_),
        at_end_(other.at_end_) {}
  Epoch& operator=(Epoch&& other) noexcept {
    Epoch(std::move(other)).swap(*this);
    return *this;
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch() {
    if (allocator_ != nullptr) finish();
  }

  void swap(Epoch& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(reference_, other.reference_);
    std::swap(at_end_, other.at_end_);
  }

  // Takes one more reference on the same incarnation, for another part of the application. Throws
  // std::system_error: ESTALE if the incarnation is gone, EINVAL if this one is empty.
  [[nodiscard, gnu::always_inline, gnu::artificial]] inline Epoch dup() const {
    Epoch more;
    more.reference_ = slab_epoch_ref_dup(allocator_, reference_);
    if (more.reference_.epoch == UINT32_MAX) internal::throw_errno("slab_epoch_ref_dup");
    more.allocator_ = allocator_;
    more.at_end_ = at_end_;
    return more;
  }

  // Drops the reference now; empty afterwards in every case. True if this closed or discarded the
  // incarnation. False with errno as of slab_epoch_finish.
  bool finish(SlabFinish finish) noexcept {
    return slab_epoch_finish(std::exchange(allocator_, nullptr), reference_, finish);
  }
  bool finish() noexcept { return finish(at_end_); }

  // Allocates in this incarnation; nullptr with ESTALE if it is CLOSING or gone.
  [[nodiscard]] void* allocate(std::size_t size) noexcept {
    return slab_malloc_ref(allocator_, size, reference_);
  }
  // The same, and sets `handle`, which is untouched on errors.
  [[nodiscard]] void* allocate(std::size_t size, SlabHandle& handle) noexcept {
    return alloc_obj_ref(allocator_, size, reference_, &handle);
  }

  // Says what it is for; false with ESTALE if it is gone.
  bool label(const char* text) noexcept {
    return slab_epoch_set_label_ref(allocator_, reference_, text);
  }
  bool label(const std::string& text) noexcept { return label(text.c_str()); }

  // Closes it, whoever holds it; discards it; tells its state.
  bool close() noexcept { return slab_epoch_close_ref(allocator_, reference_); }
  std::uint64_t discard() noexcept { return slab_epoch_discard_ref(allocator_, reference_); }
  EpochLifecycleState state() const noexcept {
    return slab_epoch_state_ref(allocator_, reference_);
  }

  // Tells whether a reference is held.
  explicit operator bool() const noexcept { return allocator_ != nullptr; }
  EpochId epoch() const noexcept { return reference_.epoch; }
  std::uint64_t era() const noexcept { return reference_.era; }

  // The C objects, for calls that are not members here. The reference stays owned.
  SlabAllocator* allocator() const noexcept { return allocator_; }
  SlabEpochRef get() const noexcept { return reference_; }
  SlabFinish at_end() const noexcept { return at_end_; }

 private:
  SlabAllocator* allocator_ = nullptr;
  SlabEpochRef reference_{UINT32_MAX, 0, 0};
  SlabFinish at_end_ = SLAB_FINISH_CLOSE;
};

}  // namespace temporal_slab
