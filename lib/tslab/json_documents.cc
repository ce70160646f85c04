#include "tslab/json_documents.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace temporal_slab::tslab {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

// Counts the brackets that are open, over several lines.
class Brackets {
 public:
  void add(std::string_view line) {
    for (const char c : line) {
      if (in_text_) {
        if (escaped_)
          escaped_ = false;
        else if (c == '\\')
          escaped_ = true;
        else if (c == '"')
          in_text_ = false;
      } else if (c == '"') {
        in_text_ = true;
      } else if (c == '{' || c == '[') {
        ++open_;
      } else if (c == '}' || c == ']') {
        --open_;
      }
    }
  }

  // Texts have no line breaks: one that is open at the end of a line is cut off.
  bool is_complete() const { return open_ <= 0 || in_text_; }

 private:
  std::int64_t open_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

bool JsonDocuments::refill() {
  chunk_.resize(kChunkBytes);
  used_ = 0;
  ssize_t got = 0;
  do {
    got = read(fd_, chunk_.data(), chunk_.size());
  } while (got < 0 && errno == EINTR);
  chunk_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  at_end_ = got == 0;
  return got >= 0;
}

NextDocument JsonDocuments::read_line() {
  line_.clear();
  while (line_.empty() || line_.back() != '\n') {
    if (used_ == chunk_.size()) {
      if (!at_end_ && !refill()) return NextDocument::kUnreadable;
      if (at_end_) break;
    }
    const std::size_t line_end = chunk_.find('\n', used_);
    const std::size_t stop = line_end == std::string::npos ? chunk_.size() : line_end + 1;
    line_.append(chunk_, used_, stop - used_);
    used_ = stop;
    if (line_.size() > kMostJsonBytes) return NextDocument::kTooLong;
  }
  if (line_.empty()) return NextDocument::kEnd;
  ++lines_;
  has_line_ = true;
  return NextDocument::kFound;
}

NextDocument JsonDocuments::next(JsonDocument* out) {
  out->text.clear();
  Brackets brackets;
  for (;;) {
    if (!has_line_) {
      const NextDocument got = read_line();
      if (got == NextDocument::kEnd && !out->text.empty()) return NextDocument::kFound;
      if (got != NextDocument::kFound) {
        out->line = lines_ + 1;
        return got;
      }
    }
    if (out->text.empty())
      out->line = lines_;
    else if (line_.front() == '{')
      return NextDocument::kFound;
    has_line_ = false;
    if (out->text.empty() && is_blank(line_)) continue;
    if (out->text.size() + line_.size() > kMostJsonBytes) return NextDocument::kTooLong;
    out->text += line_;
    brackets.add(line_);
    if (brackets.is_complete()) return NextDocument::kFound;
  }
}

}  // namespace temporal_slab::tslab
