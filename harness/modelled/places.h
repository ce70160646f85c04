// What the running engine knows of the memory of the modelled library: atomics and mutexes by their
// address, plain memory by its bytes. So the library's structures keep their size and layout, may
// lie in zeroed pages where no constructor ran, and are forgotten with the memory that they lay in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::modelled {

explorer::AtomicObject& atomic_at(const void* address, std::uint64_t initial,
                                  explorer::ValueKind kind);
// For invariants: an atomic that the run has not met stays so, nullptr.
const explorer::AtomicObject* known_atomic(const void* address);
explorer::MutexObject& mutex_at(const void* address);

// An access to plain memory by code at `code`: a race with another one ends the run.
void plain_access(const void* address, std::size_t bytes, bool write, const void* code);

// What lay here is gone: unmapped or given back.
void forget(const void* address, std::size_t bytes);
// The same of plain memory alone.
void forget_plain(const void* address, std::size_t bytes);
// An atomic or mutex begins its life here.
void forget_object(const void* address);

// "file:line" of this program's code, for reports.
std::string line_of_code(const void* code);

}  // namespace temporal_slab::modelled
