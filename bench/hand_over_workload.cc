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

class HandedOnCounts final : public Workload {
 public:
  explicit HandedOnCounts(unsigned batch) : hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    return hand_over_.run(
        thread, operations,
        [this](std::vector<std::uint64_t>& words) {
          for (std::uint64_t& word : words) word = count_.fetch_add(1);
        },
        [this](const std::vector<std::uint64_t>& words) {
          for (const std::uint64_t word : words) {
            asm volatile("" ::"r"(word));
            count_.fetch_sub(1);
          }
        });
  }

 private:
  HandOver<std::uint64_t> hand_over_;
  alignas(64) std::atomic<std::uint64_t> count_{0};
};

}  // namespace

std::unique_ptr<Workload> make_handed_on_counts(unsigned batch) {
  return std::make_unique<HandedOnCounts>(batch);
}

std::unique_ptr<Workload> make_bare_hand_over(unsigned batch) {
  return std::make_unique<BareHandOver>(batch);
}

}  // namespace temporal_slab::bench
