// temporal-slab for C++20: the C API (slab_alloc.h, epoch_domain.h, slab_stats.h)
// with owners instead of pairs of calls.
//
//   temporal_slab::Options options;
//   options.name = "server";
//   options.publish = true;                       // let tslab read it
//   temporal_slab::Allocator allocator(options);
//
//   void handle(const Request& request) {
//     allocator.set_label(allocator.current_epoch(), request.name());
//     temporal_slab::Domain domain(allocator);    // the current incarnation
//     temporal_slab::DomainScope scope(domain);   // one reference while in scope
//     void* node = allocator.allocate(128);       // in the domain's incarnation
//     ...
//     allocator.deallocate(node);
//   }                                             // left, also when it throws
//
// Use it wherever the C API would be used from C++. It adds no state and no cost:
// every class holds the C objects' pointers, every member is one C call.
//
// Errors. A constructor that cannot do its work throws std::system_error with the
// errno of the C call (std::generic_category), because there is no object to
// return it with. Everything else is noexcept and reports as C does: nullptr,
// false or 0, with errno set. A failed allocation is nullptr, never
// std::bad_alloc. Destructors never throw and say nothing of failures.
//
// Threads. As in C: an Allocator may be used by all threads at once; a Domain and
// its scopes belong to the thread that made them; an EpochRef may be handed to
// another thread. Moving an object, or destroying it, is not synchronised.
//
// Lifetime. Domains, scopes and references go before their allocator does.
#pragma once

#include <temporal_slab/allocator.hpp>
#include <temporal_slab/domain.hpp>
#include <temporal_slab/epoch_ref.hpp>
#include <temporal_slab/memory_resource.hpp>
