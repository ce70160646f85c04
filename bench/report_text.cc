#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "bench/report.h"

namespace temporal_slab::bench {
namespace {

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char buffer[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

std::string line_of(const Row& row, int width) {
  std::string ours = "-";
  std::string peer = "-";
  std::string quartiles = "-";
  if (row.measured) {
    ours = text("%.2f", row.measured->ours);
    peer = text("%.2f", row.measured->peer);
    quartiles = text("%.2f..%.2f", row.measured->ratio_low, row.measured->ratio_high);
  }
  std::string line = text("%-*s %9s  %-16s %8s %8.2f  %-15s", width, row.what.c_str(), ours.c_str(),
                          row.peer.c_str(), peer.c_str(), row.ratio, quartiles.c_str());
  if (row.budget)
    line += text(" %8s  %s", text("<= %.2f", *row.budget).c_str(),
                 row.ratio <= *row.budget ? "met" : "not met");
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

std::string to_text(const Report& report) {
  std::size_t width = 0;
  for (const Row& row : report.rows) width = std::max(width, row.what.size());
  std::string table = text(
      "medians of %u repetitions of about %g ms, ours and peer in turn; ns an operation"
      " unless it says otherwise\n\n",
      report.effort.repetitions, report.effort.repetition_ms);
  table += text("%-*s %9s  %-16s %8s %8s  %-15s %8s\n", static_cast<int>(width), "what", "ours",
                "peer", "peer's", "ratio", "quartiles", "budget");
  for (const Row& row : report.rows) table += line_of(row, static_cast<int>(width));
  return table;
}

bool is_sane(const Report& report) {
  for (const Row& row : report.rows)
    if (!std::isfinite(row.ratio) || (row.ratio <= 0 && !row.difference)) return false;
  return !report.rows.empty();
}

}  // namespace temporal_slab::bench
