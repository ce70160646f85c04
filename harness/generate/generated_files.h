// The files that are written from the table of fields and checked in.
#pragma once

#include <string>
#include <vector>

namespace temporal_slab::harness {

struct GeneratedFile {
  std::string path;  // from the root of the source tree
  std::string text;
};

std::vector<GeneratedFile> generated_files();

}  // namespace temporal_slab::harness
