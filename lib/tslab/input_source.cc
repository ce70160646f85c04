#include <sys/stat.h>

#include <utility>

#include "tslab/input_file.h"
#include "tslab/json_documents.h"
#include "tslab/json_reader.h"
#include "tslab/source.h"

namespace temporal_slab::tslab {
namespace {

// Reads the file anew for each snapshot.
class InputSource final : public Source {
 public:
  InputSource(std::string path, int stdin_fd) : path_(std::move(path)), stdin_fd_(stdin_fd) {}

  bool snapshot(stats::Snapshot* out, std::string* error) override {
    const InputFile file(path_, stdin_fd_);
    if (!file.is_open()) {
      *error = file.cannot_read();
      return false;
    }
    JsonDocument last;
    if (!find_last(file, &last, error)) return false;
    const std::vector<Offence> offences = read_json(last.text, 1, out);
    if (offences.empty()) return true;
    *error =
        file.name() + " line " + std::to_string(last.line) + ": " + to_string(offences.front());
    return false;
  }

  std::string why_not_again() const override {
    struct stat info = {};
    if (path_ == "-") return "standard input cannot be read again";
    if (stat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
      return "'" + path_ + "' is no regular file and cannot be read again";
    return "";
  }
  std::string end() const override { return ""; }
  int end_fd() const override { return -1; }

 private:
  static bool find_last(const InputFile& file, JsonDocument* last, std::string* error) {
    JsonDocuments documents(file.fd());
    for (JsonDocument next;;) {
      switch (documents.next(&next)) {
        case NextDocument::kFound:
          std::swap(*last, next);
          break;
        case NextDocument::kEnd:
          if (!last->text.empty()) return true;
          *error = "no snapshot in " + file.name();
          return false;
        case NextDocument::kTooLong:
          *error =
              file.name() + " line " + std::to_string(next.line) + ": " + to_string(too_long());
          return false;
        case NextDocument::kUnreadable:
          *error = file.cannot_read();
          return false;
      }
    }
  }

  std::string path_;
  int stdin_fd_;
};

}  // namespace

bool read_snapshot_file(const std::string& path, int stdin_fd, stats::Snapshot* out,
                        std::string* error) {
  return InputSource(path, stdin_fd).snapshot(out, error);
}

std::unique_ptr<Source> open_input_source(const std::string& path, int stdin_fd, std::string*) {
  return std::make_unique<InputSource>(path, stdin_fd);
}

}  // namespace temporal_slab::tslab
