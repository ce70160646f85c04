#include "tslab/scrape.h"

#include <unistd.h>

#include <utility>

#include "render/json.h"

namespace temporal_slab::tslab {
namespace {

void read_one(const stats::Published& published, Scrape* out) {
  if (!published.error.empty()) {
    ++out->damaged;
    return;
  }
  if (published.is(stats::Life::kDead)) {
    ++out->dead;
    return;
  }
  std::string error;
  stats::OpenSegment segment;
  Scrape::Allocator allocator;
  allocator.segment = published.number;
  if (published.user != geteuid()) allocator.user = published.user;
  if (stats::open_listed(published, &segment, &error) &&
      segment.snapshot(&allocator.snapshot, &error)) {
    const stats::Snapshot& snapshot = allocator.snapshot;
    if (snapshot.process_state == stats::to_string(stats::Life::kUnknown))
      ++out->unknown[snapshot.process_state_reason];
    out->allocators.push_back(std::move(allocator));
  } else if (!stats::is_there(published))  // another in its place is found by the next scrape
    ++out->vanished;
  else
    ++out->damaged;
}

}  // namespace

bool scrape_published(Scrape* out, std::string* error) {
  *out = {};
  stats::Listing listing;
  if (!stats::list_published(&listing, error)) return false;
  *out = scrape_listed(listing.segments);
  return true;
}

Scrape scrape_listed(const std::vector<stats::Published>& list) {
  Scrape scrape;
  for (const stats::Published& published : list) read_one(published, &scrape);
  return scrape;
}

std::string metrics_of(const Scrape& scrape, const render::PrometheusOptions& options) {
  render::Exposition out(options.prefix);
  out.family("segments", render::MetricType::kGauge,
             "published allocators of this user: alive ones, and those of which it is unknown "
             "whether they are, have series of their own; dead, damaged and vanished ones are only "
             "counted");
  std::size_t unknown = 0;
  for (const auto& [reason, count] : scrape.unknown) unknown += count;
  const std::pair<std::string, std::size_t> conditions[] = {
      {"alive", scrape.allocators.size() - unknown},
      {"dead", scrape.dead},
      {"damaged", scrape.damaged},
      {"vanished", scrape.vanished}};
  for (const auto& [condition, count] : conditions) {
    const render::MetricLabel label = {"condition", condition};
    out.sample({&label, 1}, std::to_string(count));
  }
  for (const auto& [reason, count] : scrape.unknown) {
    const render::MetricLabel labels[] = {{"condition", "unknown"}, {"reason", reason}};
    out.sample(labels, std::to_string(count));
  }
  std::vector<render::PrometheusSource> sources;
  for (const Scrape::Allocator& one : scrape.allocators)
    sources.push_back({&one.snapshot, one.segment, one.user});
  render::append_prometheus(out, sources, options);
  return out.text();
}

std::string json_of(const Scrape& scrape) {
  std::string text;
  for (const Scrape::Allocator& one : scrape.allocators) text += render::render_json(one.snapshot);
  return text;
}

}  // namespace temporal_slab::tslab
