#include "stress/report.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "stress/worker.h"

namespace temporal_slab::stress {
namespace {

std::string& reproduce_line() {
  static std::string line;
  return line;
}

thread_local const Worker* this_worker = nullptr;

}  // namespace

std::string text(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

void set_reproduce_command(const Options& options) {
  reproduce_line() = reproduce_command(options);
}

void set_this_worker(const Worker* worker) { this_worker = worker; }

void fail(const std::string& what) {
  // Never unlocked: the first failure is the last thing that the process does.
  static std::mutex first;
  first.lock();
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  if (this_worker != nullptr)
    std::fprintf(
        stderr, "  on thread %u in step \"%s\", its step number %llu\n", this_worker->index,
        this_worker->where.load(std::memory_order_relaxed),
        static_cast<unsigned long long>(this_worker->progress.load(std::memory_order_relaxed)));
  std::fprintf(stderr, "reproduce: %s\n", reproduce_line().c_str());
  std::fflush(nullptr);
  std::_Exit(1);
}

std::string error_name(int error) {
  if (error == 0) return "no error";
  const char* name = strerrorname_np(error);
  return name == nullptr ? std::to_string(error) : name;
}

}  // namespace temporal_slab::stress
