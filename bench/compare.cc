#include "bench/compare.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace temporal_slab::bench {

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - std::floor(place);
  return values[below] + (values[above] - values[below]) * part;
}

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

Comparison comparison_of(const std::vector<double>& ours, const std::vector<double>& peer) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / peer[i]);
  return {.ours = quantile(ours, 0.5),
          .peer = quantile(peer, 0.5),
          .ratio = quantile(ratios, 0.5),
          .ratio_low = quantile(ratios, 0.25),
          .ratio_high = quantile(ratios, 0.75),
          .ratios = ratios};
}

Comparison compare(const Repetition& ours, const Repetition& peer, unsigned repetitions) {
  std::vector<double> ours_ns;
  std::vector<double> peer_ns;
  for (unsigned i = 0; i < repetitions; ++i) {
    ours_ns.push_back(ours());
    peer_ns.push_back(peer());
  }
  return comparison_of(ours_ns, peer_ns);
}

Repetition repetition_of(Workload& workload, Team& team, const Effort& effort) {
  const auto time = [&workload, &team](std::uint64_t operations) {
    // Threads round up to the same whole number of batches.
    std::array<std::uint64_t, kMostThreads> done{};
    const double taken_ns =
        team.run_ns([&](unsigned thread) { done[thread] = workload.run(thread, operations); });
    return taken_ns / static_cast<double>(done[0]);
  };
  // Doubling until it takes long enough also warms up what is measured.
  std::uint64_t operations = 1;
  while (time(operations) * static_cast<double>(operations) < effort.repetition_ms * 1e6)
    operations *= 2;
  return [time, operations] { return time(operations); };
}

Repetition beyond(const Repetition& part, const Repetition& whole) {
  return [part, whole] {
    const double whole_ns = whole();
    return whole_ns - part();
  };
}

}  // namespace temporal_slab::bench
