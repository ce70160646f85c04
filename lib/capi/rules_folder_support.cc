#include "capi/rules_folder_support.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace temporal_slab::rules {

namespace fs = std::filesystem;

RuntimeFolder::RuntimeFolder() {
  std::string name = testing::TempDir() + "temporal-slab-rules-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
  ::setenv("TEMPORAL_SLAB_RUNTIME_DIR", path_.c_str(), 1);
  ::unsetenv("TEMPORAL_SLAB_PUBLISH");
}

RuntimeFolder::~RuntimeFolder() { fs::remove_all(path_); }

std::vector<fs::path> RuntimeFolder::files() const {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path_))
    if (!entry.is_directory()) files.push_back(entry.path());
  return files;
}

}  // namespace temporal_slab::rules
