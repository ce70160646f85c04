// A folder of a test's own, in which what it publishes lies until the test ends.
#pragma once

#include <filesystem>
#include <vector>

namespace temporal_slab::rules {

class RuntimeFolder {
 public:
  // Nothing is published but what asks for it.
  RuntimeFolder();
  ~RuntimeFolder();
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // All that lies in it, folders aside.
  std::vector<std::filesystem::path> files() const;

 private:
  std::filesystem::path path_;
};

}  // namespace temporal_slab::rules
