#include "tslab/tslab_test_support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tslab/run.h"

namespace temporal_slab::tslab {
namespace {

void must(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  abort();
}

// A file in memory that stands for one of the three streams.
class Stream {
 public:
  explicit Stream(std::string_view text = "") : fd_(memfd_create("stream", MFD_CLOEXEC)) {
    must(fd_ >= 0 && ::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
             lseek(fd_, 0, SEEK_SET) == 0,
         "memfd");
  }
  ~Stream() { close(fd_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return fd_; }

  std::string text() const {
    std::string text(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    must(pread(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "pread");
    return text;
  }

 private:
  int fd_;
};

}  // namespace

Outcome run_here(const Words& arguments, std::string_view input) {
  signal(SIGPIPE, SIG_IGN);
  std::vector<const char*> argv = {"tslab"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const Stream in(input);
  const Stream out;
  const Stream err;
  Outcome outcome;
  outcome.exit_code =
      run(static_cast<int>(argv.size()), argv.data(), {in.fd(), out.fd(), err.fd()});
  outcome.out = out.text();
  outcome.err = err.text();
  return outcome;
}

TemporaryFolder::TemporaryFolder() {
  char path[] = "/tmp/tslab-test-XXXXXX";
  must(mkdtemp(path) != nullptr, "mkdtemp");
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

std::string TemporaryFolder::write(const std::string& name, std::string_view text) const {
  const std::string path = path_ + "/" + name;
  const std::string fresh = path + ".new";
  must(static_cast<bool>(std::ofstream(fresh, std::ios::binary) << text << std::flush), "write");
  std::filesystem::rename(fresh, path);
  return path;
}

}  // namespace temporal_slab::tslab
