// temporal_slab_generate ROOT: writes the generated files of the source tree that
// lies at ROOT, and says which ones changed. ci/generate calls it.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "harness/generate/generated_files.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: temporal_slab_generate ROOT\n", stderr);
    return 2;
  }
  int written = 0;
  for (const auto& file : temporal_slab::harness::generated_files()) {
    const std::string path = std::string(argv[1]) + "/" + file.path;
    std::ifstream in(path, std::ios::binary);
    if (std::string(std::istreambuf_iterator<char>(in), {}) == file.text) continue;
    std::ofstream out(path, std::ios::binary);
    out << file.text << std::flush;
    if (!out) {
      std::perror(path.c_str());
      return 1;
    }
    std::printf("wrote %s\n", file.path.c_str());
    ++written;
  }
  std::printf("ci/generate: %d files written\n", written);
  return 0;
}
