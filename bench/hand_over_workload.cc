// What the hand-over alone costs where objects are freed by the other thread.
#include "bench/hand_over.h"
#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

class BareHandOver final : public Workload {
 public:
  explicit BareHandOver(unsigned batch) : hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    const auto fill = [operations](std::vector<std::uint64_t>& words) {
      for (std::uint64_t& word : words) {
        word = operations;
        asm volatile("" ::: "memory");
      }
    };
    const auto use = [](const std::vector<std::uint64_t>& words) {
      for (const std::uint64_t word : words) asm volatile("" ::"r"(word));
    };
    return hand_over_.run(thread, operations, fill, use);
  }

 private:
  HandOver<std::uint64_t> hand_over_;
};

}  // namespace

std::unique_ptr<Workload> make_bare_hand_over(unsigned batch) {
  return std::make_unique<BareHandOver>(batch);
}

}  // namespace temporal_slab::bench
