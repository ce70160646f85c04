// What `top --watch` shows on a terminal, and what its keys do: no terminal is needed for it.
//
//   2026-12-01 14:03:12  30 allocators: 30 alive
//   top epochs by refcount: 12 of 480 rows with 'worker', lines 1 to 12 of 12
//   pid   name  process  epoch  era  state   age  refcount     rss  label
//   4211  main  checkout     5  150  ACTIVE  10s         2  4.00MB  worker-3
//   q quit  p pause  / filter  i order  < > key  r rss_bytes  a age_sec  e refcount
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "stats/snapshot.h"
#include "tslab/command_line.h"
#include "tslab/keyed_screen.h"

namespace temporal_slab::tslab {

// What is looked at, of one moment.
struct TopFigures {
  std::vector<stats::Snapshot> snapshots;
  std::vector<std::string> pids;  // of each, as --pid takes it; none: one, whose rows need no name
  std::string heading;            // when, and of whom
  std::string notes;              // lines on what cannot be read
};

class TopView {
 public:
  explicit TopView(const CommandLine& line);

  // False: it is to end.
  bool press(const Press& press);

  const render::EpochKey* epoch_key() const { return epoch_key_; }
  const render::ClassKey* class_key() const { return class_key_; }
  bool is_paused() const { return paused_; }
  bool is_typing() const { return typing_; }

  // As many lines as the screen has, or fewer where it has hardly any. While a filter is typed the
  // last one is that. Keeps the scrolled place within what there is.
  std::vector<ScreenLine> lines(const TopFigures& figures, const ScreenSize& size);

 private:
  struct Body {
    std::string title;
    std::size_t all = 0;
    std::size_t shown = 0;
    std::vector<std::string> titles;
    std::vector<std::string> lines;
  };

  Body body_of(const TopFigures& figures, std::size_t columns) const;
  bool matches(const render::Ranking::Row& row, const stats::Snapshot& of) const;
  std::vector<std::string> help(std::size_t columns) const;
  std::string status(const Body& body, std::size_t first, std::size_t last) const;
  bool press_text(const std::string& text);
  void type(const Press& press);
  void step_key(std::size_t by);
  void choose_key(std::size_t place);
  std::size_t key_count() const;
  std::size_t key_place() const;
  std::string_view key_name(std::size_t place) const;
  std::string key_letters() const;

  const render::EpochKey* epoch_key_;  // one of the two is set
  const render::ClassKey* class_key_;
  render::TopOptions options_;
  std::string filter_;
  std::string filter_before_;  // while another is typed
  bool typing_ = false;
  bool paused_ = false;
  std::size_t first_ = 0;  // line of the body at the top
  std::size_t page_ = 1;   // lines of the body that were shown last
};

}  // namespace temporal_slab::tslab
