#include "fuzz/captured_run.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/label_rule.h"
#include "fuzz/require.h"
#include "tslab/run.h"

namespace temporal_slab::fuzz {
namespace {

// A file in memory, made once and used for every run.
class Stream {
 public:
  Stream() : fd_(memfd_create("stream", MFD_CLOEXEC)) { require(fd_ >= 0, "memfd_create works"); }

  int fd() const { return fd_; }

  void fill(std::string_view text) const {
    require(ftruncate(fd_, 0) == 0 && lseek(fd_, 0, SEEK_SET) == 0, "a stream can be emptied");
    require(write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
            "a stream can be filled");
    require(lseek(fd_, 0, SEEK_SET) == 0, "a stream can be read from its start");
  }

  std::string text() const {
    std::string text(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    require(pread(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
            "a stream can be read");
    return text;
  }

 private:
  const int fd_;
};

int closed_pipe() {
  int ends[2];
  require(pipe(ends) == 0, "a pipe can be made");
  close(ends[0]);
  return ends[1];
}

}  // namespace

CapturedRun run_tslab(const std::vector<std::string>& arguments, std::string_view input,
                      Output output) {
  signal(SIGPIPE, SIG_IGN);
  static const Stream in;
  static const Stream out;
  static const Stream err;
  static const int nobody = closed_pipe();
  in.fill(input);
  out.fill("");
  err.fill("");
  std::vector<const char*> argv = {"tslab"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  CapturedRun run;
  run.exit_code = tslab::run(static_cast<int>(argv.size()), argv.data(),
                             {in.fd(), output == Output::kRead ? out.fd() : nobody, err.fd()});
  run.out = out.text();
  run.err = err.text();
  return run;
}

void require_orderly(const CapturedRun& run) {
  require(run.exit_code >= 0 && run.exit_code <= 2, "the exit code is 0, 1 or 2");
  if (run.exit_code != 2) {
    require(run.err.empty(), "without an error stderr stays empty", run.err);
    return;
  }
  require(run.out.empty(), "with an error stdout stays empty", run.out);
  require(!run.err.empty() && run.err.find('\n') == run.err.size() - 1,
          "an error is exactly one line on stderr", run.err);
  const std::string line = run.err.substr(0, run.err.size() - 1);
  require(shown_from(line) == line, "an error is safe for a terminal", line);
}

}  // namespace temporal_slab::fuzz
