// Allocator: one allocator, owned. What all the C++ headers have in common
// (errors, threads, lifetime) stands in temporal_slab.hpp.
#pragma once

#include <temporal_slab/slab_alloc.h>
#include <temporal_slab/slab_stats.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace temporal_slab {

namespace internal {

// Without exceptions nobody could catch them: then the program ends, as it does in the standard
// library.
[[noreturn]] inline void throw_errno([[maybe_unused]] const char* what) {
#if defined(__cpp_exceptions)
  throw std::system_error(errno, std::generic_category(), what);
#else
  std::abort();
#endif
}

}  // namespace internal

// SlabOptions that start out with the defaults. Change fields, then make an
// Allocator; `name` need not outlive that.
struct Options : SlabOptions {
  Options() noexcept : SlabOptions() { slab_options_init(this); }
};

// Allocator
//
// Owns one allocator: a ring of epochs with their slabs, and with
// Options::publish a segment that tslab reads. Its destructor gives back all its
// memory, live objects included.
//
// Move-only. A moved-from Allocator is empty: get() is nullptr, and every other
// member reports EINVAL as the C call does for NULL. Domains, scopes and references
// stay valid when their Allocator is moved.
class [[nodiscard]] Allocator {
 public:
  // Makes an allocator with the default options. Throws std::system_error (ENOMEM).
  Allocator() : allocator_(slab_allocator_create()) {
    if (allocator_ == nullptr) internal::throw_errno("slab_allocator_create");
  }

  // Makes an allocator. Throws std::system_error: ENOMEM, or EINVAL for a
  // struct_size that the library does not know. A failure to publish does not
  // throw: see published().
  explicit Allocator(const SlabOptions& options)
      : allocator_(slab_allocator_create_with(&options)) {
    if (allocator_ == nullptr) internal::throw_errno("slab_allocator_create_with");
  }

  Allocator(Allocator&& other) noexcept : allocator_(std::exchange(other.allocator_, nullptr)) {}
  Allocator& operator=(Allocator&& other) noexcept {
    Allocator(std::move(other)).swap(*this);
    return *this;
  }
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;
  ~Allocator() { slab_allocator_free(allocator_); }

  void swap(Allocator& other) noexcept { std::swap(allocator_, other.allocator_); }

  // Returns the C object, for calls that are not members here. It stays owned.
  SlabAllocator* get() const noexcept { return allocator_; }

  // Tells whether tslab can see this allocator; if not, errno says why.
  bool published() const noexcept { return slab_allocator_published(allocator_); }

  // Objects. A size is any number of bytes but 0.

  // Allocates in this thread's innermost domain while that is ACTIVE, else in the
  // current epoch.
  [[nodiscard]] void* allocate(std::size_t size) noexcept { return slab_malloc(allocator_, size); }

  // Allocates in the standing incarnation of `epoch`; nullptr with ESTALE if that
  // is CLOSING.
  [[nodiscard]] void* allocate(std::size_t size, EpochId epoch) noexcept {
    return slab_malloc_epoch(allocator_, size, epoch);
  }

  // The same, and sets `handle`, which names the object for ever. `handle` is
  // untouched on errors.
  [[nodiscard]] void* allocate(std::uint32_t size, EpochId epoch, SlabHandle& handle) noexcept {
    return alloc_obj_epoch(allocator_, size, epoch, &handle);
  }

  // Resizes an object inside its own incarnation; on errors it is untouched.
  [[nodiscard]] void* reallocate(void* object, std::size_t size) noexcept {
    return slab_realloc(allocator_, object, size);
  }

  // Frees by pointer. nullptr is fine; what is refused is counted (see slab_free).
  void deallocate(void* object) noexcept { slab_free(allocator_, object); }

  // Frees by handle; false with ESTALE if the object was freed before.
  bool free_object(SlabHandle handle) noexcept { return free_obj(allocator_, handle); }

  // Returns the bytes that may be used at `object`; 0 if it is not a live object.
  // Gives back what is kept empty for reuse.
  void trim() noexcept { slab_allocator_trim(allocator_); }
  std::size_t usable_size(const void* object) const noexcept {
    return slab_usable_size(allocator_, object);
  }

  // Epochs.

  std::uint32_t epoch_count() const noexcept { return slab_allocator_epoch_count(allocator_); }
  EpochId current_epoch() const noexcept { return epoch_current(allocator_); }

  // Turns the ring: closes the current epoch and opens the next one that has no
  // references.
  void advance() noexcept { epoch_advance(allocator_); }

  // Closes an epoch; its empty slabs are given back when this returns.
  void close(EpochId epoch) noexcept { epoch_close(allocator_, epoch); }

  // Closes it only if nobody holds a reference; false with EBUSY otherwise.
  bool try_close(EpochId epoch) noexcept { return slab_epoch_try_close(allocator_, epoch); }

  // Closes it and frees every object of its incarnation; returns how many.
  std::uint64_t discard(EpochId epoch) noexcept { return slab_epoch_discard(allocator_, epoch); }

  std::uint64_t era(EpochId epoch) const noexcept { return slab_epoch_era(allocator_, epoch); }
  EpochLifecycleState state(EpochId epoch) const noexcept {
    return slab_epoch_state(allocator_, epoch);
  }

  // Says what the standing incarnation is for; at most 31 bytes of UTF-8 are kept.
  void set_label(EpochId epoch, const char* label) noexcept {
    slab_epoch_set_label(allocator_, epoch, label);
  }
  void set_label(EpochId epoch, const std::string& label) noexcept {
    set_label(epoch, label.c_str());
  }
  std::string label(EpochId epoch) const {
    char text[SLAB_LABEL_BYTES] = {};
    return std::string(text, slab_epoch_get_label(allocator_, epoch, text));
  }

  // References, counted by hand. Prefer EpochRef and DomainScope: they cannot drop a
  // reference of another incarnation, and drop their own once.

  [[gnu::always_inline, gnu::artificial]] inline void inc_refcount(EpochId epoch) noexcept {
    slab_epoch_inc_refcount(allocator_, epoch);
  }
  void dec_refcount(EpochId epoch) noexcept { slab_epoch_dec_refcount(allocator_, epoch); }
  std::uint64_t refcount(EpochId epoch) const noexcept {
    return slab_epoch_get_refcount(allocator_, epoch);
  }

  // Statistics; zeros for an index that does not exist (EINVAL).

  SlabGlobalStats global_stats() const noexcept {
    SlabGlobalStats stats{};
    slab_stats_global(allocator_, &stats);
    return stats;
  }
  SlabClassStats class_stats(std::uint32_t size_class) const noexcept {
    SlabClassStats stats{};
    slab_stats_class(allocator_, size_class, &stats);
    return stats;
  }
  SlabEpochStats epoch_stats(std::uint32_t size_class, EpochId epoch) const noexcept {
    SlabEpochStats stats{};
    slab_stats_epoch(allocator_, size_class, epoch, &stats);
    return stats;
  }

  // Writes a snapshot as one line of JSON; false with errno if it cannot.
  bool write_json(int fd) const noexcept { return slab_stats_write_json(allocator_, fd); }
  bool write_prometheus(int fd, const char* prefix = nullptr) const noexcept {
    return slab_stats_write_prometheus(allocator_, fd, prefix);
  }

 private:
  SlabAllocator* allocator_;
};

}  // namespace temporal_slab
