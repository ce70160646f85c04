// EpochResource, EpochAllocator, DomainResource and DomainAllocator: containers whose memory lies
// in one epoch.
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
// once. Cost: the C call; of a free by the last two, two lookups more.
#pragma once

#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory_resource>
#include <new>
#include <temporal_slab/allocator.hpp>
#include <temporal_slab/epoch.hpp>
#include <type_traits>

namespace temporal_slab {

namespace internal {

[[noreturn]] inline void throw_bad_alloc() {
#if defined(__cpp_exceptions)
  throw std::bad_alloc();
#else
  std::abort();
#endif
}
[[noreturn]] inline void throw_bad_alloc(int error) {
  errno = error;
  throw_bad_alloc();
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
  if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) {
#if defined(__cpp_exceptions)
    throw std::bad_array_new_length();
#else
    std::abort();
#endif
  }
  return count * sizeof(T);
}

// Frees an object of whichever allocator: of this one, as it is most often, or of the one that it
// is found to be of.
inline void deallocate_anywhere(SlabAllocator* most_often, void* object) noexcept {
  const int errno_before = errno;
  if (most_often == nullptr || slab_usable_size(most_often, object) == 0)
    most_often = slab_allocator_of(object);
  errno = errno_before;
  slab_free(most_often, object);
}

// One incarnation to allocate in.
class Incarnation {
 public:
  explicit Incarnation(const Allocator& allocator)
      : allocator_(allocator.get()), reference_(slab_epoch_acquire(allocator_)) {
    if (reference_.epoch == UINT32_MAX) throw_errno("slab_epoch_acquire");
    slab_epoch_release(allocator_, reference_);
  }
  Incarnation(const Allocator& allocator, EpochId epoch)
      : allocator_(allocator.get()), reference_{epoch, 0, slab_epoch_era(allocator_, epoch)} {
    if (epoch >= slab_allocator_epoch_count(allocator_)) {
      errno = EINVAL;
      throw_errno("slab_epoch_era");
    }
  }
  explicit Incarnation(const Epoch& epoch)
      : allocator_(epoch.allocator()), reference_(epoch.get()) {
    if (allocator_ != nullptr) return;
    errno = EINVAL;
    throw_errno("an empty Epoch");
  }

  void* allocate(std::size_t bytes, std::size_t alignment) const {
    void* object = slab_malloc_ref(allocator_, bytes_for(bytes, alignment), reference_);
    if (object == nullptr) throw_bad_alloc();
    return object;
  }
  void deallocate(void* object) const noexcept { slab_free(allocator_, object); }

  EpochId epoch() const noexcept { return reference_.epoch; }
  std::uint64_t era() const noexcept { return reference_.era; }

  friend bool operator==(const Incarnation& a, const Incarnation& b) noexcept {
    return a.allocator_ == b.allocator_ && a.epoch() == b.epoch() && a.era() == b.era();
  }

 private:
  SlabAllocator* allocator_;
  SlabEpochRef reference_;  // for its epoch and era: nothing is held
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

  // Binds to the incarnation of a scope. Throws std::system_error (EINVAL for an empty Epoch).
  explicit EpochResource(const Epoch& epoch) : incarnation_(epoch) {}

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
#if defined(__cpp_rtti)
    const auto* same = dynamic_cast<const EpochResource*>(&other);
    return same != nullptr && same->incarnation_ == incarnation_;
#else
    return this == &other;
#endif
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
  explicit EpochAllocator(const Epoch& epoch) : incarnation_(epoch) {}
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
  template <typename U>
  bool operator!=(const EpochAllocator<U>& other) const noexcept {
    return !(*this == other);
  }

 private:
  template <typename U>
  friend class EpochAllocator;

  internal::Incarnation incarnation_;
};

// DomainResource
//
// A std::pmr::memory_resource that follows the thread: it allocates as slab_malloc does, in the
// innermost domain that the calling thread is in, and outside of any domain it throws
// std::bad_alloc (EINVAL). What it frees may be of any allocator and any epoch, on any thread,
// inside of a domain or not: the owner is found by the object's address. All are equal.
class DomainResource : public std::pmr::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* object = slab_malloc(epoch_domain_allocator(), internal::bytes_for(bytes, alignment));
    if (object == nullptr) internal::throw_bad_alloc();
    return object;
  }
  void do_deallocate(void* object, std::size_t, std::size_t) override {
    internal::deallocate_anywhere(epoch_domain_allocator(), object);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
#if defined(__cpp_rtti)
    return dynamic_cast<const DomainResource*>(&other) != nullptr;
#else
    return this == &other;
#endif
  }
};

// DomainAllocator
//
// The same for libraries that make their allocators themselves, out of nothing: a container may be
// destroyed anywhere, as long as the Allocator lives.
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
    if (objects == nullptr) internal::throw_bad_alloc();
    return static_cast<T*>(objects);
  }
  void deallocate(T* objects, std::size_t) noexcept {
    internal::deallocate_anywhere(epoch_domain_allocator(), objects);
  }

  template <typename U>
  bool operator==(const DomainAllocator<U>&) const noexcept {
    return true;
  }
  template <typename U>
  bool operator!=(const DomainAllocator<U>&) const noexcept {
    return false;
  }
};

}  // namespace temporal_slab
