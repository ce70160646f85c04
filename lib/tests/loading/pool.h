// Threads of the program's that live on while libraries come and go. Each does what it is told, and
// all of them have done it when run() returns.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class Pool {
 public:
  explicit Pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    work_ = &work;
    ++turn_;
    waiting_for_ = threads_.size();
    changed_.notify_all();
    changed_.wait(lock, [this] { return waiting_for_ == 0; });
  }

 private:
  void serve() {
    std::size_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return over_ || turn_ != seen; });
      if (over_) return;
      seen = turn_;
      const std::function<void()>& work = *work_;
      lock.unlock();
      work();
      lock.lock();
      if (--waiting_for_ == 0) changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::size_t turn_ = 0;
  std::size_t waiting_for_ = 0;
  bool over_ = false;
  std::vector<std::thread> threads_;
};
