#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "base/process.h"
#include "tslab/site_names.h"
#include "tslab/source.h"

namespace temporal_slab::tslab {
namespace {

class SegmentSource final : public Source {
 public:
  explicit SegmentSource(stats::OpenSegment segment)
      : segment_(std::move(segment)),
        process_fd_(static_cast<int>(syscall(SYS_pidfd_open, segment_.published().pid, 0))) {
    // The number may have been given to another process since the segment was found.
    if (!is_alive()) drop_process();
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
    if (has_ended() || !is_alive()) return process + " ended";
    if (!still_published()) return process + " published it no longer";
    return "";
  }

  int end_fd() const override { return process_fd_; }

 private:
  bool is_alive() const {
    const stats::Published& published = segment_.published();
    return base::is_alive(published.pid, published.identity.process_start_ticks);
  }

  // Said by the same descriptor that ends a wait, so that both agree.
  bool has_ended() const {
    pollfd process = {process_fd_, POLLIN, 0};
    return process_fd_ >= 0 && poll(&process, 1, 0) == 1;
  }

  bool still_published() const {
    struct stat info = {};
    return lstat(segment_.published().path.c_str(), &info) == 0 &&
           info.st_dev == segment_.published().device && info.st_ino == segment_.published().inode;
  }

  void drop_process() {
    if (process_fd_ >= 0) close(process_fd_);
    process_fd_ = -1;
  }

  stats::OpenSegment segment_;
  SiteNames names_;
  int process_fd_;  // -1: it is dead, or the kernel is older than 5.3
};

}  // namespace

bool read_all_published(std::vector<stats::Snapshot>* out, std::string* unreadable,
                        std::string* error) {
  std::vector<stats::Published> list;
  if (!stats::list_published(&list, error)) return false;
  SiteNames names;
  out->clear();
  unreadable->clear();
  for (const stats::Published& published : list) {
    std::string why = published.error;
    stats::OpenSegment segment;
    stats::Snapshot snapshot;
    if (why.empty() && stats::open_listed(published, &segment, &why) &&
        segment.snapshot(&snapshot, &why)) {
      names.apply(&snapshot);
      out->push_back(std::move(snapshot));
    } else {
      *unreadable += (unreadable->empty() ? "" : "; ") + why;
    }
  }
  if (!out->empty()) return true;
  *error = unreadable->empty() ? "no published allocator" : *unreadable;
  return false;
}

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
