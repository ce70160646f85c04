#include "demo/workers.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <latch>
#include <mutex>
#include <system_error>
#include <thread>

#include "demo/command_line.h"
#include "demo/input_files.h"
#include "demo/request.h"
#include "demo/tokenizer.h"

namespace temporal_slab::demo {
namespace {

class Run {
 public:
  Run(Allocator& allocator, const Work& work, const StopSignals& signals, WordTable* results)
      : ring_{allocator, {}}, work_(work), signals_(signals), results_(results) {}

  void run();
  bool failed() const { return stopped_.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_; }
  const std::string& error() const { return error_; }

 private:
  void work_as(unsigned number);
  void leak_as(const std::string& name);
  void index(const std::string& path);
  bool count_words(const std::string& path, WordTable* table, std::uint64_t* bytes,
                   std::string* error);
  bool publish(const WordTable& table, std::uint64_t bytes);
  void stop(const std::string& error);

  Ring ring_;
  const Work& work_;
  const StopSignals& signals_;
  std::latch leaked_{1};
  // Relaxed: they order nothing, all data goes through mutex_ or a thread's start or end.
  std::atomic<std::size_t> next_file_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  // guards what follows
  WordTable* results_;
  std::uint64_t bytes_ = 0;
  std::size_t files_ = 0;
  std::string error_;
};

// Only the first reason is kept.
void Run::stop(const std::string& error) {
  const std::lock_guard lock(mutex_);
  if (!stopped_.exchange(true, std::memory_order_relaxed)) error_ = error;
}

void Run::run() {
  std::vector<std::jthread> threads;
  const auto start = [&](unsigned number) {
    threads.emplace_back([this, number] { work_as(number); });
  };
  try {
    // The leak stands before the ring begins to turn for the others.
    if (work_.leak) {
      start(kLeakingWorker);
      leaked_.wait();
    }
    for (unsigned number = 1; number <= work_.threads; ++number)
      if (!work_.leak || number != kLeakingWorker) start(number);
  } catch (const std::system_error& failure) {
    stop(std::string("cannot start a thread: ") + failure.code().message());
  }
}

void Run::work_as(unsigned number) {
  // A thread's name has room for 15 bytes, a label for 31.
  const std::string name = "worker-" + std::to_string(number);
  pthread_setname_np(pthread_self(), name.c_str());
  if (work_.leak && number == kLeakingWorker) leak_as("background-" + name);
  while (!failed()) {
    const std::size_t at = next_file_.fetch_add(1, std::memory_order_relaxed);
    if (at >= work_.files.size()) return;
    try {
      index(work_.files[at]);
    } catch (const std::exception& failure) {
      stop(work_.files[at] + ": " + failure.what());
    }
  }
}

void Run::leak_as(const std::string& name) {
  try {
    leak_epoch(ring_, name);
  } catch (const std::exception& failure) {
    stop(name + ": " + failure.what());
  }
  leaked_.count_down();
}

void Run::index(const std::string& path) {
  const Request request(ring_, "request:" + std::filesystem::path(path).filename().string());
  WordTable table{ObjectSource(ring_.allocator)};
  std::uint64_t bytes = 0;
  std::string error;
  if (!count_words(path, &table, &bytes, &error)) {
    stop(error);
  } else if (!publish(table, bytes)) {
    stop(path + ": " + std::generic_category().message(errno));
  }
}

// False with errno if the allocator refused.
bool Run::publish(const WordTable& table, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ += bytes;
  if (!results_->merge(table)) return false;
  work_.progress(++files_);
  return true;
}

bool Run::count_words(const std::string& path, WordTable* table, std::uint64_t* bytes,
                      std::string* error) {
  int refused = 0;
  Tokenizer tokenizer([&](std::string_view word) {
    if (!table->add(word)) refused = errno;
    return refused == 0;
  });
  const auto take = [&](std::string_view piece) {
    *bytes += piece.size();
    return signals_.pending() == 0 && tokenizer.feed(piece);
  };
  if (!read_file(path, take, error)) return false;
  if (signals_.pending() != 0) return false;
  if (refused == 0) tokenizer.finish();
  if (refused != 0) *error = path + ": " + std::generic_category().message(refused);
  return refused == 0;
}

}  // namespace

bool run_workers(Allocator& allocator, const Work& work, const StopSignals& signals,
                 WordTable* results, std::uint64_t* bytes, std::string* error) {
  Run run(allocator, work, signals, results);
  run.run();
  *bytes = run.bytes();
  *error = run.error();
  return !run.failed();
}

}  // namespace temporal_slab::demo
