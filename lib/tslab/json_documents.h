// Takes the snapshots of a JSON file apart, one after the other, in bounded memory:
// one a line, or one over several lines as pretty-printers write it.
//
// A snapshot begins at a line that is not blank and ends with the line at whose end
// all its brackets are closed. A line that begins with '{' begins another one in any
// case, so that a line which was cut off does not take those after it with it. What
// stands in between is not looked at here: that is the reader's work.
#pragma once

#include <cstddef>
#include <string>

namespace temporal_slab::tslab {

// More than 50 times what a busy allocator of 8 size classes has.
inline constexpr std::size_t kMostJsonBytes = std::size_t{4} << 20;

struct JsonDocument {
  std::string text;
  std::size_t line = 0;  // at which it begins, from 1
};

enum class NextDocument {
  kFound,
  kEnd,
  kTooLong,     // more than kMostJsonBytes; `line` of the document says where
  kUnreadable,  // errno says why
};

class JsonDocuments {
 public:
  explicit JsonDocuments(int fd) : fd_(fd) {}  // the descriptor stays the caller's

  // After anything but kFound there is no more to be had.
  NextDocument next(JsonDocument* out);

 private:
  NextDocument read_line();
  bool refill();

  int fd_;
  std::string chunk_;     // what was read last
  std::size_t used_ = 0;  // of it
  bool at_end_ = false;
  std::string line_;  // the next one, with its line break
  bool has_line_ = false;
  std::size_t lines_ = 0;
};

}  // namespace temporal_slab::tslab
