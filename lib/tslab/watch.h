// Shows a text again and again: `--watch`.
//
// On a terminal each text takes the place of the one before, from the upper left
// corner; lines for which the screen has no room are left out. No mode of the terminal is changed,
// so there is none to leave it in however the program ends. In a pipe the texts follow one another
// with an empty line between.
//
// Threads. One watch stands in a process at a time: it takes SIGINT and SIGTERM while
// it shows on a terminal, so that it ends between two texts and never within one.
#pragma once

#include <signal.h>

#include <chrono>
#include <optional>
#include <string>

#include "tslab/streams.h"

namespace temporal_slab::tslab {

class Watch {
 public:
  // Without an interval the first text is the only one, and is shown as it is.
  Watch(const Streams& streams, std::optional<std::chrono::milliseconds> interval);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Shows the text, then waits until the next one is due, `end_fd` is readable, nobody
  // reads the output any more, or a signal comes. Nothing: the next one is due. Else the
  // exit code. A text that is the last one comes with the reason in `end`, which is
  // shown below it, or is said to be the last.
  std::optional<int> show(const std::string& text, const std::string& end, int end_fd,
                          bool last = false);

  // Waits without showing anything, as show does.
  std::optional<int> wait(int end_fd);

 private:
  const Streams streams_;
  const std::optional<std::chrono::milliseconds> interval_;
  const bool terminal_;
  bool first_ = true;
  sigset_t mask_before_ = {};
  struct sigaction interrupt_before_ = {};
  struct sigaction terminate_before_ = {};
};

}  // namespace temporal_slab::tslab
