#include "render/summary.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "render/field_table.h"
#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

// A line that is written piece by piece: texts as they are, numbers in decimal.
class Line {
 public:
  Line(std::string& out, std::string_view title) : out_(out) {
    out_ += title;
    out_.append(title.size() < kTitleWidth ? kTitleWidth - title.size() : 1, ' ');
  }
  ~Line() { out_ += '\n'; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& operator<<(std::string_view text) {
    out_ += text;
    return *this;
  }
  Line& operator<<(std::uint64_t value) {
    append_number(out_, value);
    return *this;
  }
  Line& megabytes(std::uint64_t bytes) {
    append_megabytes(out_, bytes);
    return *this;
  }
  Line& safe(std::string_view text) {
    append_terminal_safe(out_, text);
    return *this;
  }
  Line& two_digits(std::uint64_t value) { return (*this << (value < 10 ? "0" : "")) << value; }
  Line& time(std::uint64_t realtime_ns) {
    append_time(out_, realtime_ns);
    return *this;
  }

 private:
  static constexpr std::size_t kTitleWidth = 15;
  std::string& out_;
};

template <typename Row>
std::uint64_t sum(const std::vector<Row>& rows, std::uint64_t Row::*member) {
  std::uint64_t total = 0;
  for (const Row& row : rows) total = row.*member > kMax - total ? kMax : total + row.*member;
  return total;
}

void append_references(Line& line, const stats::Snapshot& s) {
  std::uint64_t referenced = 0;
  const stats::EpochRow* oldest = nullptr;
  for (const stats::EpochRow& row : s.epochs) {
    if (row.refcount == 0) continue;
    ++referenced;
    if (oldest == nullptr || row.age_sec > oldest->age_sec) oldest = &row;
  }
  line << sum(s.epochs, &stats::EpochRow::refcount) << " on " << referenced << " epochs";
  if (oldest == nullptr) return;
  line << "; oldest " << oldest->age_sec << "s, epoch " << oldest->epoch_id << " era "
       << oldest->epoch_era;
  if (!oldest->label.empty()) (line << " ").safe(oldest->label);
}

// Who holds references, those on the oldest epochs first.
void append_holders(std::string& out, const stats::Snapshot& s) {
  constexpr std::size_t kMostLines = 4;
  std::vector<const stats::EpochRow*> rows;
  std::size_t holders = 0;
  for (const stats::EpochRow& row : s.epochs) {
    if (row.holders.empty()) continue;
    rows.push_back(&row);
    holders += row.holders.size();
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->age_sec > b->age_sec; });
  std::size_t lines = 0;
  for (const stats::EpochRow* row : rows) {
    for (const stats::HolderRow& holder : row->holders) {
      if (lines == kMostLines) {
        Line(out, "") << "and " << holders - lines << " more, see --json";
        return;
      }
      Line line(out, lines++ == 0 ? "holders" : "");
      line << "epoch " << row->epoch_id << " era " << row->epoch_era << ": ";
      line.safe(holder.thread.empty() ? "(unnamed)" : holder.thread)
          << " (tid " << holder.tid << ") holds " << holder.refs;
      if (!holder.site.empty()) (line << ", last taken at ").safe(holder.site);
    }
  }
}

void append_slow_path(Line& line, const stats::Snapshot& s) {
  line << s.total_slow_path_hits;
  if (s.total_allocs != 0) {
    // In hundredths of a percent, without leaving 64 bits.
    const std::uint64_t share = s.total_slow_path_hits > kMax / 10000
                                    ? s.total_slow_path_hits / (s.total_allocs / 10000 + 1)
                                    : s.total_slow_path_hits * 10000 / s.total_allocs;
    (line << ", " << share / 100 << ".").two_digits(share % 100) << "% of allocations";
  }
  line << "; " << s.total_slow_cache_miss << " found no warm slab";
}

constexpr bool is_problem(std::string_view name) {
  for (const std::string_view problem : {"total_madvise_failures", "invalid_frees", "stale_frees",
                                         "refcount_underflows", "stale_releases", "abandoned_refs"})
    if (problem == name) return true;
  return false;
}

void append_problems(std::string& out, const stats::Snapshot& s) {
  const Field* field = kGlobalFields;
  bool found = false;
  visit_fields(s, [&](std::string_view name, const auto& value) {
    const std::string_view help = (field++)->help;
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>) {
      if (!is_problem(name) || value == 0) return;
      Line(out, found ? "" : "problems") << name << " " << value << ": " << help;
      found = true;
    }
  });
  if (!found) Line(out, "problems") << "none";
}

}  // namespace

std::string render_summary(const stats::Snapshot& s) {
  std::string out;
  Line(out, "process").safe(s.process.empty() ? "(unnamed)" : s.process) << ", pid " << s.pid;
  if (const std::string note = process_note(s); !note.empty()) Line(out, "") << note;
  Line(out, "allocator").safe(s.allocator.empty() ? "(unnamed)" : s.allocator);
  {
    Line line(out, "taken");
    (line.time(s.timestamp_ns) << ", by version ").safe(s.version);
  }
  Line(out, "epochs") << "current " << s.current_epoch << "; " << s.active_epoch_count
                      << " ACTIVE, " << s.closing_epoch_count << " CLOSING; " << s.epochs_closed
                      << " closed so far, " << s.epochs_drained_at_close << " empty by then";
  {
    Line line(out, "references");
    append_references(line, s);
  }
  append_holders(out, s);
  (Line(out, "live") << sum(s.classes, &stats::ClassRow::live_objects) << " objects, ")
      .megabytes(sum(s.classes, &stats::ClassRow::live_bytes));
  (Line(out, "slabs") << s.net_slabs << " in epochs, "
                      << sum(s.classes, &stats::ClassRow::cache_size) << " warm, ")
      .megabytes(s.estimated_slab_rss_bytes);
  Line(out, "process rss").megabytes(s.rss_bytes_current)
      << (s.rss_bytes_current == 0 ? ", the process is gone" : "");
  Line(out, "objects") << s.total_allocs << " allocated, " << s.total_frees << " freed, "
                       << s.total_remote_frees << " of them in another thread's slabs";
  {
    Line line(out, "slow path");
    append_slow_path(line, s);
  }
  Line(out, "refused") << s.total_slow_epoch_closed << " allocations, their epoch was CLOSING";
  (Line(out, "given back") << s.total_madvise_calls << " madvise calls, ")
      .megabytes(s.total_madvise_bytes);
  append_problems(out, s);
  return out;
}

}  // namespace temporal_slab::render
