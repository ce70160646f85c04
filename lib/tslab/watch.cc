#include "tslab/watch.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

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

}  // namespace

Watch::Watch(const Streams& streams, std::optional<std::chrono::milliseconds> interval)
    : streams_(streams), interval_(interval), terminal_(interval && isatty(streams.out) == 1) {
  if (!terminal_) return;
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = interrupt;
  sigaction(SIGINT, &action, &interrupt_before_);
  sigaction(SIGTERM, &action, &terminate_before_);
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  sigprocmask(SIG_BLOCK, &both, &mask_before_);
}

Watch::~Watch() {
  if (!terminal_) return;
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
}

std::optional<int> Watch::show(const std::string& text, const std::string& end, int end_fd,
                               bool last) {
  const std::string reason = interval_ && !end.empty() ? end + "\n" : "";
  std::string shown = (first_ ? "" : "\n") + text + reason;
  if (terminal_) {
    const std::optional<ScreenSize> size = screen_size(streams_.out);
    shown = in_place((size ? fitting(text, *size, reason.empty() ? 0 : 1) : text) + reason, first_);
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
  // is never waited for.
  pollfd fds[] = {{streams_.out, 0, 0}, {end_fd, POLLIN, 0}};
  const int ready = ppoll(fds, 2, &timeout, terminal_ ? &mask_before_ : nullptr);
  if (ready < 0 && errno != EINTR)
    return complain(streams_, std::string("cannot wait: ") + std::strerror(errno));
  if (interrupted != 0) {
    // The terminal has shown ^C at the place of the cursor.
    return print(streams_, "\r\x1b[K").value_or(kExitOk);
  }
  if (fds[0].revents != 0) return kExitOk;
  return std::nullopt;
}

}  // namespace temporal_slab::tslab
