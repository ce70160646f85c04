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

std::uint64_t id_of(const stats::EpochRow& row) { return row.epoch_id; }
std::uint64_t id_of(const stats::ClassRow& row) { return row.class_index; }

template <typename Row>
struct Ranked {
  std::size_t of;
  const Row* row;
};

template <typename Row>
std::vector<Ranked<Row>> ranked(std::span<const stats::Snapshot> snapshots,
                                std::vector<Row> stats::Snapshot::*rows, std::uint64_t Row::*member,
                                const TopOptions& options) {
  std::vector<Ranked<Row>> order;
  for (std::size_t i = 0; i < snapshots.size(); ++i)
    for (const Row& row : snapshots[i].*rows) order.push_back({i, &row});
  // Stable: rows of a file may share an id.
  std::stable_sort(order.begin(), order.end(), [&](const Ranked<Row>& a, const Ranked<Row>& b) {
    if (a.row->*member != b.row->*member)
      return options.ascending ? a.row->*member < b.row->*member : a.row->*member > b.row->*member;
    return a.of != b.of ? a.of < b.of : id_of(*a.row) < id_of(*b.row);
  });
  order.resize(std::min(order.size(), std::max<std::size_t>(options.rows, 1)));
  return order;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string megabytes(std::uint64_t bytes) {
  std::string text;
  append_megabytes(text, bytes);
  return text;
}

std::vector<std::string> cells_of(const stats::EpochRow& row, const EpochKey& key) {
  std::vector<std::string> cells = {
      number(row.epoch_id),      number(row.epoch_era), std::string(state_name(row.state)),
      number(row.age_sec) + 's', number(row.refcount),  megabytes(row.estimated_rss_bytes)};
  if (!key.column.empty()) {
    const std::uint64_t value = row.*key.member;
    cells.push_back(key.name.ends_with("_bytes") ? megabytes(value) : number(value));
  }
  append_terminal_safe(cells.emplace_back(), row.label);
  return cells;
}

std::vector<std::string> cells_of(const stats::ClassRow& row, const ClassKey&) {
  return {number(row.class_index),    number(row.object_size),   number(row.slow_path_hits),
          number(row.new_slab_count), number(row.madvise_bytes), number(row.net_slabs),
          number(row.live_bytes)};
}

template <typename Row>
std::vector<Column> columns_of(std::span<const Column> fixed, const SortKey<Row>& key) {
  std::vector<Column> columns(fixed.begin(), fixed.end());
  if (!key.column.empty()) columns.insert(columns.end() - 1, {key.column, kKeyWidth});
  return columns;
}

template <typename Row>
Ranking rank(std::string_view what, std::span<const stats::Snapshot> snapshots,
             std::vector<Row> stats::Snapshot::*rows, std::span<const Column> fixed,
             const SortKey<Row>& key, const TopOptions& options) {
  Ranking ranking;
  ranking.title = "top " + std::string(what) + " by " + std::string(key.name);
  for (const Column& column : columns_of(fixed, key)) ranking.columns.emplace_back(column.title);
  for (const Ranked<Row>& one : ranked(snapshots, rows, key.member, options))
    ranking.rows.push_back({one.of, cells_of(*one.row, key)});
  return ranking;
}

void append_line(std::string& out, std::span<const Column> columns,
                 std::span<const std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i != 0) out += ' ';
    out += cells[i];
    const std::size_t width = columns[i].width;
    out.append(cells[i].size() < width ? width - cells[i].size() : 0, ' ');
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

std::string text_of(const Ranking& ranking, std::span<const Column> columns,
                    const stats::Snapshot& snapshot) {
  std::string out = ranking.title + '\n';
  append_line(out, columns, ranking.columns);
  for (const Ranking::Row& row : ranking.rows) append_line(out, columns, row.cells);
  const std::string note = process_note(snapshot);
  return note.empty() ? out : out + note + '\n';
}

}  // namespace

std::string render_top_epochs(const stats::Snapshot& snapshot, const EpochKey& key,
                              const TopOptions& options) {
  return text_of(rank_epochs({&snapshot, 1}, key, options),
                 columns_of<stats::EpochRow>(kEpochColumns, key), snapshot);
}

std::string render_top_classes(const stats::Snapshot& snapshot, const ClassKey& key,
                               const TopOptions& options) {
  return text_of(rank_classes({&snapshot, 1}, key, options),
                 columns_of<stats::ClassRow>(kClassColumns, key), snapshot);
}

Ranking rank_epochs(std::span<const stats::Snapshot> snapshots, const EpochKey& key,
                    const TopOptions& options) {
  return rank("epochs", snapshots, &stats::Snapshot::epochs, kEpochColumns, key, options);
}

Ranking rank_classes(std::span<const stats::Snapshot> snapshots, const ClassKey& key,
                     const TopOptions& options) {
  return rank("classes", snapshots, &stats::Snapshot::classes, kClassColumns, key, options);
}

}  // namespace temporal_slab::render
