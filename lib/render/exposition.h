// Builds a Prometheus text exposition (format 0.0.4): families with their HELP and
// TYPE, then the samples of each.
//
// What goes in is believed to be a valid name or number; label values and help may
// be any bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace temporal_slab::render {

struct MetricLabel {
  std::string_view name;
  std::string value;  // as label_value writes it
};
using MetricLabels = std::vector<MetricLabel>;

enum class MetricType { kCounter, kGauge };

class Exposition {
 public:
  explicit Exposition(std::string_view prefix) : prefix_(prefix) {}

  // Begins the family PREFIX_NAME. Each family is begun once, and all its samples
  // follow at once: parsers refuse a family in two pieces.
  void family(std::string_view name, MetricType type, std::string_view help);

  // One sample of the family begun last. The value is a decimal number.
  void sample(std::span<const MetricLabel> labels, std::string_view value);

  const std::string& text() const { return text_; }

 private:
  std::string prefix_;
  std::string name_;
  std::string text_;
};

// True for what may stand before the names of all metrics: letters, digits and
// underscores, not a digit first, 1 to kMaxMetricPrefix bytes. Colons are left to
// recording rules.
inline constexpr std::size_t kMaxMetricPrefix = 100;
bool is_metric_prefix(std::string_view text);

// What is_metric_prefix takes, for messages.
inline constexpr const char* kAllowedMetricPrefix =
    "1 to 100 letters, digits and underscores, not a digit first";

// True for what a label of one's own may be called: as above, without two underscores
// first, which Prometheus keeps for itself, and none of those that series here carry.
bool is_label_name(std::string_view text);

// What is_label_name takes, for messages.
std::string allowed_label_names();

// The inside of the quotes of a label value: backslash, quote and newline escaped.
// What is no UTF-8, and NUL, at which Prometheus gives a whole scrape up, become
// U+FFFD.
std::string label_value(std::string_view text);

// value / 10^digits, exact, with no zeros at the end of the fraction.
std::string decimal(std::uint64_t value, unsigned digits);

}  // namespace temporal_slab::render
