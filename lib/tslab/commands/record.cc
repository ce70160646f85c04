#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "render/json.h"
#include "render/text.h"
#include "tslab/commands.h"
#include "tslab/watch.h"

namespace temporal_slab::tslab {
namespace {

// The file, opened anew; standard output is not closed.
class OutputFile {
 public:
  OutputFile(const std::string& path, int stdout_fd)
      : owned_(path != "-"),
        fd_(owned_ ? open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666)
                   : stdout_fd) {}
  ~OutputFile() {
    if (owned_ && fd_ >= 0) close(fd_);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  int fd() const { return fd_; }

 private:
  bool owned_;
  int fd_;
};

std::string count_of(std::uint64_t snapshots) {
  return std::to_string(snapshots) + (snapshots == 1 ? " snapshot" : " snapshots");
}

// One line of a terminal that is written over and over: standard error's, if the snapshots go
// elsewhere.
class Progress {
 public:
  Progress(int err, int out) : err_(err), shown_(isatty(err) == 1 && isatty(out) != 1) {}
  ~Progress() {
    if (shown_) (void)write_all(err_, "\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t written, const std::optional<std::uint64_t>& wanted,
            std::uint64_t bytes) {
    if (!shown_) return;
    std::string text = "\rrecord: " + std::to_string(written);
    if (wanted) text += " of " + std::to_string(*wanted);
    text += written == 1 && !wanted ? " snapshot, " : " snapshots, ";
    render::append_megabytes(text, bytes);
    (void)write_all(err_, text + "\x1b[K");
  }

 private:
  const int err_;
  const bool shown_;
};

}  // namespace

int run_record(const CommandLine& line, const Streams& streams) {
  std::string error;
  const std::unique_ptr<Source> source = open_source(line.source, streams.in, &error);
  stats::Snapshot snapshot;
  // A file is not made anew, and what was in it lost, for a source that cannot be read.
  if (source == nullptr || !source->snapshot(&snapshot, &error))
    return complain(streams, "record: " + error);
  const std::string output = line.output.value_or("-");
  const std::string name = output == "-" ? "standard output" : "'" + output + "'";
  const OutputFile file(output, streams.out);
  if (file.fd() < 0)
    return complain(streams, "record: cannot write to " + name + ": " + std::strerror(errno));
  Watch watch({streams.in, file.fd(), streams.err}, line.interval);
  std::optional<Progress> progress(std::in_place, streams.err, file.fd());
  std::uint64_t bytes = 0;
  for (std::uint64_t written = 1;; ++written) {
    // Asked first: figures taken after the end are the last ones.
    const std::string end = source->end();
    if (written > 1 && !source->snapshot(&snapshot, &error)) {
      progress.reset();
      return complain(streams, "record: " + error + " after " + count_of(written - 1));
    }
    const std::string text = render::render_json(snapshot);
    const int fault = write_all(file.fd(), text);
    if (fault == EPIPE) return kExitOk;
    if (fault != 0) {
      progress.reset();
      return complain(streams, "record: cannot write to " + name + ": " + std::strerror(fault) +
                                   ", after " + count_of(written - 1));
    }
    bytes += text.size();
    progress->show(written, line.count, bytes);
    if (line.count && written == *line.count) return kExitOk;
    if (!end.empty()) {
      // What was wanted is there: all that there was of it, its last figures too.
      progress.reset();
      complain(streams, "record: " + end + " after " + count_of(written));
      return kExitOk;
    }
    if (const std::optional<int> stop = watch.wait(source->end_fd())) return *stop;
  }
}

}  // namespace temporal_slab::tslab
