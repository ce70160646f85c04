// The allocator under stress and everything that the threads share about it.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "stress/gate.h"
#include "stress/mailbox.h"
#include "stress/options.h"
#include "stress/scenario.h"
#include "stress/worker.h"

namespace temporal_slab::stress {

// Which incarnations a discard has begun in, or has ended in. For scenarios in
// which discards run against allocations and frees.
class DiscardLog {
 public:
  static constexpr std::size_t kEras = std::size_t{1} << 18;

  DiscardLog() : begun_(kEras), ended_(kEras) {}

  // Past this many advances nothing is discarded any more.
  static bool covers(std::uint64_t era) { return era + SLAB_EPOCH_COUNT < kEras; }

  void begin(EpochId epoch, std::uint64_t era) { begun_[key(epoch, era)].store(true); }
  void end(EpochId epoch, std::uint64_t era) { ended_[key(epoch, era)].store(true); }
  bool begun(EpochId epoch, std::uint64_t era) const {
    return covers(era) && begun_[key(epoch, era)].load();
  }
  bool ended(EpochId epoch, std::uint64_t era) const {
    return covers(era) && ended_[key(epoch, era)].load();
  }

 private:
  // An era names an incarnation but for 0, which each epoch has before it is opened.
  static std::size_t key(EpochId epoch, std::uint64_t era) {
    return era == 0 ? epoch : static_cast<std::size_t>(era) + SLAB_EPOCH_COUNT - 1;
  }

  std::vector<std::atomic<bool>> begun_;
  std::vector<std::atomic<bool>> ended_;
};

struct World {
  World(const Options& options_in, const Scenario& scenario_in);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Worker& worker(unsigned index) { return *workers[index]; }
  Worker& random_worker(Random& random) { return *workers[random.below(workers.size())]; }

  // Sums over all workers. The caller is alone.
  Tally total() const;

  const Options options;
  const Scenario& scenario;
  const std::size_t max_bytes;
  const std::size_t retain_bytes;
  SlabAllocator* allocator = nullptr;
  int null_fd = -1;

  Gate calls;    // every step goes through it; closed, no thread is inside a call
  Gate objects;  // steps that hold objects go through it; closed, the shadow stands still
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::unique_ptr<Mailbox>> mailboxes;  // one a worker
  std::mutex handed_mutex;
  std::vector<SlabEpochRef> handed;  // references for whoever comes by
  DiscardLog discard_log;
  std::atomic<bool> stop{false};
};

}  // namespace temporal_slab::stress
