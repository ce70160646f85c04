#include "tslab/watch.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "tslab/display.h"
#include "tslab/screen.h"

namespace temporal_slab::tslab {
namespace {

volatile sig_atomic_t interrupted = 0;

void interrupt(int) { interrupted = 1; }

// Clears what each line and the screen below leave of the text before, instead of the
// whole screen at once: nothing flickers.
std::string in_place(const std::string& text, bool first) {
  std::string out = first ? "\x1b[H\x1b[2J" : "\x1b[H";
  for (const char c : text) {
    if (c == '\n') out += "\x1b[K";
    out += c;
  }
  return out + "\x1b[J";
}

constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGQUIT};

}  // namespace

Watch::Watch(const Streams& streams, std::optional<std::chrono::milliseconds> interval)
    : streams_(streams), interval_(interval), terminal_(interval && isatty(streams.out) == 1) {
  if (!terminal_) return;
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = interrupt;
  sigset_t ending;
  sigemptyset(&ending);
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i) {
    sigaction(kEndingSignals[i], &action, &actions_before_[i]);
    sigaddset(&ending, kEndingSignals[i]);
  }
  sigprocmask(SIG_BLOCK, &ending, &signals_before_);
  termios mode = {};
  // Who is not in the foreground and sets a mode is stopped.
  if (tcgetpgrp(streams.in) != getpgrp() || tcgetattr(streams.in, &mode) != 0) return;
  mode_before_ = mode;
  mode.c_lflag &= ~tcflag_t{ICANON | ECHO};
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  tcsetattr(streams.in, TCSADRAIN, &mode);
}

Watch::~Watch() {
  if (!terminal_) return;
  if (reads_keys()) tcsetattr(streams_.in, TCSADRAIN, &*mode_before_);
  sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
    sigaction(kEndingSignals[i], &actions_before_[i], nullptr);
}

// A job in the background that reads the terminal is stopped.
bool Watch::reads_keys() const { return mode_before_ && tcgetpgrp(streams_.in) == getpgrp(); }

bool Watch::was_asked_to_end() const {
  char keys[64];
  const ssize_t count = reads_keys() ? read(streams_.in, keys, sizeof(keys)) : 0;
  return count > 0 && std::memchr(keys, 'q', static_cast<std::size_t>(count)) != nullptr;
}

// "2026-12-01 14:03:12  main of checkout (pid 4211), q ends it"
std::string Watch::heading(const std::string& who) const {
  return display_now() + "  " + who + (reads_keys() ? ", q ends it" : "") + '\n';
}

std::optional<int> Watch::show(const std::string& who, const std::string& text,
                               const std::string& end, int end_fd, bool last) {
  const std::string reason = interval_ && !end.empty() ? end + "\n" : "";
  const std::string headed = interval_ ? heading(who) + text : text;
  std::string shown = (first_ ? "" : "\n") + headed + reason;
  if (terminal_) {
    const std::optional<ScreenSize> size = screen_size(streams_.out);
    shown =
        in_place((size ? fitting(headed, *size, reason.empty() ? 0 : 1) : headed) + reason, first_);
  }
  if (const std::optional<int> stop = print(streams_, shown)) return stop;
  first_ = false;
  if (!interval_ || !end.empty() || last) return kExitOk;
  return wait(end_fd);
}

std::optional<int> Watch::wait(int end_fd) {
  using std::chrono::seconds;
  const seconds whole = std::chrono::duration_cast<seconds>(*interval_);
  const timespec timeout = {whole.count(), std::chrono::nanoseconds(*interval_ - whole).count()};
  // Without wanted events a pipe still tells when its other end is closed. A plain file
  // is never waited for. Any key but q shows the next text at once.
  pollfd fds[] = {
      {streams_.out, 0, 0}, {end_fd, POLLIN, 0}, {reads_keys() ? streams_.in : -1, POLLIN, 0}};
  const int ready = ppoll(fds, 3, &timeout, terminal_ ? &signals_before_ : nullptr);
  if (ready < 0 && errno != EINTR)
    return complain(streams_, std::string("cannot wait: ") + std::strerror(errno));
  if (interrupted != 0 || ((fds[2].revents & POLLIN) != 0 && was_asked_to_end())) {
    // The terminal may have shown ^C at the place of the cursor.
    return print(streams_, "\r\x1b[K").value_or(kExitOk);
  }
  if (fds[0].revents != 0) return kExitOk;
  return std::nullopt;
}

}  // namespace temporal_slab::tslab
