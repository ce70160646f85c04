// Calls on the ring, labels, references and domains, in any order and with any epoch, against the
// model: each must come back as the model says, and afterwards, and where the input asks for it,
// every figure must agree.
#include <temporal_slab/epoch_domain.h>

#include <vector>

#include "fuzz/input.h"
#include "fuzz/model_bench.h"
#include "fuzz/require.h"

namespace temporal_slab::fuzz {
namespace {

constexpr std::size_t kMostSteps = 600;

class Bench : public ModelBench {
 public:
  using ModelBench::ModelBench;

  void step(Input& input) {
    const std::uint8_t byte = input.byte();
    if (byte == kLook) return compare();
    const std::uint8_t what = byte % (kEpochSteps + 8);
    if (what < kEpochSteps) return epoch_step(what, input);
    if (what < kEpochSteps + 2) return make(what % 2 == 0, input);
    if (domains_.empty()) return;
    const std::size_t id = input.byte() % domains_.size();
    epoch_domain_t* const domain = domains_[id];
    // A destroyed domain is no domain: using one is not among the misuses that are listed.
    if (model().domains()[id].destroyed) return;
    if (what < kEpochSteps + 4)
      judge("enter", model().domain_enter(kThread, id),
            see([&] { return epoch_domain_enter(domain); }));
    else if (what < kEpochSteps + 6)
      judge("exit", model().domain_exit(kThread, id),
            see([&] { return epoch_domain_exit(domain); }));
    else if (what < kEpochSteps + 7)
      judge("destroy", model().domain_destroy(kThread, id),
            see([&] { return epoch_domain_destroy(domain); }));
    else
      judge("force_close", model().domain_force_close(kThread, id),
            see([&] { return epoch_domain_force_close(domain); }));
    const auto current = model().domain_current(kThread);
    require(epoch_domain_current() == (current ? domains_[*current] : nullptr),
            "the innermost domain is current (R-2.5-3)");
  }

 private:
  void make(bool current, Input& input) {
    epoch_domain_t* made = nullptr;
    if (current) {
      const Seen seen = see([&] { return (made = epoch_domain_create(allocator())) != nullptr; });
      judge("domain_create", model().domain_create(kThread), seen);
    } else {
      const EpochId epoch = this->epoch(input);
      const bool auto_close = input.byte() % 2 == 0;
      const Seen seen = see(
          [&] { return (made = epoch_domain_wrap(allocator(), epoch, auto_close)) != nullptr; });
      judge("domain_wrap", model().domain_wrap(kThread, epoch, auto_close), seen);
    }
    if (made != nullptr) domains_.push_back(made);
  }

  std::vector<epoch_domain_t*> domains_;  // numbered as in the model
};

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace temporal_slab::fuzz;
  Input input(data, size);
  Bench bench(input);
  for (std::size_t i = 0; i < kMostSteps && !input.empty(); ++i) bench.step(input);
  bench.compare();
  return 0;
}
