// Memory from the operating system: ranges are reserved, given back page by page
// while they stay reserved, and released whole.
//
// Threads. Any. Errors: nullptr or false with errno.
#pragma once

#include <cstddef>

namespace temporal_slab::memory {

// Reserves zeroed memory aligned to a power of two of at least a page; pages
// become resident when they are touched.
std::byte* reserve(std::size_t bytes, std::size_t alignment);

// Reserves address space alone: make_accessible lets parts of it be used, whole pages.
std::byte* reserve_inaccessible(std::size_t bytes);
bool make_accessible(std::byte* memory, std::size_t bytes);

// Releases what either returned, whole.
void release(std::byte* memory, std::size_t bytes);

// Gives the pages' memory back; they read as zeros when touched again.
bool give_back(std::byte* memory, std::size_t bytes);

}  // namespace temporal_slab::memory
