// Which of a session's threads holds how many references on each incarnation (R-2.3-3), by what
// the model's refcounts did in their calls.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "harness/model/model.h"
#include "stats/snapshot.h"

namespace temporal_slab::harness::session {

class Holding {
 public:
  // By the thread itself, before or after its call.
  void is_on(model::ThreadId thread, pid_t tid) { tids_[thread] = tid; }
  void after_call(const model::Model& model);

  // "" or what is wrong with the holders of a snapshot. They always hold what the refcount says
  // (R-3-3). As long as nobody dropped what another thread had taken it is known of each how
  // many; from then on it is not: whom such a drop is charged to is the library's choice.
  std::string compare(const stats::Snapshot& snapshot) const;

 private:
  struct Incarnation {
    std::map<model::ThreadId, std::uint64_t> by;
    bool handed_on = false;
  };

  std::string compare(const stats::EpochRow& row, const Incarnation& must) const;

  std::array<Incarnation, 256> epochs_{};
  std::map<model::ThreadId, pid_t> tids_;
};

}  // namespace temporal_slab::harness::session
