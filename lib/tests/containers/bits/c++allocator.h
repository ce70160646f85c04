// What std::allocator derives from, found before the C++ library's own file of this name: each
// std::allocator<T> of a program that is compiled so is a temporal_slab::DomainAllocator<T>.
#ifndef _GLIBCXX_CXX_ALLOCATOR_H
#define _GLIBCXX_CXX_ALLOCATOR_H 1

#include <bits/c++config.h>

#include <new>

namespace temporal_slab_test {

// The bodies follow in prefix.h: they need headers that need std::allocator.
template <typename T>
class Base {
 public:
  constexpr Base() noexcept = default;
  constexpr Base(const Base&) noexcept = default;
  template <typename U>
  constexpr Base(const Base<U>&) noexcept {}
  Base& operator=(const Base&) = default;

  [[nodiscard]] T* allocate(std::size_t count, const void* = nullptr);
  void deallocate(T* objects, std::size_t count) noexcept;

#if __cplusplus < 202002L
  // Which the C++ library asks of its own allocator.
  template <typename U>
  struct rebind {
    using other = Base<U>;
  };
  std::size_t max_size() const noexcept { return std::size_t(__PTRDIFF_MAX__) / sizeof(T); }
  template <typename U, typename... Arguments>
  void construct(U* object, Arguments&&... arguments) {
    ::new (static_cast<void*>(object)) U(static_cast<Arguments&&>(arguments)...);
  }
  template <typename U>
  void destroy(U* object) {
    object->~U();
  }
#endif

  friend constexpr bool operator==(const Base&, const Base&) noexcept { return true; }
  friend constexpr bool operator!=(const Base&, const Base&) noexcept { return false; }
};

}  // namespace temporal_slab_test

namespace std {
template <typename T>
using __allocator_base = ::temporal_slab_test::Base<T>;
}  // namespace std

#endif
