#include "tslab/screen.h"

#include <sys/ioctl.h>

#include <algorithm>

#include "base/utf8.h"
#include "tslab/display.h"

namespace temporal_slab::tslab {
namespace {

constexpr std::size_t kLeastColumns = 8;  // for what is broken off

void append_folded(std::string& out, std::string_view line, std::size_t columns,
                   std::size_t indent) {
  std::size_t width = 0;
  while (!line.empty()) {
    const std::string_view character = line.substr(0, base::decode_utf8(line).length);
    const std::size_t more = display_width(character);
    if (width + more > columns) {
      out += '\n';
      out.append(indent, ' ');
      width = indent;
    }
    out += character;
    width += more;
    line.remove_prefix(character.size());
  }
}

}  // namespace

std::optional<ScreenSize> screen_size(int fd) {
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    return std::nullopt;
  return ScreenSize{size.ws_row, size.ws_col};
}

std::string fitting(const std::string& text, const ScreenSize& size, std::size_t reserved) {
  const std::size_t room = size.rows - std::min(size.rows, reserved + 1);
  std::size_t used = 0;
  std::size_t end = 0;
  std::size_t end_before_last_row = 0;  // what fits if a row is left to say what does not
  while (end < text.size()) {
    const std::size_t next = std::min(text.find('\n', end), text.size() - 1) + 1;
    const std::size_t width = display_width(std::string_view(text).substr(end, next - end - 1));
    used += std::max<std::size_t>((width + size.columns - 1) / size.columns, 1);
    if (used > room) break;
    end = next;
    if (used < room) end_before_last_row = end;
  }
  if (end == text.size()) return text;
  const auto lines =
      std::count(text.begin() + static_cast<std::ptrdiff_t>(end_before_last_row), text.end(), '\n');
  std::string more = "(";
  more.append(std::to_string(lines)).append(lines == 1 ? " more line)\n" : " more lines)\n");
  // A screen of a line or two shows what it can.
  if (end_before_last_row == 0 || more.size() > size.columns) return text.substr(0, end);
  return text.substr(0, end_before_last_row) + more;
}

std::string fold(std::string_view text, std::size_t columns, std::size_t indent) {
  if (columns < indent + kLeastColumns) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    append_folded(out, text.substr(0, end), columns, indent);
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace temporal_slab::tslab
