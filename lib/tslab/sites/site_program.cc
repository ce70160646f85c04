// What sites_test.sh looks at: takes references in ways that are hard to name, each on
// an epoch of its own, says so, and waits to be killed.
//
//   site_program [PLUGIN]    with a shared object that takes the last one
//
// Each call that takes one stands on a line that is marked with what it is.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <temporal_slab/temporal_slab.hpp>

namespace {

// Keeps a call before it from being the last one, which would be a jump.
void stay() { asm volatile(""); }

[[gnu::always_inline]] inline void leak_inlined(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, epoch_current(allocator));  // marked: inlined
  stay();
}

}  // namespace

extern "C" {

[[gnu::noinline]] void leak_in_c(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, epoch_current(allocator));  // marked: c
  stay();
}

[[gnu::noinline]] void leak_around_inlined(SlabAllocator* allocator) {
  leak_inlined(allocator);
  stay();
}

[[gnu::noinline]] void leak_scope(temporal_slab::Allocator& allocator) {
  auto* domain = new temporal_slab::Domain(allocator);
  static void* leaked = new temporal_slab::DomainScope(*domain);  // marked: scope
  static_cast<void>(leaked);
}

[[gnu::noinline]] void leak_reference(temporal_slab::Allocator& allocator) {
  static auto* leaked = new temporal_slab::EpochRef(allocator);  // marked: reference
  static_cast<void>(leaked);
}
}

int main(int argc, char** argv) {
  temporal_slab::Options options;
  options.publish = true;
  temporal_slab::Allocator allocator(options);
  leak_in_c(allocator.get());
  allocator.advance();
  leak_around_inlined(allocator.get());
  allocator.advance();
  leak_scope(allocator);
  allocator.advance();
  leak_reference(allocator);
  allocator.advance();
  if (argc > 1) {
    void* const plugin = dlopen(argv[1], RTLD_NOW);
    void* const leak = plugin == nullptr ? nullptr : dlsym(plugin, "leak_in_plugin");
    if (leak == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
    using Leak = void (*)(SlabAllocator*, EpochId, void (*)(SlabAllocator*, EpochId));
    reinterpret_cast<Leak>(leak)(allocator.get(), allocator.current_epoch(),
                                 slab_epoch_inc_refcount);
  }
  std::puts("ready");
  std::fflush(stdout);
  for (;;) pause();
}
