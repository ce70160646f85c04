// A gate that each worker goes through for every step, and that one thread can
// close: from then on it is alone, and what the others did before is in place.
//
// Threads. Each worker has a flag of its own, so that going through makes no order
// between workers that ThreadSanitizer would take for theirs.
//
// Memory order. A worker raises its flag, then looks whether the gate is closed;
// the closer closes it, then looks at the flags. All four are seq_cst: one of the
// two sees the other. A flag lowered (release) pairs with the closer's load, and
// the gate opened (release) with the worker's load.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

namespace temporal_slab::stress {

class Gate {
 public:
  explicit Gate(unsigned workers);

  class Inside {
   public:
    Inside(Gate& gate, unsigned worker) : gate_(gate), worker_(worker) { gate_.enter(worker_); }
    ~Inside() { gate_.leave(worker_); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Gate& gate_;
    const unsigned worker_;
  };

  // Keeps everybody out. The calling thread must not be inside itself.
  class Closed {
   public:
    explicit Closed(Gate& gate) : gate_(gate), lock_(gate.closer_) { gate_.close(); }
    ~Closed() { gate_.open(); }
    Closed(const Closed&) = delete;
    Closed& operator=(const Closed&) = delete;

   private:
    Gate& gate_;
    const std::lock_guard<std::mutex> lock_;
  };

 private:
  void enter(unsigned worker);
  void leave(unsigned worker);
  void close();
  void open();

  struct alignas(64) Flag {
    std::atomic<bool> inside{false};
  };

  const unsigned workers_;
  const std::unique_ptr<Flag[]> flags_;
  std::atomic<bool> closed_{false};
  std::mutex closer_;
};

}  // namespace temporal_slab::stress
