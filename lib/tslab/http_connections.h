// The connections that stand, each with its thread, and who goes when they are too many.
//
// Threads. `add` and `end_all` are called by one thread; the body of a connection runs
// in its own and may call `mark_answering` and nothing else. The mutex guards all that
// stands here; a descriptor is closed under it, so that none is shut down that became
// another's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace temporal_slab::tslab {

class HttpConnections {
 public:
  explicit HttpConnections(std::size_t most) : most_(most) {}
  ~HttpConnections() { end_all(); }
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;

  struct One {
    int fd = -1;
    bool answering = false;  // its request has come
    bool told = false;       // to make place
    bool ended = false;
    std::thread thread;
  };

  // Runs `body` in a thread of its own, and closes the descriptor when it returns. With
  // no place it makes one first, which waits for a body to notice. If the system refuses
  // the thread the descriptor is closed at once: false, and why.
  bool add(int fd, std::function<void(One&)> body, std::string* error);

  void mark_answering(One& one);

  // Shuts all down and waits for their bodies.
  void end_all();

 private:
  void end(One& one);
  void tell_one();
  void join_ended(std::unique_lock<std::mutex>& lock);

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<One> all_;  // the oldest first
};

}  // namespace temporal_slab::tslab
