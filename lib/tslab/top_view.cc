#include "tslab/top_view.h"

#include <algorithm>
#include <string_view>

#include "render/table.h"
#include "render/text.h"
#include "tslab/columns.h"
#include "tslab/display.h"

namespace temporal_slab::tslab {
namespace {

constexpr std::string_view kTakenLetters = "qpi";
constexpr std::size_t kLeastRowsForHelp = 8;

std::string safe(std::string_view text) {
  std::string out;
  render::append_terminal_safe(out, text);
  return out;
}

void append_lines(std::vector<std::string>& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void drop_last_character(std::string& text) {
  while (!text.empty()) {
    const bool goes_on = (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80;
    text.pop_back();
    if (!goes_on) return;
  }
}

}  // namespace

TopView::TopView(const CommandLine& line)
    : epoch_key_(line.epoch_key), class_key_(line.class_key), options_(line.ranking) {
  // A screen that can be scrolled needs no limit of its own.
  if (!line.rows_given) options_.rows = std::string::npos;
}

std::size_t TopView::key_count() const {
  return epoch_key_ != nullptr ? render::kEpochKeys.size() : render::kClassKeys.size();
}

std::size_t TopView::key_place() const {
  return static_cast<std::size_t>(epoch_key_ != nullptr ? epoch_key_ - render::kEpochKeys.data()
                                                        : class_key_ - render::kClassKeys.data());
}

std::string_view TopView::key_name(std::size_t place) const {
  return epoch_key_ != nullptr ? render::kEpochKeys[place].name : render::kClassKeys[place].name;
}

void TopView::choose_key(std::size_t place) {
  if (epoch_key_ != nullptr)
    epoch_key_ = &render::kEpochKeys[place];
  else
    class_key_ = &render::kClassKeys[place];
  first_ = 0;
}

void TopView::step_key(std::size_t by) { choose_key((key_place() + by) % key_count()); }

// Of each key the first letter of its name that is no one else's.
std::string TopView::key_letters() const {
  std::string letters;
  for (std::size_t i = 0; i < key_count(); ++i)
    for (const char c : key_name(i))
      if (c != '_' && kTakenLetters.find(c) == std::string_view::npos &&
          letters.find(c) == std::string::npos) {
        letters += c;
        break;
      }
  return letters;
}

bool TopView::press_text(const std::string& text) {
  if (text == "q") return false;
  if (text == "p")
    paused_ = !paused_;
  else if (text == "i")
    options_.ascending = !options_.ascending;
  else if (text == "<")
    step_key(key_count() - 1);
  else if (text == ">")
    step_key(1);
  else if (text == "/") {
    filter_before_ = filter_;
    filter_.clear();
    typing_ = true;
  } else if (const std::size_t place = key_letters().find(text); place != std::string::npos)
    choose_key(place);
  return true;
}

void TopView::type(const Press& press) {
  first_ = 0;
  if (press.key == Key::kText)
    filter_ += press.text;
  else if (press.key == Key::kBackspace)
    drop_last_character(filter_);
  else if (press.key == Key::kEnter)
    typing_ = false;
  else if (press.key == Key::kEscape) {
    filter_ = filter_before_;
    typing_ = false;
  }
}

bool TopView::press(const Press& press) {
  if (press.key == Key::kUp) first_ -= std::min<std::size_t>(first_, 1);
  if (press.key == Key::kDown) ++first_;
  if (press.key == Key::kPageUp) first_ -= std::min(first_, page_);
  if (press.key == Key::kPageDown) first_ += page_;
  if (press.key == Key::kHome) first_ = 0;
  if (press.key == Key::kEnd) first_ = std::string::npos / 2;
  if (typing_) {
    if (press.key == Key::kText || press.key == Key::kBackspace || press.key == Key::kEnter ||
        press.key == Key::kEscape)
      type(press);
    return true;
  }
  if (press.key == Key::kLeft) step_key(key_count() - 1);
  if (press.key == Key::kRight) step_key(1);
  if (press.key == Key::kEscape) filter_.clear();
  return press.key != Key::kText || press_text(press.text);
}

// As it is read: what is looked for is what the screen says.
bool TopView::matches(const render::Ranking::Row& row, const stats::Snapshot& of) const {
  const auto has = [this](const std::string& text) {
    return text.find(filter_) != std::string::npos;
  };
  return filter_.empty() || has(safe(of.allocator)) || has(safe(of.process)) ||
         (epoch_key_ != nullptr && has(row.cells.back()));
}

TopView::Body TopView::body_of(const TopFigures& figures, std::size_t columns) const {
  const render::TopOptions all = {std::string::npos, options_.ascending};
  const render::Ranking ranking = epoch_key_ != nullptr
                                      ? render::rank_epochs(figures.snapshots, *epoch_key_, all)
                                      : render::rank_classes(figures.snapshots, *class_key_, all);
  std::vector<TableColumn> titles;
  if (!figures.pids.empty()) titles = {{"pid"}, {"name"}, {"process"}};
  for (const std::string& title : ranking.columns)
    titles.push_back({title, title == "state" || title == "label" ? Side::kLeft : Side::kRight});
  Body body;
  body.title = ranking.title;
  body.all = ranking.rows.size();
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> is_shown(figures.snapshots.size());
  for (const render::Ranking::Row& row : ranking.rows) {
    const stats::Snapshot& of = figures.snapshots[row.of];
    if (!matches(row, of) || rows.size() >= options_.rows) continue;
    is_shown[row.of] = true;
    rows.emplace_back();
    if (!figures.pids.empty())
      rows.back() = {figures.pids[row.of], display_name(of.allocator), display_name(of.process)};
    rows.back().insert(rows.back().end(), row.cells.begin(), row.cells.end());
  }
  body.shown = rows.size();
  const std::vector<std::string> parts = rows_in_columns(titles, rows, columns);
  append_lines(body.titles, parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) append_lines(body.lines, parts[i]);
  for (std::size_t i = 0; i < is_shown.size(); ++i) {
    const std::string note = is_shown[i] ? render::process_note(figures.snapshots[i]) : "";
    if (!note.empty())
      append_lines(body.lines, (figures.pids.empty() ? "" : figures.pids[i] + ": ") + note);
  }
  append_lines(body.lines, figures.notes);
  return body;
}

std::vector<std::string> TopView::help(std::size_t columns) const {
  std::vector<std::string> items = {"q quit", paused_ ? "p go on" : "p pause", "/ filter"};
  if (!filter_.empty()) items.push_back("Esc all rows");
  items.insert(items.end(), {"i order", "< > key"});
  const std::string letters = key_letters();
  for (std::size_t i = 0; i < letters.size(); ++i)
    items.push_back(std::string(1, letters[i]) + " " + std::string(key_name(i)));
  std::vector<std::string> out = {""};
  for (const std::string& item : items) {
    if (!out.back().empty() && out.back().size() + 2 + item.size() > columns) out.emplace_back();
    out.back() += (out.back().empty() ? "" : "  ") + item;
  }
  return out;
}

std::string TopView::status(const Body& body, std::size_t first, std::size_t last) const {
  std::string out = body.title + (options_.ascending ? ", smallest first: " : ": ");
  if (body.shown != body.all) out += std::to_string(body.shown) + " of ";
  out += std::to_string(body.all) + (body.all == 1 ? " row" : " rows");
  if (!filter_.empty()) out.append(" with '").append(safe(filter_)).append("'");
  if (last - first < body.lines.size())
    out += ", lines " + std::to_string(first + 1) + " to " + std::to_string(last) + " of " +
           std::to_string(body.lines.size());
  return out;
}

std::vector<ScreenLine> TopView::lines(const TopFigures& figures, const ScreenSize& size) {
  const Body body = body_of(figures, size.columns);
  std::vector<std::string> below;
  if (typing_)
    below = {std::string("/").append(safe(filter_))};
  else if (size.rows >= kLeastRowsForHelp)
    below = help(size.columns);
  // The rows come first.
  below.resize(std::min(below.size(), size.rows / 2 + 1));
  const std::size_t taken = 2 + body.titles.size() + below.size();
  page_ = size.rows > taken ? size.rows - taken : 1;
  first_ = std::min(first_, body.lines.size() - std::min(page_, body.lines.size()));
  const std::size_t last = std::min(first_ + page_, body.lines.size());

  std::vector<ScreenLine> out = {{(paused_ ? "PAUSED  " : "") + figures.heading, LineStyle::kPlain},
                                 {status(body, first_, last), LineStyle::kBold}};
  for (const std::string& line : body.titles) out.push_back({line, LineStyle::kReverse});
  for (std::size_t i = first_; i < last; ++i) out.push_back({body.lines[i], LineStyle::kPlain});
  out.resize(size.rows - std::min(size.rows, below.size()));
  for (const std::string& line : below) out.push_back({line, LineStyle::kPlain});
  return out;
}

}  // namespace temporal_slab::tslab
