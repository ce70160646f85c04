// What comes before each test: the whole C++ library with std::allocator on our memory, and our
// allocator under the names of those that the tests make by name.
#pragma once

#include <bits/stdc++.h>
#include <testsuite_allocator.h>
#include <testsuite_hooks.h>

#include <temporal_slab/temporal_slab.hpp>

namespace temporal_slab_test {

// Counts what is not ours, as memory is that the C++ library took by itself, or not aligned.
void check_ours(const void* objects, std::size_t alignment) noexcept;

template <typename T>
T* Base<T>::allocate(std::size_t count, const void*) {
  T* objects = temporal_slab::DomainAllocator<T>().allocate(count);
  check_ours(objects, alignof(T));
  return objects;
}

template <typename T>
void Base<T>::deallocate(T* objects, std::size_t count) noexcept {
  check_ours(objects, alignof(T));
  temporal_slab::DomainAllocator<T>().deallocate(objects, count);
}

}  // namespace temporal_slab_test

namespace __gnu_test {
using temporal_slab::DomainAllocator;
}
#define SimpleAllocator DomainAllocator
