#include "tslab/keyed_screen.h"

// Its short names are the functions' alone.
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#undef columns
#undef lines

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "render/text.h"
#include "tslab/display.h"

namespace temporal_slab::tslab {
namespace {

volatile sig_atomic_t ended = 0;
volatile sig_atomic_t continued = 0;
volatile sig_atomic_t resized = 0;

void take(int number) {
  if (number == SIGCONT)
    continued = 1;
  else if (number == SIGWINCH)
    resized = 1;
  else
    ended = 1;
}

constexpr int kEscapeDelayMs = 25;  // a key's own sequence comes at once

// The part of a line that the screen has room for.
std::string_view visible(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  std::size_t used = 0;
  while (end < text.size()) {
    const std::size_t length = base::decode_utf8(text.substr(end)).length;
    used += display_width(text.substr(end, length));
    if (used > columns) break;
    end += length;
  }
  return text.substr(0, end);
}

Press press_of(int kind, wint_t code) {
  constexpr std::pair<wint_t, Key> kKeys[] = {
      {KEY_UP, Key::kUp},        {KEY_DOWN, Key::kDown},
      {KEY_LEFT, Key::kLeft},    {KEY_RIGHT, Key::kRight},
      {KEY_PPAGE, Key::kPageUp}, {KEY_NPAGE, Key::kPageDown},
      {KEY_HOME, Key::kHome},    {KEY_END, Key::kEnd},
      {KEY_ENTER, Key::kEnter},  {KEY_A1, Key::kHome},
      {KEY_C1, Key::kEnd},       {KEY_FIND, Key::kHome},
      {KEY_SELECT, Key::kEnd},   {KEY_BACKSPACE, Key::kBackspace},
  };
  constexpr std::pair<wint_t, Key> kControls[] = {{L'\n', Key::kEnter},
                                                  {L'\r', Key::kEnter},
                                                  {L'\x1b', Key::kEscape},
                                                  {L'\b', Key::kBackspace},
                                                  {L'\x7f', Key::kBackspace}};
  const auto found = [code](const auto& table) {
    for (const auto& [its_code, key] : table)
      if (its_code == code) return key;
    return Key::kOther;
  };
  if (kind == KEY_CODE_YES) return {found(kKeys), ""};
  if (const Key key = found(kControls); key != Key::kOther) return {key, ""};
  char text[MB_LEN_MAX];
  mbstate_t state = {};
  const std::size_t length = wcrtomb(text, static_cast<wchar_t>(code), &state);
  if (length == std::string::npos || render::disturbs_terminal(static_cast<char32_t>(code)))
    return {};
  return {Key::kText, std::string(text, length)};
}

}  // namespace

struct KeyedScreen::Curses {
  std::FILE* in = nullptr;
  std::FILE* out = nullptr;
  SCREEN* screen = nullptr;
  std::string locale_before;
};

std::unique_ptr<KeyedScreen> KeyedScreen::open(const Streams& streams) {
  const char* const term = std::getenv("TERM");
  // Who is not in the foreground and sets a mode is stopped.
  if (term == nullptr || *term == '\0' || isatty(streams.in) != 1 || isatty(streams.out) != 1 ||
      tcgetpgrp(streams.in) != getpgrp())
    return nullptr;
  int error = 0;
  if (setupterm(term, streams.out, &error) != OK) return nullptr;
  const auto can = [](const char* what) {
    const char* const how = tigetstr(what);
    return how != nullptr && how != reinterpret_cast<const char*>(-1);
  };
  const bool moves = can("cup") && can("clear");
  del_curterm(cur_term);
  if (!moves) return nullptr;
  std::unique_ptr<KeyedScreen> screen(new KeyedScreen(streams, std::make_unique<Curses>()));
  return screen->start() ? std::move(screen) : nullptr;
}

KeyedScreen::KeyedScreen(const Streams& streams, std::unique_ptr<Curses> curses)
    : streams_(streams), curses_(std::move(curses)) {
  ended = 0;
  continued = 0;
  resized = 0;
  sigset_t taken;
  sigemptyset(&taken);
  for (std::size_t i = 0; i < kTaken.size(); ++i) {
    sigaction(kTaken[i], nullptr, &actions_before_[i]);
    sigaddset(&taken, kTaken[i]);
  }
  sigprocmask(SIG_BLOCK, &taken, &signals_before_);
  // Texts are UTF-8 whatever the environment asks for, and as wide as display_width says.
  const char* const locale = setlocale(LC_CTYPE, nullptr);
  curses_->locale_before = locale == nullptr ? "C" : locale;
  setlocale(LC_CTYPE, "C.UTF-8");
}

bool KeyedScreen::start() {
  struct sigaction action = {};
  action.sa_handler = take;
  // Who is told to ignore one goes on doing so.
  for (std::size_t i = 0; i < kTaken.size(); ++i)
    if (kTaken[i] != SIGTSTP && actions_before_[i].sa_handler != SIG_IGN)
      sigaction(kTaken[i], &action, nullptr);
  const auto opened = [](int fd, const char* mode) {
    const int own = dup(fd);
    std::FILE* const file = own < 0 ? nullptr : fdopen(own, mode);
    if (file == nullptr && own >= 0) close(own);
    return file;
  };
  curses_->in = opened(streams_.in, "r");
  curses_->out = opened(streams_.out, "w");
  if (curses_->in == nullptr || curses_->out == nullptr) return false;
  // The size is the terminal's, not what LINES and COLUMNS said once.
  use_env(FALSE);
  use_tioctl(TRUE);
  curses_->screen = newterm(nullptr, curses_->out, curses_->in);
  if (curses_->screen == nullptr) return false;
  set_escdelay(kEscapeDelayMs);
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  leaveok(stdscr, FALSE);
  return true;
}

KeyedScreen::~KeyedScreen() {
  if (curses_->screen != nullptr) {
    endwin();
    delscreen(curses_->screen);
  }
  for (std::FILE* const file : {curses_->in, curses_->out})
    if (file != nullptr) std::fclose(file);
  setlocale(LC_CTYPE, curses_->locale_before.c_str());
  for (std::size_t i = 0; i < kTaken.size(); ++i)
    sigaction(kTaken[i], &actions_before_[i], nullptr);
  sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
}

ScreenSize KeyedScreen::size() const {
  return {static_cast<std::size_t>(std::max(getmaxy(stdscr), 1)),
          static_cast<std::size_t>(std::max(getmaxx(stdscr), 1))};
}

void KeyedScreen::show(std::span<const ScreenLine> lines, bool is_typing) {
  const ScreenSize room = size();
  erase();
  const std::size_t count = std::min(lines.size(), room.rows);
  for (std::size_t i = 0; i < count; ++i) {
    const LineStyle style = lines[i].style;
    const std::string_view text = visible(lines[i].text, room.columns);
    attrset(style == LineStyle::kReverse ? A_REVERSE
            : style == LineStyle::kBold  ? A_BOLD
                                         : A_NORMAL);
    mvaddnstr(static_cast<int>(i), 0, text.data(), static_cast<int>(text.size()));
    if (style == LineStyle::kReverse)
      for (std::size_t column = display_width(text); column < room.columns; ++column) addch(' ');
  }
  attrset(A_NORMAL);
  curs_set(is_typing ? 1 : 0);
  if (is_typing && count != 0)
    move(static_cast<int>(count) - 1,
         static_cast<int>(std::min(display_width(lines[count - 1].text), room.columns - 1)));
  refresh();
}

KeyedScreen::Event KeyedScreen::wait(std::optional<std::chrono::nanoseconds> timeout, int end_fd,
                                     Press* press) {
  using std::chrono::nanoseconds;
  using std::chrono::steady_clock;
  const auto due = steady_clock::now() + timeout.value_or(nanoseconds(0));
  for (;;) {
    // ncurses may have read more than one key.
    wint_t code = 0;
    const int kind = get_wch(&code);
    if (kind != ERR) {
      *press = press_of(kind, code);
      return Event::kPress;
    }
    if (ended != 0) return Event::kStop;
    if (resized != 0 || continued != 0) {
      // ncurses looks at the size itself only where it waits for a key. It may also have changed,
      // and the shell may have given the terminal to others, while the process was stopped: by
      // SIGSTOP without a word before.
      if (const std::optional<ScreenSize> now = screen_size(streams_.out))
        resizeterm(static_cast<int>(now->rows), static_cast<int>(now->columns));
      if (continued != 0) {
        reset_prog_mode();
        redrawwin(stdscr);
      }
      resized = 0;
      continued = 0;
      *press = {};
      return Event::kPress;
    }
    const nanoseconds left = std::max(nanoseconds(due - steady_clock::now()), nanoseconds(0));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec until = {whole.count(), nanoseconds(left - whole).count()};
    pollfd fds[] = {{streams_.in, POLLIN, 0}, {end_fd, POLLIN, 0}};
    const int ready = ppoll(fds, 2, timeout ? &until : nullptr, &signals_before_);
    if (ready < 0 && errno != EINTR) return Event::kStop;
    if (ready < 0) continue;
    if ((fds[0].revents & ~POLLIN) != 0) return Event::kStop;
    if (fds[0].revents != 0) continue;
    return fds[1].revents != 0 ? Event::kEnd : Event::kDue;
  }
}

}  // namespace temporal_slab::tslab
