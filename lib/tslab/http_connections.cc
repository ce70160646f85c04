#include "tslab/http_connections.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace temporal_slab::tslab {

bool HttpConnections::add(int fd, std::function<void(One&)> body, std::string* error) {
  std::unique_lock lock(mutex_);
  join_ended(lock);
  while (all_.size() >= most_) {
    tell_one();
    changed_.wait(lock, [this] {
      return std::any_of(all_.begin(), all_.end(), [](const One& one) { return one.ended; });
    });
    join_ended(lock);
  }
  One& one = all_.emplace_back();
  one.fd = fd;
  try {
    one.thread = std::thread([this, &one, run = std::move(body)] {
      run(one);
      end(one);
    });
  } catch (const std::system_error& failure) {
    // Without a thread it can only be hung up on.
    close(fd);
    all_.pop_back();
    *error = "cannot start a thread: " + failure.code().message();
    return false;
  }
  return true;
}

void HttpConnections::mark_answering(One& one) {
  const std::lock_guard lock(mutex_);
  one.answering = true;
}

void HttpConnections::end(One& one) {
  const std::lock_guard lock(mutex_);
  close(one.fd);
  one.fd = -1;
  one.ended = true;
  changed_.notify_all();
}

// One that was told is on its way out already: it is not told again.
void HttpConnections::tell_one() {
  One* chosen = nullptr;
  for (One& one : all_) {
    if (one.told || one.ended) continue;
    if (chosen == nullptr || (chosen->answering && !one.answering)) chosen = &one;
  }
  if (chosen == nullptr) return;
  chosen->told = true;
  shutdown(chosen->fd, SHUT_RDWR);
}

void HttpConnections::join_ended(std::unique_lock<std::mutex>& lock) {
  std::list<One> ended;
  for (auto it = all_.begin(); it != all_.end();) {
    const auto next = std::next(it);
    if (it->ended) ended.splice(ended.end(), all_, it);
    it = next;
  }
  lock.unlock();
  for (One& one : ended) one.thread.join();
  lock.lock();
}

void HttpConnections::end_all() {
  std::unique_lock lock(mutex_);
  for (One& one : all_)
    if (!one.ended) shutdown(one.fd, SHUT_RDWR);
  changed_.wait(lock, [this] {
    return std::all_of(all_.begin(), all_.end(), [](const One& one) { return one.ended; });
  });
  join_ended(lock);
}

}  // namespace temporal_slab::tslab
