// What the hand-over alone costs where objects are freed by the other thread.
#include "bench/hand_over.h"
#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

class BareHandOver final : public Workload {
 public:
  explicit BareHandOver(unsigned batch) : hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    std::uint64_t done = 0;
    while (done < operations) {
      for (std::uint64_t& word : hand_over_.to_fill(thread)) {
        word = done;
        asm volatile("" ::: "memory");
      }
      const auto& words = hand_over_.exchange(thread);
      for (const std::uint64_t word : words) asm volatile("" ::"r"(word));
      done += words.size();
    }
    return done;
  }

 private:
  HandOver<std::uint64_t> hand_over_;
};

}  // namespace

std::unique_ptr<Workload> make_bare_hand_over(unsigned batch) {
  return std::make_unique<BareHandOver>(batch);
}

}  // namespace temporal_slab::bench
