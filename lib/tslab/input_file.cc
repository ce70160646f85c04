#include "tslab/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace temporal_slab::tslab {

InputFile::InputFile(const std::string& path, int stdin_fd) {
  owned_ = path != "-";
  name_ = owned_ ? "'" + path + "'" : "standard input";
  fd_ = owned_ ? open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY) : stdin_fd;
}

InputFile::~InputFile() {
  if (owned_ && fd_ >= 0) close(fd_);
}

std::string InputFile::cannot_read() const {
  return "cannot read " + name_ + ": " + std::strerror(errno);
}

}  // namespace temporal_slab::tslab
