// faults_kill [--rounds N] [--seed S]: kills a publishing process with SIGKILL at random moments, N
// times, and looks at its segment before and after. Each snapshot must be one that may have been.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "harness/faults/victim.h"
#include "stats/discovery.h"
#include "stats/segment_test_support.h"

namespace temporal_slab::faults {
namespace {

struct Totals {
  std::uint64_t snapshots = 0;
  std::uint64_t not_ready = 0;  // killed before there was anything to read
};

class Round {
 public:
  Round(std::mt19937_64& random, Totals& totals) : random_(random), totals_(totals) {}

  // What was wrong; "" if nothing.
  std::string run() {
    victim_ = fork();
    if (victim_ < 0) return "fork failed";
    if (victim_ == 0) work_for_ever();
    std::string wrong = random_() % 3 == 0 ? let_it_start() : watch_it();
    kill(victim_, SIGKILL);
    int status = 0;
    if (waitpid(victim_, &status, 0) != victim_ || !WIFSIGNALED(status))
      return "the victim ended by itself";
    if (wrong.empty()) wrong = look_post_mortem();
    return wrong;
  }

 private:
  // Up to 4 ms, in which it may or may not have got to publish, or to be at any point of that.
  std::string let_it_start() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(random_() % 4000);
    while (std::chrono::steady_clock::now() < end) {
    }
    return "";
  }

  // Until it has turned its ring, and then some looks more.
  std::string watch_it() {
    stats::Selector selector;
    selector.pid = victim_;
    stats::OpenSegment segment;
    std::string error;
    while (!stats::open_published(selector, &segment, &error))
      if (waitpid(victim_, nullptr, WNOHANG) != 0) return "the victim ended: " + error;
    for (std::uint64_t looks = random_() % 40;;) {
      stats::Snapshot snapshot;
      if (!segment.snapshot(&snapshot, &error)) return error;
      ++totals_.snapshots;
      if (const std::string wrong = impossible_in(snapshot, Victim::kAlive); !wrong.empty())
        return wrong;
      if (snapshot.epochs[1].epoch_era != 0 && looks-- == 0) return "";
    }
  }

  // A kernel thread that looks at its memory may keep that, and with it the lock, a moment longer.
  std::string list_until_it_is_gone(stats::Listing* listing) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      std::string error;
      if (!stats::list_published(listing, &error)) return error;
      if (listing->segments.size() > 1) return "more than one segment";
      if (listing->segments.empty()) return "";
      const stats::Published& left = listing->segments.front();
      if (left.pid != victim_) return "it is another process's";
      // Killed before it had said who it is, it is not known to be dead, and can be removed all the
      // same.
      if (left.is(stats::Life::kDead) || left.is_unfinished) return "";
      if (std::chrono::steady_clock::now() > end)
        return std::string("it is ") + to_string(left.liveness.life) + ": " + left.liveness.reason;
    }
  }

  std::string look_post_mortem() {
    stats::Listing listing;
    std::string error = list_until_it_is_gone(&listing);
    if (!error.empty()) return error;
    if (listing.segments.empty()) {
      ++totals_.not_ready;
      return "";
    }
    const stats::Published& left = listing.segments.front();
    if (left.error.empty()) {
      stats::Selector selector;
      selector.pid = victim_;
      stats::OpenSegment segment;
      stats::Snapshot snapshot;
      if (!stats::open_published(selector, &segment, &error) ||
          !segment.snapshot(&snapshot, &error))
        return error;
      ++totals_.snapshots;
      if (const std::string wrong = impossible_in(snapshot, Victim::kDead); !wrong.empty())
        return wrong;
    } else {
      ++totals_.not_ready;
    }
    return stats::remove_published(left, &error) ? "" : error;
  }

  std::mt19937_64& random_;
  Totals& totals_;
  pid_t victim_ = 0;
};

int run(std::uint64_t rounds, std::uint64_t seed) {
  const stats::RuntimeFolder folder;
  std::mt19937_64 random(seed);
  Totals totals;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const std::string wrong = Round(random, totals).run();
    if (!wrong.empty()) {
      std::printf("round %llu of seed %llu: %s\n", static_cast<unsigned long long>(i + 1),
                  static_cast<unsigned long long>(seed), wrong.c_str());
      return 1;
    }
  }
  std::printf(
      "%llu kills of seed %llu, %llu snapshots, all possible; %llu died before they could be "
      "read\n",
      static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(seed),
      static_cast<unsigned long long>(totals.snapshots),
      static_cast<unsigned long long>(totals.not_ready));
  return 0;
}

}  // namespace
}  // namespace temporal_slab::faults

int main(int argc, char** argv) {
  std::uint64_t rounds = 60;
  std::uint64_t seed = std::random_device()();
  for (int i = 1; i < argc; i += 2) {
    const std::string flag = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    const bool number = !value.empty() && value.size() < 20 &&
                        value.find_first_not_of("0123456789") == std::string::npos;
    if (number && flag == "--seed") {
      seed = std::stoull(value);
    } else if (number && flag == "--rounds" && std::stoull(value) > 0) {
      rounds = std::stoull(value);
    } else {
      std::fprintf(stderr, "faults_kill: %s %s; allowed: --rounds N, from 1 on, and --seed N\n",
                   flag.c_str(), value.c_str());
      return 2;
    }
  }
  return temporal_slab::faults::run(rounds, seed);
}
