// Shows a text again and again: `--watch`.
//
// On a terminal each text takes the place of the one before, from the upper left
// corner; lines for which the screen has no room are left out. In a pipe the texts
// follow one another with an empty line between. Above each stands when it was taken.
//
// The key q ends it, where it is the terminal's foreground job: then keys are read as
// they are typed and are not shown, until it ends. A signal that ends it without
// asking (SIGKILL) leaves the terminal so, as any program that reads keys.
//
// Threads. One watch stands in a process at a time: it takes SIGINT, SIGTERM and
// SIGQUIT while it shows on a terminal, so that it ends between two texts and never
// within one.
#pragma once

#include <signal.h>
#include <termios.h>

#include <array>
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

  // Shows the time, `who`, and the text, then waits until the next one is due, `end_fd`
  // is readable, nobody reads the output any more, or q or a signal comes. Nothing: the next one is
  // due. Else the exit code. A text that is the last one comes with the reason in `end`, which is
  // shown below it, or is said to be the last.
  std::optional<int> show(const std::string& who, const std::string& text, const std::string& end,
                          int end_fd, bool last = false);

  // Waits without showing anything, as show does.
  std::optional<int> wait(int end_fd);

 private:
  bool reads_keys() const;
  bool was_asked_to_end() const;
  std::string heading(const std::string& who) const;

  const Streams streams_;
  const std::optional<std::chrono::milliseconds> interval_;
  const bool terminal_;
  bool first_ = true;
  sigset_t signals_before_ = {};
  std::array<struct sigaction, 3> actions_before_ = {};
  std::optional<termios> mode_before_;  // the terminal's, if keys are read
};

}  // namespace temporal_slab::tslab
