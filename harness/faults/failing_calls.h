// Calls to the system that fail on demand: the linker puts functions of ours in the place of the
// system's (--wrap, see CMakeLists.txt), which count the calls that lib/ makes while a `Faults`
// stands, let the k-th one fail, and keep a balance of what was mapped.
//
// Threads. One: the calls of others are counted too, so there are none while a `Faults` stands.
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace temporal_slab::faults {

class Faults {
 public:
  // How many calls fail from the k-th on.
  enum class Last { kOne, kAll };

  // Calls are counted from 1. With 0 none fails.
  explicit Faults(int first_failing, Last last = Last::kOne);
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  // From here on calls are counted and none fails.
  void stop_failing();

  // While this stands calls neither count nor fail.
  class Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    bool was_counting_;
  };

  bool happened() const;
  int calls() const;
  // The call that failed first; "" while none has.
  const std::string& failed_site() const;
  bool has_failed(const std::string& site) const;
  bool has_failed_with(int error) const;
  // Every place that was met, the call and what it was made for.
  const std::set<std::string>& sites() const;
  // Mapped less unmapped since this stands.
  std::ptrdiff_t mapped_bytes() const;
};

}  // namespace temporal_slab::faults
