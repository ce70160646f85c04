// Cells in aligned columns, for lists of what may have any name and any figure.
//
//   PID    NAME    LIVE  STATE
//   4211   main  12.50MB  alive
//
// Columns are as wide as what stands in them, two blanks between, and no line ends with a blank.
// Where a terminal is too narrow, columns go on below, further in, each under its own title; a text
// that is too long for what is left of its line goes on below itself. Nothing is ever cut off.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace temporal_slab::tslab {

enum class Side { kLeft, kRight };  // figures, to be compared, stand on the right

struct TableColumn {
  std::string title;
  Side side = Side::kLeft;
};

// A row has a cell for each column, safe for a terminal. `width` is the terminal's.
std::string in_columns(std::span<const TableColumn> columns,
                       std::span<const std::vector<std::string>> rows,
                       std::optional<std::size_t> width);

// The same in parts: the lines of the titles, then those of each row.
std::vector<std::string> rows_in_columns(std::span<const TableColumn> columns,
                                         std::span<const std::vector<std::string>> rows,
                                         std::optional<std::size_t> width);

}  // namespace temporal_slab::tslab
