// A terminal's whole screen and its keys, by ncurses: for `top --watch`.
//
// While one stands, the terminal shows its other screen and gives keys as they are typed. It is as
// it was before once the object is gone, and while the process is stopped by SIGTSTP; SIGINT,
// SIGTERM, SIGQUIT and SIGHUP only make wait() say kStop, unless they were ignored.
//
// Threads. One stands in a process at a time. Signals come in only while it waits.
#pragma once

#include <signal.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "tslab/screen.h"
#include "tslab/streams.h"

namespace temporal_slab::tslab {

enum class Key {
  kText,  // a character that can be shown
  kUp,
  kDown,
  kLeft,
  kRight,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kEnter,
  kEscape,
  kBackspace,
  kOther,  // also a new size of the screen
};

struct Press {
  Key key = Key::kOther;
  std::string text;  // of kText, UTF-8
};

enum class LineStyle { kPlain, kBold, kReverse };

struct ScreenLine {
  std::string text;  // safe for a terminal; what is wider than the screen is not shown
  LineStyle style = LineStyle::kPlain;
};

class KeyedScreen {
 public:
  enum class Event { kPress, kDue, kEnd, kStop };

  // Null where it cannot be: input or output is no terminal, this is not its foreground job, or
  // TERM names none whose cursor can be moved.
  static std::unique_ptr<KeyedScreen> open(const Streams& streams);
  ~KeyedScreen();
  KeyedScreen(const KeyedScreen&) = delete;
  KeyedScreen& operator=(const KeyedScreen&) = delete;

  ScreenSize size() const;

  // Shows these from the top, and the cursor behind the last one if that is being typed.
  void show(std::span<const ScreenLine> lines, bool is_typing);

  // Until a key (in `press`), `timeout`, that `end_fd` is readable, or a signal or the end of the
  // terminal. Without a timeout it waits for the others.
  Event wait(std::optional<std::chrono::nanoseconds> timeout, int end_fd, Press* press);

 private:
  struct Curses;

  KeyedScreen(const Streams& streams, std::unique_ptr<Curses> curses);
  bool start();

  // Of these ncurses takes SIGTSTP.
  static constexpr std::array kTaken = {SIGINT,  SIGTERM, SIGQUIT, SIGHUP,
                                        SIGCONT, SIGTSTP, SIGWINCH};

  const Streams streams_;
  std::unique_ptr<Curses> curses_;
  sigset_t signals_before_ = {};
  std::array<struct sigaction, kTaken.size()> actions_before_ = {};
};

}  // namespace temporal_slab::tslab
