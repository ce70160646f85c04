// What calls are measured in and beside that are cheaper than an allocation.
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

constexpr std::uint64_t kUnrolled = 16;

// Each addition needs the one before it, so a step takes the latency of an add:
// one cycle on every processor that this runs on. The operand is a register,
// because some processors do away with additions of constants.
inline void add(std::uint64_t& sum, std::uint64_t one) {
#if defined(__x86_64__)
  asm volatile("add %1, %0" : "+r"(sum) : "r"(one));
#elif defined(__aarch64__)
  asm volatile("add %0, %0, %1" : "+r"(sum) : "r"(one));
#else
#error "no add chain for this processor"
#endif
}

class AddChain final : public Workload {
 public:
  std::uint64_t run(unsigned, std::uint64_t operations) override {
    std::uint64_t sum = 0;
    std::uint64_t done = 0;
    for (; done < operations; done += 4 * kUnrolled) {
#pragma GCC unroll 64
      for (std::uint64_t i = 0; i < 4 * kUnrolled; ++i) add(sum, 1);
    }
    return done;
  }
};

class FetchAdd final : public Workload {
 public:
  std::uint64_t run(unsigned, std::uint64_t operations) override {
    std::uint64_t done = 0;
    for (; done < operations; done += kUnrolled) {
#pragma GCC unroll 16
      for (std::uint64_t i = 0; i < kUnrolled; ++i) counter_.fetch_add(1);
    }
    return done;
  }

 private:
  alignas(64) std::atomic<std::uint64_t> counter_{0};
};

class Membarriers final : public Workload {
 public:
  Membarriers() {
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0)
      give_up("membarrier");
  }

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    for (std::uint64_t i = 0; i < operations; ++i)
      if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        give_up("membarrier");
    return operations;
  }
};

}  // namespace

std::unique_ptr<Workload> make_add_chain() { return std::make_unique<AddChain>(); }

std::unique_ptr<Workload> make_membarriers() { return std::make_unique<Membarriers>(); }

std::unique_ptr<Workload> make_fetch_add() { return std::make_unique<FetchAdd>(); }

}  // namespace temporal_slab::bench
