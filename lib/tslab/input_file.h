// A file that the command line names, "-" being standard input, and how messages name
// it.
#pragma once

#include <string>

namespace temporal_slab::tslab {

class InputFile {
 public:
  InputFile(const std::string& path, int stdin_fd);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // "standard input", or the path in quotes.
  const std::string& name() const { return name_; }

  // "cannot read NAME: why", by errno.
  std::string cannot_read() const;

 private:
  std::string name_;
  int fd_;
  bool owned_;
};

}  // namespace temporal_slab::tslab
