// A litmus program, and one schedule of it in the explorer: who runs when, which store each load
// reads, where each store comes in the modification order. What comes of it must be among what the
// axioms of C++20 allow, and the replay string of the schedule must give it once more.
#include <iterator>

#include "fuzz/input.h"
#include "fuzz/require.h"
#include "harness/explorer/litmus/axioms.h"
#include "harness/explorer/litmus/program.h"
#include "harness/explorer/replay.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::fuzz {
namespace {

namespace litmus = explorer::litmus;

// The axioms look at every candidate execution, whose number explodes.
constexpr int kMostInstructions = 6;

class FromBytes : public explorer::Strategy {
 public:
  explicit FromBytes(Input& input) : input_(input) {}
  void begin_run() override {}
  int choose(const explorer::ChoicePoint& point) override {
    return input_.byte() % point.alternatives;
  }
  bool next_run(std::int64_t) override { return false; }
  std::string covered(std::int64_t, std::int64_t) const override { return "one schedule"; }

 private:
  Input& input_;
};

std::memory_order order_of(litmus::Kind kind, unsigned number) {
  using enum std::memory_order;
  constexpr std::memory_order kOrders[] = {relaxed, acquire, release, acq_rel, seq_cst};
  const std::memory_order order = kOrders[number % std::size(kOrders)];
  const bool both = order == acq_rel;
  if (kind == litmus::Kind::kLoad && (order == release || both)) return acquire;
  if (kind == litmus::Kind::kStore && (order == acquire || both)) return release;
  if (kind == litmus::Kind::kFence && order == relaxed) return seq_cst;
  return order;
}

litmus::Program program_from(Input& input) {
  using enum litmus::Kind;
  constexpr litmus::Kind kKinds[] = {kLoad, kStore, kAdd, kExchange, kFence};
  const unsigned threads = 2 + input.byte() % 2U;
  const int instructions = 1 + input.byte() % kMostInstructions;
  litmus::Program program;
  program.threads.resize(threads);
  for (int i = 0; i < instructions; ++i) {
    const unsigned what = input.byte();
    const unsigned how = input.byte();
    litmus::Instruction each;
    each.kind = kKinds[what / threads % std::size(kKinds)];
    each.order = order_of(each.kind, how / 2);
    if (each.kind != kFence) each.location = static_cast<int>(how % 2);
    if (each.kind == kStore || each.kind == kExchange) each.value = i + 1;
    if (each.kind == kAdd) each.value = 10;
    if (each.kind == kLoad || each.kind == kAdd || each.kind == kExchange) each.reg = i;
    program.threads[what % threads].push_back(each);
  }
  std::erase_if(program.threads, [](const auto& thread) { return thread.empty(); });
  return program;
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace temporal_slab;
  fuzz::Input input(data, size);
  const explorer::litmus::Program program = fuzz::program_from(input);
  explorer::litmus::Outcome outcome;
  const auto body = [&] { outcome = explorer::litmus::run_threads_of(program); };

  const explorer::Options options;
  explorer::Engine engine(options);
  fuzz::FromBytes schedule(input);
  const explorer::RunOutcome& run = engine.run(explorer::callable(body), schedule, false);
  const std::string text = explorer::litmus::to_text(program);
  fuzz::require(run.verdict == explorer::Verdict::kPassed, "a litmus program ends", text);
  const explorer::litmus::Outcome first = outcome;
  fuzz::require(explorer::litmus::consistent_outcomes(program, false).contains(first),
                "the axioms allow it", text + ": " + to_text(first));

  const std::string again = explorer::to_replay(engine.schedule());
  fuzz::require(explorer::replay(options, body, again).passed(), "the replay passes", again);
  fuzz::require(outcome == first, "the replay ends the same", text + again);
  return 0;
}
