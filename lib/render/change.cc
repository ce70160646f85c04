#include "render/change.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "render/field_table.h"
#include "render/since.h"
#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

using stats::Snapshot;

constexpr std::size_t kNameWidth = 26;
constexpr std::size_t kFigureWidth = 20;  // all of 64 bits

template <typename Row>
std::uint64_t sum(const std::vector<Row>& rows, std::uint64_t Row::*member) {
  std::uint64_t total = 0;
  for (const Row& row : rows)
    total += std::min(row.*member, std::numeric_limits<std::uint64_t>::max() - total);
  return total;
}

// What can grow: neither when nor where, nor which epochs stand open just now.
bool is_figure(const Field& field) {
  for (const std::string_view name : {"timestamp_ns", "uptime_sec", "last_known_ns",
                                      "current_epoch", "active_epoch_count", "closing_epoch_count"})
    if (field.name == name) return false;
  return field.kind != FieldKind::INFO;
}

// What an operator looks for first stands first: a small screen shows the first lines.
std::vector<Change> figures(const Snapshot& s) {
  std::vector<Change> all = {{"live_objects", 0, sum(s.classes, &stats::ClassRow::live_objects)},
                             {"live_bytes", 0, sum(s.classes, &stats::ClassRow::live_bytes)},
                             {"references", 0, sum(s.epochs, &stats::EpochRow::refcount)}};
  const Field* field = kGlobalFields;
  visit_fields(s, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
      if (is_figure(*field)) all.push_back({name, 0, value});
    ++field;
  });
  return all;
}

void append_name(std::string& out, std::string_view name) {
  out += name;
  out.append(kNameWidth - std::min(kNameWidth, name.size()), ' ');
}

void append_right(std::string& out, std::string_view text, std::size_t width = kFigureWidth) {
  out += ' ';
  out.append(width - std::min(width, text.size()), ' ');
  out += text;
}

std::string rate_of(const Change& one, std::uint64_t elapsed_ns) {
  const bool falls = one.after < one.before;
  const auto distance =
      static_cast<long double>(falls ? one.before - one.after : one.after - one.before);
  // Below 2^128, so the sum of whole and tenth is exact enough for one decimal.
  const long double tenths = std::round(distance * 1e10L / static_cast<long double>(elapsed_ns));
  std::string text = falls && tenths >= 1 ? "-" : "";
  const long double whole = std::floor(tenths / 10);
  if (whole >= 18446744073709551615.0L) return text + "very fast";
  append_number(text, static_cast<std::uint64_t>(whole));
  text += '.';
  text += static_cast<char>('0' + static_cast<int>(tenths - whole * 10));
  return text;
}

// "over 1.00s", rounded down.
void append_elapsed(std::string& out, std::uint64_t elapsed_ns) {
  const std::uint64_t hundredths = elapsed_ns / 10'000'000;
  out += " over ";
  append_number(out, hundredths / 100);
  out += '.';
  out += static_cast<char>('0' + hundredths % 100 / 10);
  out += static_cast<char>('0' + hundredths % 10);
  out += 's';
}

}  // namespace

void append_difference(std::string& out, std::uint64_t before, std::uint64_t after) {
  if (after != before) out += after > before ? '+' : '-';
  append_number(out, after > before ? after - before : before - after);
}

std::vector<Change> changes(const Snapshot& before, const Snapshot& after) {
  std::vector<Change> all = figures(after);
  const std::vector<Change> old = figures(before);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].before = old[i].after;
  return all;
}

std::string render_rates(const Snapshot& before, const Snapshot& after) {
  std::string out = "rates of ";
  append_who(out, after);
  const std::string why_not = why_not_since(after, before);
  if (!why_not.empty()) {
    out += "\nno rates: ";
    append_terminal_safe(out, why_not);
    return out + "; they begin anew from here\n";
  }
  const std::uint64_t elapsed_ns = after.timestamp_ns - before.timestamp_ns;
  if (elapsed_ns == 0) return out + "\nno rates: no later snapshot has come\n";
  append_elapsed(out, elapsed_ns);
  out += '\n';
  append_name(out, "");
  append_right(out, "now");
  append_right(out, "per second");
  out += '\n';
  for (const Change& one : changes(before, after)) {
    if (one.before == 0 && one.after == 0) continue;
    append_name(out, one.name);
    append_right(out, std::to_string(one.after));
    append_right(out, rate_of(one, elapsed_ns));
    out += '\n';
  }
  return out;
}

std::string render_changes(const Snapshot& before, const Snapshot& after) {
  std::string out = "changes of ";
  append_who(out, after);
  const std::string why_not = why_not_since(after, before);
  if (why_not.empty()) append_elapsed(out, after.timestamp_ns - before.timestamp_ns);
  out += '\n';
  if (!why_not.empty()) {
    out += "not of one run: ";
    append_terminal_safe(out, why_not);
    out += '\n';
  }
  std::string rows;
  for (const Change& one : changes(before, after)) {
    if (one.before == one.after) continue;
    append_name(rows, one.name);
    append_right(rows, std::to_string(one.before));
    append_right(rows, std::to_string(one.after));
    std::string difference;
    append_difference(difference, one.before, one.after);
    append_right(rows, difference, kFigureWidth + 1);
    rows += '\n';
  }
  if (rows.empty()) return out + "no figure changed\n";
  append_name(out, "");
  append_right(out, "before");
  append_right(out, "after");
  append_right(out, "change", kFigureWidth + 1);
  return out + '\n' + rows;
}

}  // namespace temporal_slab::render
