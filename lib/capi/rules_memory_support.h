// Looking at the bytes of slabs, and at their pages with the kernel's eyes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "capi/rules_support.h"

namespace temporal_slab::rules {

// Write and read bytes of slots that are not allocated, or between slots, where
// AddressSanitizer would object.
void overwrite(void* memory, std::size_t bytes, unsigned char value);
bool holds_only(const void* memory, std::size_t bytes, unsigned char value);

// The page an object lies on, as a number.
inline std::uintptr_t page_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) / kSlabBytes;
}

// Each page once, sorted.
std::vector<std::uintptr_t> pages_of(const std::vector<Object>& objects);

// What the kernel says. Nothing here allocates, so that two measurements differ
// only by what happened in between.
std::size_t resident_bytes();  // of this process, exact
bool page_is_resident(std::uintptr_t page);
std::size_t resident_pages(const std::vector<std::uintptr_t>& pages);

}  // namespace temporal_slab::rules
