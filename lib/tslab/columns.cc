#include "tslab/columns.h"

#include <algorithm>
#include <string_view>

#include "base/utf8.h"
#include "tslab/display.h"

namespace temporal_slab::tslab {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kIndent = 4;           // of columns that go on below
constexpr std::size_t kLeastLastWidth = 16;  // the last column is broken sooner than moved below

using Row = std::vector<std::string>;

// The columns of one line of the terminal.
struct Band {
  std::size_t begin;
  std::size_t end;
  std::size_t indent;
};

std::vector<Band> bands_of(std::span<const std::size_t> widths, std::size_t most) {
  std::vector<Band> bands = {{0, 0, 0}};
  std::size_t used = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const bool is_last = i + 1 == widths.size();
    const std::size_t least = is_last ? std::min(widths[i], kLeastLastWidth) : widths[i];
    if (bands.back().end != bands.back().begin && used + kGap + least > most) {
      bands.push_back({i, i, kIndent});
      used = kIndent;
    }
    used += (bands.back().end == bands.back().begin ? 0 : kGap) + widths[i];
    bands.back().end = i + 1;
  }
  return bands;
}

// The part of a text that fits: up to its last blank if it has one there, never half a character.
std::size_t part_that_fits(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  std::size_t blank = 0;
  std::size_t used = 0;
  while (end < text.size()) {
    const std::size_t length = base::decode_utf8(text.substr(end)).length;
    used += display_width(text.substr(end, length));
    if (used > width && end != 0) return blank != 0 ? blank : end;
    if (text[end] == ' ') blank = end + 1;
    end += length;
  }
  return end;
}

void append_cell(std::string& out, std::string_view cell, std::size_t width, Side side) {
  const std::size_t used = display_width(cell);
  const std::size_t pad = width - std::min(width, used);
  if (side == Side::kRight) out.append(pad, ' ');
  out += cell;
  if (side == Side::kLeft) out.append(pad, ' ');
}

void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

class Writer {
 public:
  Writer(std::span<const TableColumn> columns, std::span<const std::size_t> widths,
         std::span<const Band> bands, std::size_t most)
      : columns_(columns), widths_(widths), bands_(bands), most_(most) {}

  void row(std::string& out, const Row& cells) const {
    for (const Band& band : bands_) {
      const auto begin = cells.begin() + static_cast<std::ptrdiff_t>(band.begin);
      const auto end = cells.begin() + static_cast<std::ptrdiff_t>(band.end);
      const bool is_empty = std::all_of(begin, end, [](const auto& cell) { return cell.empty(); });
      if (band.begin == 0 || !is_empty) line(out, cells, band);
    }
  }

 private:
  void line(std::string& out, const Row& cells, const Band& band) const {
    out.append(band.indent, ' ');
    std::size_t column = band.indent;
    for (std::size_t i = band.begin; i + 1 < band.end; ++i) {
      append_cell(out, cells[i], widths_[i], columns_[i].side);
      out.append(kGap, ' ');
      column += widths_[i] + kGap;
    }
    const std::size_t last = band.end - 1;
    const std::size_t room = most_ - std::min(most_ - 1, column);
    std::string_view rest = cells[last];
    for (bool first = true; first || !rest.empty(); first = false) {
      const std::size_t end = part_that_fits(rest, room);
      if (!first) out.append(column, ' ');
      append_cell(out, rest.substr(0, end), std::min(widths_[last], room), columns_[last].side);
      end_line(out);
      rest.remove_prefix(end);
    }
  }

  std::span<const TableColumn> columns_;
  std::span<const std::size_t> widths_;
  std::span<const Band> bands_;
  std::size_t most_;
};

}  // namespace

std::vector<std::string> rows_in_columns(std::span<const TableColumn> columns,
                                         std::span<const Row> rows,
                                         std::optional<std::size_t> width) {
  Row titles;
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns) {
    titles.push_back(column.title);
    widths.push_back(display_width(column.title));
  }
  for (const Row& row : rows)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  const std::size_t most = std::max<std::size_t>(width.value_or(std::string::npos / 2), 1);
  const std::vector<Band> bands = bands_of(widths, most);
  const Writer writer(columns, widths, bands, most);
  std::vector<std::string> out(1 + rows.size());
  writer.row(out[0], titles);
  for (std::size_t i = 0; i < rows.size(); ++i) writer.row(out[1 + i], rows[i]);
  return out;
}

std::string in_columns(std::span<const TableColumn> columns, std::span<const Row> rows,
                       std::optional<std::size_t> width) {
  std::string out;
  for (const std::string& part : rows_in_columns(columns, rows, width)) out += part;
  return out;
}

}  // namespace temporal_slab::tslab
