#include "render/table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "render/text.h"

namespace temporal_slab::render {
namespace {

struct Column {
  std::string_view title;
  std::size_t width;
};

constexpr std::array kEpochColumns = {
    Column{"epoch", 8},     Column{"era", 10}, Column{"state", 8}, Column{"age", 10},
    Column{"refcount", 10}, Column{"rss", 12}, Column{"label", 0}};

// One more before the label, for a key that none of these shows.
constexpr std::size_t kKeyWidth = 12;

// As wide as their titles: 13 digits of bytes, 9 of slabs, and 14 of live bytes on a line of 80.
constexpr std::array kClassColumns = {Column{"class", 5},           Column{"size", 5},
                                      Column{"slow_path_hits", 14}, Column{"new_slab_count", 14},
                                      Column{"madvise_bytes", 13},  Column{"net_slabs", 9},
                                      Column{"live_bytes", 0}};

// Writes the cells of one line in turn.
class Line {
 public:
  Line(std::string& out, std::span<const Column> columns) : out_(out), columns_(columns) {}

  template <typename Append>
  void cell(Append&& append) {
    const std::size_t start = out_.size();
    append(out_);
    const std::size_t used = out_.size() - start;
    const std::size_t width = columns_.front().width;
    out_.append(used < width ? width - used : 0, ' ');
    columns_ = columns_.subspan(1);
    if (!columns_.empty()) out_ += ' ';
  }

  void number(std::uint64_t value) {
    cell([value](std::string& out) { append_number(out, value); });
  }

  void megabytes(std::uint64_t bytes) {
    cell([bytes](std::string& out) { append_megabytes(out, bytes); });
  }

  void text(std::string_view value) {
    cell([value](std::string& out) { append_terminal_safe(out, value); });
  }

  void end() {
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += '\n';
  }

 private:
  std::string& out_;
  std::span<const Column> columns_;
};

std::uint64_t id_of(const stats::EpochRow& row) { return row.epoch_id; }
std::uint64_t id_of(const stats::ClassRow& row) { return row.class_index; }

template <typename Row>
struct Ranked {
  const stats::Snapshot* of;
  const Row* row;
};

template <typename Row>
std::vector<Ranked<Row>> ranked(std::span<const stats::Snapshot> snapshots,
                                std::vector<Row> stats::Snapshot::*rows, std::uint64_t Row::*member,
                                const TopOptions& options) {
  std::vector<Ranked<Row>> order;
  for (const stats::Snapshot& one : snapshots)
    for (const Row& row : one.*rows) order.push_back({&one, &row});
  // Stable: rows of a file may share an id.
  std::stable_sort(order.begin(), order.end(), [&](const Ranked<Row>& a, const Ranked<Row>& b) {
    if (a.row->*member != b.row->*member)
      return options.ascending ? a.row->*member < b.row->*member : a.row->*member > b.row->*member;
    if (a.of->pid != b.of->pid) return a.of->pid < b.of->pid;
    return id_of(*a.row) < id_of(*b.row);
  });
  order.resize(std::min(order.size(), std::max<std::size_t>(options.rows, 1)));
  return order;
}

void append_row(Line& line, const stats::EpochRow& row, const EpochKey& key) {
  line.number(row.epoch_id);
  line.number(row.epoch_era);
  line.text(state_name(row.state));
  line.cell([&row](std::string& out) {
    append_number(out, row.age_sec);
    out += 's';
  });
  line.number(row.refcount);
  line.megabytes(row.estimated_rss_bytes);
  if (!key.column.empty()) {
    const std::uint64_t value = row.*key.member;
    key.name.ends_with("_bytes") ? line.megabytes(value) : line.number(value);
  }
  line.text(row.label);
}

void append_row(Line& line, const stats::ClassRow& row, const ClassKey&) {
  line.number(row.class_index);
  line.number(row.object_size);
  line.number(row.slow_path_hits);
  line.number(row.new_slab_count);
  line.number(row.madvise_bytes);
  line.number(row.net_slabs);
  line.number(row.live_bytes);
}

template <typename Row>
std::string render_top(std::string_view what, std::span<const stats::Snapshot> snapshots,
                       std::vector<Row> stats::Snapshot::*rows, bool of_whom,
                       std::span<const Column> columns, const SortKey<Row>& key,
                       const TopOptions& options) {
  std::vector<Column> all(columns.begin(), columns.end());
  if (of_whom) all.insert(all.begin(), {{"pid", 8}, {"allocator", 12}});
  if (!key.column.empty()) all.insert(all.end() - 1, {key.column, kKeyWidth});
  std::string out = "top ";
  out += what;
  out += of_whom ? " of all by " : " by ";
  out += key.name;
  out += '\n';
  Line header(out, all);
  for (const Column& column : all) header.text(column.title);
  header.end();
  for (const Ranked<Row>& one : ranked(snapshots, rows, key.member, options)) {
    Line line(out, all);
    if (of_whom) {
      line.number(one.of->pid);
      line.text(one.of->allocator.empty() ? "(unnamed)" : one.of->allocator);
    }
    append_row(line, *one.row, key);
    line.end();
  }
  return out;
}

}  // namespace

std::string render_top_epochs(const stats::Snapshot& snapshot, const EpochKey& key,
                              const TopOptions& options) {
  return render_top("epochs", {&snapshot, 1}, &stats::Snapshot::epochs, false, kEpochColumns, key,
                    options);
}

std::string render_top_classes(const stats::Snapshot& snapshot, const ClassKey& key,
                               const TopOptions& options) {
  return render_top("classes", {&snapshot, 1}, &stats::Snapshot::classes, false, kClassColumns, key,
                    options);
}

std::string render_top_epochs(std::span<const stats::Snapshot> snapshots, const EpochKey& key,
                              const TopOptions& options) {
  return render_top("epochs", snapshots, &stats::Snapshot::epochs, true, kEpochColumns, key,
                    options);
}

std::string render_top_classes(std::span<const stats::Snapshot> snapshots, const ClassKey& key,
                               const TopOptions& options) {
  return render_top("classes", snapshots, &stats::Snapshot::classes, true, kClassColumns, key,
                    options);
}

}  // namespace temporal_slab::render
