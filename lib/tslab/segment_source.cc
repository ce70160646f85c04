#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "tslab/site_names.h"
#include "tslab/source.h"

namespace temporal_slab::tslab {
namespace {

class SegmentSource final : public Source {
 public:
  explicit SegmentSource(stats::OpenSegment segment)
      : segment_(std::move(segment)),
        process_fd_(segment_.has_pid_here()
                        ? static_cast<int>(syscall(SYS_pidfd_open, segment_.published().pid, 0))
                        : -1) {
    // The number may have been given to another process since the segment was found.
    if (is_dead()) drop_process();
  }
  ~SegmentSource() override { drop_process(); }

  bool snapshot(stats::Snapshot* out, std::string* error) override {
    if (!segment_.snapshot(out, error)) return false;
    names_.apply(out);
    return true;
  }

  std::string why_not_again() const override { return ""; }

  std::string end() const override {
    const std::string process = "process " + std::to_string(segment_.published().pid);
    if (has_ended()) return process + " ended";
    if (is_dead()) return process + (process_fd_ < 0 ? " ended" : " runs another program");
    if (!stats::is_there(segment_.published())) return process + " published it no longer";
    return "";
  }

  int end_fd() const override { return process_fd_; }

 private:
  bool is_dead() const { return segment_.liveness().life == stats::Life::kDead; }

  // Said by the same descriptor that ends a wait, so that both agree.
  bool has_ended() const {
    pollfd process = {process_fd_, POLLIN, 0};
    return process_fd_ >= 0 && poll(&process, 1, 0) == 1;
  }

  void drop_process() {
    if (process_fd_ >= 0) close(process_fd_);
    process_fd_ = -1;
  }

  stats::OpenSegment segment_;
  SiteNames names_;
  int process_fd_;  // -1: it is dead, of another pid namespace, or the kernel is older than 5.3
};

}  // namespace

std::unique_ptr<Source> open_segment_source(const stats::Selector& selector, std::string* error) {
  stats::OpenSegment segment;
  if (!stats::open_published(selector, &segment, error)) return nullptr;
  return std::make_unique<SegmentSource>(std::move(segment));
}

std::unique_ptr<Source> open_source(const SourceChoice& choice, int stdin_fd, std::string* error) {
  if (choice.input) return open_input_source(*choice.input, stdin_fd, error);
  return open_segment_source(choice.selector, error);
}

}  // namespace temporal_slab::tslab
