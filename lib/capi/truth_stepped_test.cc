// A process that writes its segment is stopped after each of its instructions, and what
// another process reads then must be true: of a live writer, and of one killed there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "capi/rules_support.h"
#include "capi/truth_support.h"
#include "stats/discovery.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"

namespace temporal_slab::rules {
namespace {

// The ring is turned so far before and stands at this epoch then; the next two are opened
// under the eyes of the reader.
constexpr unsigned kTurnsBefore = 40;
constexpr std::size_t kEpochThen = kTurnsBefore % kEpochs;

[[noreturn]] void run_writer(Incarnations::References references) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
  {
    const Allocator allocator = make_named_allocator("stepped", true);
    Incarnations incarnations(allocator.get(), references);
    for (unsigned i = 0; i < kTurnsBefore; ++i) incarnations.turn();
    raise(SIGSTOP);
    incarnations.turn();
    incarnations.turn();
    epoch_close(allocator.get(), epoch_current(allocator.get()) - 1);
    raise(SIGSTOP);
  }
  _exit(0);
}

// The segment of a process, mapped to read it.
const stats::Segment* map_segment(pid_t pid, std::string* error) {
  stats::Selector selector;
  selector.pid = pid;
  stats::Listing listing;
  if (!stats::list_published(&listing, error) || listing.segments.size() != 1) return nullptr;
  const int fd = open(listing.segments[0].path.c_str(), O_RDONLY);
  void* const memory = mmap(nullptr, sizeof(stats::Segment), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return memory == MAP_FAILED ? nullptr : static_cast<const stats::Segment*>(memory);
}

constexpr std::size_t offset_of_epoch(std::size_t epoch) {
  return offsetof(stats::Segment, epochs) + epoch * sizeof(stats::EpochSlot);
}

constexpr std::size_t offset_of_holders(std::size_t epoch) {
  return offsetof(stats::Segment, holders) + epoch * sizeof(stats::Segment::holders[0]);
}

// The words that the writer may change between its two stops, as they were when it was
// last looked at.
class Changes {
 public:
  explicit Changes(const stats::Segment* segment) : segment_(segment) {}
  bool any() {
    bool changed = false;
    std::size_t at = 0;
    for (const auto& [begin, end] : kRanges) {
      const char* const now = reinterpret_cast<const char*>(segment_) + begin;
      if (std::memcmp(&seen_[at], now, end - begin) != 0) {
        std::memcpy(&seen_[at], now, end - begin);
        changed = true;
      }
      at += end - begin;
    }
    return changed;
  }

 private:
  static constexpr std::pair<std::size_t, std::size_t> kRanges[] = {
      {0, offset_of_epoch(0)},
      {offset_of_epoch(kEpochThen), offset_of_epoch(kEpochThen + 3)},
      {offset_of_holders(kEpochThen), offset_of_holders(kEpochThen + 3)}};

  const stats::Segment* const segment_;
  std::vector<char> seen_ = std::vector<char>(sizeof(stats::Segment));
};

// Looks at what is there, and at it against what was there before.
class Look {
 public:
  explicit Look(const stats::Segment* segment) : segment_(segment) {}
  std::string fault() {
    stats::Snapshot now;
    std::string fault;
    if (!stats::read_snapshot(stats::MemoryView(segment_), stats::read_context(0), &now, &fault))
      return fault;
    if (fault.empty()) fault = fault_of(now);
    if (fault.empty()) fault = fault_of_turned(now);
    if (fault.empty() && !before_.epochs.empty()) fault = fallen_counter(before_, now);
    if (fault.empty()) fault = openings_.fault_of(segment_);
    before_ = std::move(now);
    return fault;
  }

 private:
  const stats::Segment* const segment_;
  stats::Snapshot before_;
  Openings openings_;
};

// Lets the writer run to its next stop; true if it comes there.
bool resume(pid_t writer, decltype(PTRACE_CONT) how, int* signal) {
  int status = 0;
  if (ptrace(how, writer, nullptr, nullptr) != 0 || waitpid(writer, &status, 0) != writer ||
      !WIFSTOPPED(status))
    return false;
  *signal = WSTOPSIG(status);
  return true;
}

class TruthStepped : public testing::TestWithParam<Incarnations::References> {};

// R-3-1 R-3-3 R-2.4-2 R-2.6-2
TEST_P(TruthStepped, HoldsAfterEachInstructionOfTheWriter) {
  const stats::RuntimeFolder folder;
  const pid_t writer = fork();
  if (writer == 0) run_writer(GetParam());
  ASSERT_GT(writer, 0);
  int status = 0;
  ASSERT_EQ(waitpid(writer, &status, 0), writer);
  ASSERT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  std::string error;
  const stats::Segment* const segment = map_segment(writer, &error);
  ASSERT_NE(segment, nullptr) << error;

  Changes changes(segment);
  Look look(segment);
  std::string fault;
  std::size_t looks = 0;
  int signal = SIGTRAP;
  while (fault.empty() && resume(writer, PTRACE_SINGLESTEP, &signal) && signal == SIGTRAP) {
    if (!changes.any()) continue;
    fault = look.fault();
    ++looks;
  }
  EXPECT_EQ(fault, "");
  if (fault.empty()) {
    EXPECT_EQ(signal, SIGSTOP) << "the writer came to its end";
    EXPECT_GT(looks, 100u);
    EXPECT_EQ(stats::read_epoch_identity(segment, kEpochThen + 2).era, kTurnsBefore + 2);
  }
  kill(writer, SIGKILL);
  EXPECT_EQ(waitpid(writer, &status, 0), writer);
  munmap(const_cast<stats::Segment*>(segment), sizeof(stats::Segment));
}

INSTANTIATE_TEST_SUITE_P(References, TruthStepped,
                         testing::Values(Incarnations::References::kDropped,
                                         Incarnations::References::kLeft));

}  // namespace
}  // namespace temporal_slab::rules
