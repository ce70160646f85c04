// EpochResource, EpochAllocator and DomainAllocator: containers whose memory lies in
// one epoch.
//
//   temporal_slab::EpochResource memory(allocator);      // the current incarnation
//   std::pmr::vector<std::pmr::string> words(&memory);
//
//   std::vector<int, temporal_slab::EpochAllocator<int>> numbers(
//       temporal_slab::EpochAllocator<int>(allocator));
//
//   using Json = nlohmann::basic_json<std::map, std::vector, std::string, bool, long,
//                                     unsigned long, double, temporal_slab::DomainAllocator>;
//
// The first two are bound to one incarnation: what they allocate lies in it, or they throw
// std::bad_alloc (with errno ESTALE) because it is CLOSING or gone. They hold no
// reference; hold an EpochRef or a Domain while the ring must step over it. What
// they free may be of any epoch.
//
// Discarding the epoch frees the containers' memory under them: do not use or
// destroy them afterwards. Give up ones that are to go with their epoch in storage
// whose destructor never runs.
//
// Two of a kind are equal, so that containers may hand memory from one to the other, when
// they are bound to the same incarnation of the same allocator.
//
// Alignment is up to a page; more throws std::bad_alloc (EINVAL). Threads: any, at
// once. Cost: the C call and, for an allocation, one load.
#pragma once

#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <new>
#include <temporal_slab/allocator.hpp>
#include <type_traits>

namespace temporal_slab {

namespace internal {

[[noreturn]] inline void throw_bad_alloc(int error) {
  errno = error;
  throw std::bad_alloc();
}

// So many bytes that their object is aligned as asked: a multiple of a power of two
// is aligned to it.
inline std::size_t bytes_for(std::size_t bytes, std::size_t alignment) {
  constexpr std::size_t kPageBytes = 4096;
  if (alignment > kPageBytes) throw_bad_alloc(EINVAL);
  if (bytes > std::numeric_limits<std::size_t>::max() - kPageBytes) throw_bad_alloc(ENOMEM);
  return bytes == 0 ? alignment : (bytes + alignment - 1) & ~(alignment - 1);
}

template <typename T>
std::size_t bytes_of(std::size_t count) {
  if (count > std::numeric_limits<std::size_t>::max() / sizeof(T))
    throw std::bad_array_new_length();
  return count * sizeof(T);
}

// One incarnation to allocate in.
class Incarnation {
 public:
  explicit Incarnation(const Allocator& allocator) : allocator_(allocator.get()) {
    const SlabEpochRef current = slab_epoch_acquire(allocator_);
    if (current.epoch == UINT32_MAX) throw_errno("slab_epoch_acquire");
    slab_epoch_release(allocator_, current);
    epoch_ = current.epoch;
    era_ = current.era;
  }
  Incarnation(const Allocator& allocator, EpochId epoch)
      : allocator_(allocator.get()), epoch_(epoch), era_(slab_epoch_era(allocator_, epoch)) {
    if (epoch >= slab_allocator_epoch_count(allocator_)) {
      errno = EINVAL;
      throw_errno("slab_epoch_era");
    }
  }

  void* allocate(std::size_t bytes, std::size_t alignment) const {
    void* object = slab_malloc_epoch(allocator_, bytes_for(bytes, alignment), epoch_);
    if (object == nullptr) throw std::bad_alloc();
    // Eras only grow, so it was this one all the while, or the object is elsewhere.
    if (slab_epoch_era(allocator_, epoch_) == era_) return object;
    slab_free(allocator_, object);
    throw_bad_alloc(ESTALE);
  }
  void deallocate(void* object) const noexcept { slab_free(allocator_, object); }

  EpochId epoch() const noexcept { return epoch_; }
  std::uint64_t era() const noexcept { return era_; }

  friend bool operator==(const Incarnation& a, const Incarnation& b) noexcept {
    return a.allocator_ == b.allocator_ && a.epoch_ == b.epoch_ && a.era_ == b.era_;
  }

 private:
  SlabAllocator* allocator_;
  EpochId epoch_;
  std::uint64_t era_;
};

}  // namespace internal

// EpochResource
//
// A std::pmr::memory_resource. It must outlive the containers that use it, and the
// allocator must outlive it.
class EpochResource : public std::pmr::memory_resource {
 public:
  // Binds to the incarnation that is current now. Throws std::system_error (EINVAL
  // for an empty Allocator).
  explicit EpochResource(const Allocator& allocator) : incarnation_(allocator) {}

  // Binds to the standing incarnation of `epoch`. Throws std::system_error (EINVAL).
  EpochResource(const Allocator& allocator, EpochId epoch) : incarnation_(allocator, epoch) {}

  // The incarnation that it is bound to.
  EpochId epoch() const noexcept { return incarnation_.epoch(); }
  std::uint64_t era() const noexcept { return incarnation_.era(); }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return incarnation_.allocate(bytes, alignment);
  }
  void do_deallocate(void* object, std::size_t, std::size_t) override {
    incarnation_.deallocate(object);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    const auto* same = dynamic_cast<const EpochResource*>(&other);
    return same != nullptr && same->incarnation_ == incarnation_;
  }

  internal::Incarnation incarnation_;
};

// EpochAllocator
//
// An allocator for the containers of the standard library. It moves and swaps with
// its container; a copy of a container stays in the same incarnation.
template <typename T>
class EpochAllocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  // As EpochResource.
  explicit EpochAllocator(const Allocator& allocator) : incarnation_(allocator) {}
  EpochAllocator(const Allocator& allocator, EpochId epoch) : incarnation_(allocator, epoch) {}
  template <typename U>
  EpochAllocator(const EpochAllocator<U>& other) noexcept : incarnation_(other.incarnation_) {}

  // Throws std::bad_alloc, or std::bad_array_new_length for more objects than there
  // are bytes.
  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(incarnation_.allocate(internal::bytes_of<T>(count), alignof(T)));
  }
  void deallocate(T* objects, std::size_t) noexcept { incarnation_.deallocate(objects); }

  EpochId epoch() const noexcept { return incarnation_.epoch(); }
  std::uint64_t era() const noexcept { return incarnation_.era(); }

  template <typename U>
  bool operator==(const EpochAllocator<U>& other) const noexcept {
    return incarnation_ == other.incarnation_;
  }

 private:
  template <typename U>
  friend class EpochAllocator;

  internal::Incarnation incarnation_;
};

// DomainAllocator
//
// For libraries that make their allocators themselves, out of nothing: allocates as
// slab_malloc does, in the innermost domain that the calling thread is in, and frees
// into the allocator of that domain. So what uses it is made and destroyed by
// threads that are inside a domain of the same Allocator; outside of any domain it
// allocates nothing (std::bad_alloc, EINVAL) and frees nothing (errno EINVAL).
template <typename T>
class DomainAllocator {
 public:
  using value_type = T;
  using is_always_equal = std::true_type;

  DomainAllocator() noexcept = default;
  template <typename U>
  DomainAllocator(const DomainAllocator<U>&) noexcept {}

  // Throws as EpochAllocator does.
  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t bytes = internal::bytes_for(internal::bytes_of<T>(count), alignof(T));
    void* objects = slab_malloc(epoch_domain_allocator(), bytes);
    if (objects == nullptr) throw std::bad_alloc();
    return static_cast<T*>(objects);
  }
  void deallocate(T* objects, std::size_t) noexcept {
    slab_free(epoch_domain_allocator(), objects);
  }

  template <typename U>
  bool operator==(const DomainAllocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace temporal_slab
