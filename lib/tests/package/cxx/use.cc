// A user's C++ program: says "ok" when the installed library answers as it should.
#include <cstdio>
#include <temporal_slab/temporal_slab.hpp>

namespace {

const char* first_fault() {
  temporal_slab::Allocator allocator;
  temporal_slab::Domain domain(allocator);
  {
    temporal_slab::DomainScope scope(domain);
    if (allocator.refcount(0) != 1) return "refcount in scope";
    void* object = allocator.allocate(100);
    if (allocator.usable_size(object) != 128) return "usable size";
    allocator.deallocate(object);
  }
  if (allocator.refcount(0) != 0) return "refcount after scope";
  return nullptr;
}

}  // namespace

int main() {
  const char* fault = first_fault();
  std::puts(fault == nullptr ? "ok" : fault);
  return fault == nullptr ? 0 : 1;
}
