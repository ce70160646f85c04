// Real programs of Debian, run whole with an allocator beneath their malloc.
#pragma once

#include <string>
#include <vector>

namespace temporal_slab::bench {

struct Program {
  std::string name;
  std::vector<std::string> command;
};

// The programs that are installed, with work for each and its input in a folder that goes with
// this. At `scale` 1 they take a quarter of a second or so.
class Programs {
 public:
  explicit Programs(double scale);
  ~Programs();
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  const std::vector<Program>& installed() const { return installed_; }

  struct Cost {
    double wall_ms;
    double peak_mib;
  };
  // With the library at that path beneath malloc; with glibc's own if it is empty. Ends the process
  // if the program fails.
  Cost run(const Program& program, const std::string& preload) const;

 private:
  void remove_folder() const;

  std::string folder_;
  std::vector<Program> installed_;
};

// Paths of what is preloaded.
std::string our_malloc();
std::string mimallocs_malloc();

}  // namespace temporal_slab::bench
