// Who decides at each point where there is more than one way to go on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace temporal_slab::explorer {

enum class ChoiceKind : std::uint8_t {
  kPreempt,   // which thread next, though the current one (alternative 0) could go on
  kSwitch,    // which thread next; the current one cannot
  kRead,      // which store a load reads; 0 is the newest
  kPlace,     // where a store comes in modification order; 0 is last
  kSpurious,  // 1: fail without cause
};
inline constexpr char kChoiceLetters[] = {'p', 's', 'r', 'w', 'f'};

struct ChoicePoint {
  ChoiceKind kind = ChoiceKind::kPreempt;
  int alternatives = 0;                   // at least 2; number 0 is the default
  const std::uint8_t* threads = nullptr;  // of the two thread choices
  std::uint32_t asleep = 0;  // of these: bits of threads whose next step was explored before
  std::uint32_t known = 0;   // of these: bits of threads whose next step is known
  std::int64_t step = 0;
  std::uint32_t signature = 0;  // of all that the test has done so far
};

// A choice other than the default. A schedule is the list of these.
struct Deviation {
  std::int64_t point = 0;  // among the choice points of the run
  ChoiceKind kind = ChoiceKind::kPreempt;
  int choice = 0;
};
using Schedule = std::vector<Deviation>;

int preemptions_of(const Schedule& schedule);
int stale_reads_of(const Schedule& schedule);

std::string to_replay(const Schedule& schedule);
bool from_replay(const std::string& text, Schedule* schedule);

class Strategy {
 public:
  static constexpr int kDiverged = -1;  // the test is not what it was in the run before

  virtual ~Strategy() = default;
  virtual void begin_run() = 0;
  virtual int choose(const ChoicePoint& point) = 0;
  // After a choice of a thread: bits of those that need not go next until a step that depends on
  // theirs was made, because all that begins with their step has been explored.
  virtual std::uint32_t sleepers() const { return 0; }
  // The rest of this run is one that was explored before, in another order.
  virtual void on_repetition() {}
  virtual std::int64_t repetitions() const { return 0; }
  // After a run: false if there is nothing left to explore.
  virtual bool next_run(std::int64_t steps) = 0;
  // True if the run just made ended before choices that the one before it had made.
  virtual bool ended_early() const { return false; }
  virtual std::string covered(std::int64_t schedules, std::int64_t steps) const = 0;
};

}  // namespace temporal_slab::explorer
