// PrometheusCollectable: the figures of an allocator for a program that already uses
// prometheus-cpp.
//
//   auto figures = std::make_shared<temporal_slab::PrometheusCollectable>(allocator.get());
//   exposer.RegisterCollectable(figures);
//
// Optional: it needs prometheus-cpp (its core part) and nothing else includes it; the
// library does not depend on it. Without prometheus-cpp use slab_stats_write_prometheus,
// from outside of the program `tslab serve`.
//
// The families are those of slab_stats_write_prometheus, with the same names, labels
// and help. prometheus-cpp keeps values as doubles: above 2^53 the last digits go.
//
// Threads. Collect may be called by any thread at any time. Lifetime: keep no collectable
// longer than its allocator.
#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <sys/mman.h>
#include <temporal_slab/slab_stats.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace temporal_slab {

class PrometheusCollectable : public prometheus::Collectable {
 public:
  // Throws std::system_error with EINVAL for NULL, or for a prefix that
  // slab_stats_write_prometheus refuses; with what memfd_create or write said if the
  // system lacks memory or descriptors.
  explicit PrometheusCollectable(SlabAllocator* allocator, std::string prefix = "temporal_slab")
      : allocator_(allocator), prefix_(std::move(prefix)) {
    std::string text;
    if (const int error = exposition(&text); error != 0)
      throw std::system_error(error, std::generic_category(), "slab_stats_write_prometheus");
  }

  // A snapshot of now. Empty when memory or a descriptor for it cannot be had.
  std::vector<prometheus::MetricFamily> Collect() const override {
    std::string text;
    if (exposition(&text) != 0) return {};
    std::vector<prometheus::MetricFamily> families;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      add_line(rest.substr(0, end), &families);
      rest.remove_prefix(end + 1);
    }
    return families;
  }

 private:
  static constexpr std::string_view kHelp = "# HELP ";
  static constexpr std::string_view kType = "# TYPE ";

  // Returns 0 or an errno.
  int exposition(std::string* out) const {
    const int fd = ::memfd_create("temporal_slab", MFD_CLOEXEC);
    if (fd < 0) return errno;
    int error = 0;
    if (!slab_stats_write_prometheus(allocator_, fd, prefix_.c_str())) {
      error = errno;
    } else {
      const off_t size = ::lseek(fd, 0, SEEK_END);
      out->resize(static_cast<std::size_t>(size));
      for (std::size_t done = 0; error == 0 && done < out->size();) {
        const ssize_t got =
            ::pread(fd, out->data() + done, out->size() - done, static_cast<off_t>(done));
        if (got > 0)
          done += static_cast<std::size_t>(got);
        else if (got == 0 || errno != EINTR)
          error = EIO;
      }
    }
    ::close(fd);
    return error;
  }

  // One line of the library's own exposition, which is known to be well-formed.
  static void add_line(std::string_view line, std::vector<prometheus::MetricFamily>* families) {
    if (line.substr(0, kHelp.size()) == kHelp) {
      line.remove_prefix(kHelp.size());
      const std::size_t name = line.find(' ');
      prometheus::MetricFamily& family = families->emplace_back();
      family.name = line.substr(0, name);
      family.help = line.substr(name + 1);
    } else if (line.substr(0, kType.size()) == kType) {
      families->back().type = line.substr(line.rfind(' ') + 1) == "counter"
                                  ? prometheus::MetricType::Counter
                                  : prometheus::MetricType::Gauge;
    } else {
      add_sample(line, &families->back());
    }
  }

  static void add_sample(std::string_view line, prometheus::MetricFamily* family) {
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    line.remove_prefix(family->name.size());
    if (line.front() == '{') {
      do {
        line.remove_prefix(1);
        prometheus::ClientMetric::Label& label = metric.label.emplace_back();
        const std::size_t equals = line.find('=');
        label.name = line.substr(0, equals);
        line.remove_prefix(equals + 2);
        for (; line.front() != '"'; line.remove_prefix(1)) {
          const bool escaped = line.front() == '\\';
          if (escaped) line.remove_prefix(1);
          label.value += escaped && line.front() == 'n' ? '\n' : line.front();
        }
        line.remove_prefix(1);
      } while (line.front() == ',');
      line.remove_prefix(1);
    }
    line.remove_prefix(1);
    double value = 0;
    std::from_chars(line.data(), line.data() + line.size(), value);
    if (family->type == prometheus::MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
  }

  SlabAllocator* allocator_;
  std::string prefix_;
};

}  // namespace temporal_slab
