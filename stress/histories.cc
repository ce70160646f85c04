#include "stress/histories.h"

#include <chrono>
#include <thread>

#include "harness/linearizability/check.h"
#include "stress/history_calls.h"
#include "stress/report.h"
#include "stress/watchdog.h"

namespace temporal_slab::stress {
namespace {

using modelled::Call;
using modelled::Make;
using Recorder = linearizability::Recorder<modelled::Spec>;

constexpr unsigned kCallsEach = 40;  // short, for who must read one that is refused

// One thread's part of a history.
class Part {
 public:
  Part(Recorder& recorder, SlabAllocator* allocator, Worker& me)
      : recorder_(recorder), allocator_(allocator), me_(me) {}

  void make(Call call) {
    call.thread = static_cast<std::uint8_t>(me_.index);
    // By a reference of the thread's own: another's would be read while that one writes it.
    if (call.make == Make::kDup || call.make == Make::kFinishOf) call.a = call.thread;
    me_.where.store(name_of(call.make), std::memory_order_relaxed);
    recorder_.run(me_.index, call, [&] { return make_call(allocator_, &own_, call); });
    me_.progress.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  Recorder& recorder_;
  SlabAllocator* const allocator_;
  Worker& me_;
  SlabEpochRef own_{0, 0, ~std::uint64_t{0}};  // as in the specification: none yet
};

// Of the ring that the recorded allocator has.
modelled::Spec spec() { return modelled::Spec(modelled::model::Ring{}); }

bool is_explained(const History& history) {
  return linearizability::Search<modelled::Spec>(history, spec()).run();
}

// A history that has an explanation keeps it without a call that changed nothing.
bool changed_nothing(const linearizability::Operation<modelled::Spec>& operation) {
  switch (operation.call.make) {
    case Make::kGet:
    case Make::kEra:
    case Make::kState:
    case Make::kCurrent:
    case Make::kGetLabel:
      return true;
    default:
      return operation.result && operation.result->error != 0;
  }
}

// Leaves out of a history without explanation what came after, and what changed nothing and is not
// needed to see that.
History shortened(History history) {
  history = linearizability::until(history, linearizability::first_illegal_return(history, spec()));
  for (auto& own : history)
    for (std::size_t i = own.size(); i-- > 0;) {
      if (!changed_nothing(own[i])) continue;
      const auto left_out = own[i];
      own.erase(own.begin() + static_cast<std::ptrdiff_t>(i));
      if (is_explained(history)) own.insert(own.begin() + static_cast<std::ptrdiff_t>(i), left_out);
    }
  return history;
}

std::uint64_t calls_that_met(const History& history) {
  std::uint64_t met = 0;
  for (const auto& own : history)
    for (const auto& operation : own) met += operation.returned != operation.called + 1 ? 1 : 0;
  return met;
}

std::uint64_t size_of(const History& history) {
  std::uint64_t size = 0;
  for (const auto& own : history) size += own.size();
  return size;
}

}  // namespace

History record_history(World& world, std::uint64_t seed, unsigned calls_each) {
  SlabOptions options;
  slab_options_init(&options);
  options.takeover_after_sec = 0;
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  if (allocator == nullptr) fail("no allocator for a history");
  const std::size_t threads = world.workers.size();
  Recorder recorder(threads, calls_each + 2 * SLAB_EPOCH_COUNT);
  std::atomic<std::size_t> ready{0};
  const Topic topic = seed % 3 == 0 ? Topic::kRing : Topic::kReferences;
  const auto work = [&](Worker& me) {
    set_this_worker(&me);
    Random random(mix(seed) + me.index);
    Part part(recorder, allocator, me);
    me.running.store(true, std::memory_order_relaxed);
    ready.fetch_add(1);
    while (ready.load() < threads) std::this_thread::yield();
    for (unsigned i = 0; i < calls_each; ++i) part.make(draw_call(random, topic));
    me.running.store(false, std::memory_order_relaxed);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work, std::ref(*world.workers[i]));
  work(world.worker(0));
  for (std::thread& other : others) other.join();
  Part last(recorder, allocator, world.worker(0));
  for (EpochId epoch = 0; epoch < SLAB_EPOCH_COUNT; ++epoch) {
    last.make({Make::kEra, epoch});
    last.make({Make::kGet, epoch});
  }
  slab_allocator_free(allocator);
  return recorder.history();
}

std::string fault_of(const History& history) {
  if (is_explained(history)) return "";
  return linearizability::check(shortened(history), spec()).report;
}

HistoriesTally run_histories(World& world) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(world.options.seconds);
  const Watchdog watchdog(world);
  HistoriesTally tally;
  while (std::chrono::steady_clock::now() < end) {
    const std::uint64_t seed = world.options.seed + tally.histories++;
    const History history = record_history(world, seed, kCallsEach);
    tally.calls += size_of(history);
    tally.met += calls_that_met(history);
    if (const std::string fault = fault_of(history); !fault.empty()) {
      set_this_worker(nullptr);  // all of them made it
      fail(text("history %llu, of seed %llu, is ", static_cast<unsigned long long>(tally.histories),
                static_cast<unsigned long long>(seed)) +
           fault);
    }
  }
  return tally;
}

}  // namespace temporal_slab::stress
