// A few threads of which one works at a time: what is done is deterministic, and
// still done by the thread that it says.
//
// Threads. Everything is called by the one thread that made the crew; `run`
// returns when the work is done.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace temporal_slab::harness::session {

inline constexpr std::size_t kCrew = 3;  // the caller's own thread included

class Crew {
 public:
  Crew() = default;
  ~Crew() {
    for (std::size_t i = 1; i < kCrew; ++i) end(i);
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Member 0 is the calling thread; others start with their first work.
  void run(std::size_t member, const std::function<void()>& work) {
    if (member == 0) return work();
    if (members_[member] == nullptr) members_[member] = std::make_unique<Member>();
    members_[member]->run(&work);
  }

  // The thread exits; the next work of this number is another thread's.
  void end(std::size_t member) { members_[member].reset(); }

 private:
  class Member {
   public:
    Member() : thread_([this] { serve(); }) {}
    ~Member() {
      run(nullptr);
      thread_.join();
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    // nullptr ends the thread.
    void run(const std::function<void()>* work) {
      std::unique_lock<std::mutex> lock(mutex_);
      work_ = work;
      wanted_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !wanted_; });
    }

   private:
    void serve() {
      std::unique_lock<std::mutex> lock(mutex_);
      for (bool goes_on = true; goes_on;) {
        changed_.wait(lock, [this] { return wanted_; });
        goes_on = work_ != nullptr;
        if (goes_on) (*work_)();
        wanted_ = false;
        changed_.notify_all();
      }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    const std::function<void()>* work_ = nullptr;
    bool wanted_ = false;
    std::thread thread_;  // last: it uses the others
  };

  std::array<std::unique_ptr<Member>, kCrew> members_;
};

}  // namespace temporal_slab::harness::session
