// temporal-slab for C++17 and later: the C API (slab_alloc.h, epoch_domain.h, slab_stats.h)
// with owners instead of pairs of calls.
//
//   temporal_slab::Options options;
//   options.name = "server";
//   options.publish = true;                       // let tslab read it
//   temporal_slab::Allocator allocator(options);
//
//   void handle(const Request& request) {
//     temporal_slab::Epoch scope(allocator, "request:" + request.id(), SLAB_FINISH_DISCARD);
//     void* node = scope.allocate(128);
//     pool.submit([part = scope.dup()] { ... });    // another thread, the same scope
//     ...
//   }                                               // the last part that goes discards it all
//
// For code that takes no scope, a Domain says which one the thread is in:
//
//     temporal_slab::Domain domain(scope);
//     temporal_slab::DomainScope inside(domain);    // a reference of its own
//     void* more = allocator.allocate(128);         // in the scope's incarnation
//
// Use it wherever the C API would be used from C++. It adds no state and no cost:
// every class holds the C objects' pointers, every member is one C call.
//
// Errors. A constructor that cannot do its work throws std::system_error with the
// errno of the C call (std::generic_category), because there is no object to
// return it with; compiled with -fno-exceptions it calls std::abort. Everything else is noexcept
// and reports as C does: nullptr, false or 0, with errno set. A failed allocation is nullptr, never
// std::bad_alloc. Destructors never throw and say nothing of failures.
//
// Threads. As in C: an Allocator may be used by all threads at once; a Domain and
// its scopes belong to the thread that made them; an Epoch or EpochRef may be handed to
// another thread. Moving an object, or destroying it, is not synchronised.
//
// Lifetime. Domains, scopes and references go before their allocator does.
#pragma once

#include <temporal_slab/allocator.hpp>
#include <temporal_slab/domain.hpp>
#include <temporal_slab/epoch.hpp>
#include <temporal_slab/epoch_ref.hpp>
#include <temporal_slab/memory_resource.hpp>
