// What the tests of tslab share: runs of it in this process and as a program, and
// files for it to read.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace temporal_slab::tslab {

using Words = std::vector<std::string>;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs it in this process, with this text as standard input.
Outcome run_here(const Words& arguments, std::string_view input = "");

// A fresh folder.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Writes a file, in the place of the former one if there is one, at once; returns
  // its path.
  std::string write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

}  // namespace temporal_slab::tslab
