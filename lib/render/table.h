// Snapshot -> the rankings of `tslab top`.
//
//   top epochs by refcount
//   epoch    era        state    age        refcount   rss          label
//   5        150        ACTIVE   10s        2          4.00MB       test-request-123
//
// A key that none of the columns shows has one of its own before the label. Columns are
// left-aligned with one blank between, the last one is not padded and
// no line ends with a blank. A value wider than its column keeps one blank and
// pushes the rest of its line: nothing is ever truncated. Texts are shown by
// append_terminal_safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "render/table_keys.h"
#include "stats/snapshot.h"

namespace temporal_slab::render {

struct TopOptions {
  std::size_t rows = 5;  // at least 1; 0 counts as 1
  bool ascending = false;
};

// Sorted by the key, ties by id ascending in either direction.
std::string render_top_epochs(const stats::Snapshot& snapshot, const EpochKey& key,
                              const TopOptions& options);
std::string render_top_classes(const stats::Snapshot& snapshot, const ClassKey& key,
                               const TopOptions& options);

// The rows of several allocators ranked together, ties by place among them, then by id: the cells
// of the columns above, for whoever says in one more column whose each is.
struct Ranking {
  struct Row {
    std::size_t of = 0;              // which of the snapshots
    std::vector<std::string> cells;  // safe for a terminal
  };
  std::string title;  // "top epochs by refcount"
  std::vector<std::string> columns;
  std::vector<Row> rows;
};
Ranking rank_epochs(std::span<const stats::Snapshot> snapshots, const EpochKey& key,
                    const TopOptions& options);
Ranking rank_classes(std::span<const stats::Snapshot> snapshots, const ClassKey& key,
                     const TopOptions& options);

}  // namespace temporal_slab::render
