#include "demo/input_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace temporal_slab::demo {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

class FileDescriptor {
 public:
  // Without waiting: a pipe without a writer is refused, not waited for.
  explicit FileDescriptor(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

bool fail(const std::string& path, int reason, std::string* error) {
  *error = path + ": " + std::generic_category().message(reason);
  return false;
}

}  // namespace

std::optional<std::vector<std::string>> files_of(const std::string& folder, std::string* error) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code failure;
  fs::directory_iterator at(folder, failure);
  while (!failure && at != fs::directory_iterator()) {
    const fs::file_status status = at->symlink_status(failure);
    if (failure) break;
    if (status.type() == fs::file_type::regular) files.push_back(at->path().string());
    at.increment(failure);
  }
  if (failure) {
    fail(folder, failure.value(), error);
    return std::nullopt;
  }
  if (files.empty()) {
    *error = folder + ": no regular file in it";
    return std::nullopt;
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool read_file(const std::string& path, const std::function<bool(std::string_view)>& take,
               std::string* error) {
  const FileDescriptor file(path);
  struct stat status = {};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) return fail(path, errno, error);
  if (!S_ISREG(status.st_mode)) {
    *error = path + ": Not a regular file";
    return false;
  }
  std::vector<char> piece(kPieceBytes);
  for (;;) {
    const ssize_t got = read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(path, errno, error);
    if (got == 0 || !take({piece.data(), static_cast<std::size_t>(got)})) return true;
  }
}

}  // namespace temporal_slab::demo
