// The header for programs that use prometheus-cpp, with the installed package.
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <sstream>
#include <temporal_slab/prometheus_collectable.hpp>

#include "capi/rules_support.h"
#include "harness/exposition_parser.h"

namespace temporal_slab::rules {
namespace {

std::map<std::string, harness::ExpositionFamily> written(SlabAllocator* allocator) {
  const int fd = ::memfd_create("exposition", MFD_CLOEXEC);
  EXPECT_TRUE(slab_stats_write_prometheus(allocator, fd, "my_app"));
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  ::close(fd);
  std::map<std::string, harness::ExpositionFamily> families;
  EXPECT_EQ(harness::parse_exposition(text, &families), std::nullopt);
  return families;
}

// What is different each time it is looked at.
bool is_restless(const std::string& name) {
  return name == "my_app_timestamp_seconds" || name == "my_app_last_known_seconds" ||
         name == "my_app_uptime_seconds" || name == "my_app_rss_bytes_current" ||
         name == "my_app_epoch_age_seconds" || name == "my_app_epoch_closing_since_seconds" ||
         name.find("_lock_") != name.npos;
}

TEST(PrometheusCollectable, GivesWhatTheExpositionSays) {
  const Allocator allocator = make_named_allocator("a \"quoted\" \\name\n");
  advance(allocator.get(), 5);
  slab_epoch_set_label(allocator.get(), 5, "two\nlines, {\"x\"=1} \\");
  slab_epoch_inc_refcount(allocator.get(), 5);
  make_objects(allocator.get(), 100, 768, 5);
  const PrometheusCollectable collectable(allocator.get(), "my_app");
  const auto wanted = written(allocator.get());
  const std::vector<prometheus::MetricFamily> found = collectable.Collect();
  EXPECT_EQ(found.size(), wanted.size());
  for (const prometheus::MetricFamily& family : found) {
    const harness::ExpositionFamily& same = wanted.at(family.name);
    EXPECT_EQ(family.help, same.help);
    const bool is_counter = family.type == prometheus::MetricType::Counter;
    EXPECT_EQ(is_counter ? "counter" : "gauge", same.type);
    EXPECT_EQ(family.metric.size(), same.samples.size()) << family.name;
    for (const prometheus::ClientMetric& metric : family.metric) {
      harness::ExpositionLabels labels;
      for (const auto& label : metric.label) labels[label.name] = label.value;
      ASSERT_TRUE(same.samples.contains(labels)) << family.name;
      if (is_restless(family.name)) continue;
      EXPECT_EQ(is_counter ? metric.counter.value : metric.gauge.value,
                std::stod(same.samples.at(labels)))
          << family.name;
    }
  }
}

TEST(PrometheusCollectable, IsServedByPrometheusCpp) {
  const Allocator allocator = make_named_allocator("cache");
  const std::shared_ptr<prometheus::Collectable> collectable =
      std::make_shared<PrometheusCollectable>(allocator.get());
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, collectable->Collect());
  EXPECT_NE(out.str().find("\ntemporal_slab_epoch_refcount{epoch=\"5\","
                           "allocator=\"cache\"} 0\n"),
            std::string::npos);
  EXPECT_NE(out.str().find("# TYPE temporal_slab_total_allocs_total counter\n"), std::string::npos);
}

TEST(PrometheusCollectable, RefusesWhatItCannotShow) {
  const Allocator allocator = make_allocator();
  const auto error_of = [](SlabAllocator* of, const char* prefix) {
    try {
      const PrometheusCollectable collectable(of, prefix);
    } catch (const std::system_error& error) {
      return error.code().value();
    }
    return 0;
  };
  EXPECT_EQ(error_of(nullptr, "a"), EINVAL);
  EXPECT_EQ(error_of(allocator.get(), "a b"), EINVAL);
  EXPECT_EQ(error_of(allocator.get(), ""), EINVAL);
  EXPECT_EQ(error_of(allocator.get(), "a"), 0);
}

}  // namespace
}  // namespace temporal_slab::rules
