#include "stress/run.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "stress/audit.h"
#include "stress/report.h"
#include "stress/steps.h"
#include "stress/watchdog.h"

namespace temporal_slab::stress {
namespace {

using namespace std::chrono_literals;

const Step& pick(const Scenario& scenario, unsigned total_weight, Random& random) {
  std::uint64_t at = random.below(total_weight);
  for (const Step& step : scenario.steps) {
    if (at < step.weight) return step;
    at -= step.weight;
  }
  return scenario.steps.back();
}

// One thread's life: up to `most` steps, 0 = until the run is over.
void take_steps(World& world, Worker& me, std::uint64_t most) {
  set_this_worker(&me);
  unsigned total_weight = 0;
  for (const Step& step : world.scenario.steps) total_weight += step.weight;
  for (std::uint64_t i = 0; most == 0 || i < most; ++i) {
    if (world.stop.load(std::memory_order_relaxed)) break;
    const Step& step = pick(world.scenario, total_weight, me.random);
    me.where.store(step.name, std::memory_order_relaxed);
    const Gate::Inside calls(world.calls, me.index);
    if (step.holds_objects) {
      const Gate::Inside objects(world.objects, me.index);
      step.run(world, me);
    } else {
      step.run(world, me);
    }
    me.progress.fetch_add(1, std::memory_order_relaxed);
  }
  const Gate::Inside calls(world.calls, me.index);
  leave_domains(me);
  ++me.tally.threads;
}

void drive(World& world, Worker& me) {
  me.running.store(true, std::memory_order_relaxed);
  const std::uint64_t most = world.scenario.steps_per_thread;
  if (most == 0) {
    take_steps(world, me, 0);
  } else {
    while (!world.stop.load(std::memory_order_relaxed))
      std::thread(take_steps, std::ref(world), std::ref(me), most).join();
  }
  me.running.store(false, std::memory_order_relaxed);
}

// Lets the threads run, and audits the sums again and again while all stand still.
void audit_until(World& world, std::chrono::steady_clock::time_point end) {
  while (std::chrono::steady_clock::now() < end) {
    // The pause is only so that threads get on; nothing waits for it.
    std::mutex mutex;
    std::unique_lock<std::mutex> lock(mutex);
    std::condition_variable never;
    never.wait_until(lock, std::min(end, std::chrono::steady_clock::now() + 250ms));
    const Gate::Closed alone(world.calls);
    audit(world, "in mid-run, all threads standing still,");
  }
}

// Drops on this thread what other threads took: first what says whose it is. Of the others it is
// not known, so that they may be charged to anybody (R-2.3-3).
void drop_references(World& world, Worker& me) {
  const auto release = [&](std::vector<SlabEpochRef>* references) {
    for (const SlabEpochRef& reference : *references) {
      const bool released = slab_epoch_release(world.allocator, reference);
      ++me.tally.releases;
      if (!released && errno == ESTALE) ++me.tally.stale_releases;
    }
    references->clear();
  };
  for (const auto& worker : world.workers) release(&worker->references);
  release(&world.handed);
  for (const auto& worker : world.workers) {
    for (EpochId epoch = 0; epoch < SLAB_EPOCH_COUNT; ++epoch) {
      for (std::uint64_t& held = worker->raw_refs[epoch].count; held > 0; --held) {
        slab_epoch_dec_refcount(world.allocator, epoch);
        ++me.tally.decs;
      }
    }
  }
}

void free_everything(World& world, Worker& me) {
  for (const auto& worker : world.workers) {
    std::vector<Object>& mail = world.mailboxes[worker->index]->contents();
    for (std::vector<Object>* objects : {&worker->objects, &mail}) {
      for (const Object& object : *objects) {
        if (world.scenario.discards_race) {
          free_raced_handle(world, me, object);
        } else {
          free_object(world, me, object);
        }
        me.progress.fetch_add(1, std::memory_order_relaxed);
      }
      objects->clear();
    }
  }
}

}  // namespace

void run(World& world) {
  const Watchdog watchdog(world);
  std::vector<std::thread> threads;
  for (const auto& worker : world.workers)
    threads.emplace_back(drive, std::ref(world), std::ref(*worker));
  audit_until(world,
              std::chrono::steady_clock::now() + std::chrono::seconds(world.options.seconds));
  world.stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();

  audit(world, "after the last thread ended");
  Worker& me = world.worker(0);
  set_this_worker(&me);
  me.where.store("emptying the allocator", std::memory_order_relaxed);
  me.running.store(true, std::memory_order_relaxed);
  drop_references(world, me);
  audit(world, "after all references were dropped");
  free_everything(world, me);
  audit(world, "after all objects were freed");
  for (EpochId epoch = 0; epoch < slab_allocator_epoch_count(world.allocator); ++epoch) {
    epoch_close(world.allocator, epoch);
    ++me.tally.closes;
  }
  audit_empty(world);
}

}  // namespace temporal_slab::stress
