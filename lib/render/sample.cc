#include "render/sample.h"

#include "render/json_object.h"
#include "stats/saturating.h"

namespace temporal_slab::render {

Sample sample_of(const stats::Snapshot& snapshot) {
  Sample sample;
  sample.time_ms = snapshot.timestamp_ns / 1'000'000;
  sample.slab_bytes = snapshot.estimated_slab_rss_bytes;
  sample.rss_bytes = snapshot.rss_bytes_current;
  sample.allocs = snapshot.total_allocs;
  sample.frees = snapshot.total_frees;
  sample.closes = snapshot.epochs_closed;
  for (const stats::ClassRow& row : snapshot.classes)
    stats::grow(sample.live_bytes, row.live_bytes);
  for (const stats::EpochRow& row : snapshot.epochs) {
    stats::grow(sample.references, row.refcount);
    if (row.estimated_rss_bytes != 0)
      sample.epochs.emplace_back(row.epoch_id, row.estimated_rss_bytes);
  }
  return sample;
}

void append_json(std::string& out, const Sample& sample) {
  JsonObject row(out);
  row.number("time_ms", sample.time_ms);
  row.number("live_bytes", sample.live_bytes);
  row.number("slab_bytes", sample.slab_bytes);
  row.number("rss_bytes", sample.rss_bytes);
  row.number("allocs", sample.allocs);
  row.number("frees", sample.frees);
  row.number("references", sample.references);
  row.number("closes", sample.closes);
  append_json_array(row.name("epochs"), sample.epochs, [&out](const auto& epoch) {
    out += '[';
    append_number(out, epoch.first);
    out += ',';
    append_number(out, epoch.second);
    out += ']';
  });
}

}  // namespace temporal_slab::render
