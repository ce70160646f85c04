#include "stats/segment_reader.h"

#include <cstring>
#include <memory>

#include "stats/segment_check.h"
#include "stats/segment_copy.h"
#include "stats/snapshot_build.h"
#include "sync/clock.h"

namespace temporal_slab::stats {
namespace {

EpochIdentity read_own(const Segment* segment, std::uint32_t epoch, std::uint32_t class_index,
                       std::uint32_t cells, IncarnationCopy* copy) {
  const MemoryView view(segment);
  // A failed try means that a writer got on.
  while (copy_incarnation(view, epoch, class_index, cells, kCopyTries, copy, nullptr) !=
         Copied::kWhole) {
  }
  EpochIdentity identity;
  identity.era = get(copy->record.era);
  identity.opened_ns = get(copy->record.opened_ns);
  identity.state = static_cast<EpochState>(get(copy->record.state));
  identity.refcount = get(copy->record.refcount);
  for (std::uint32_t i = 0; i < kLabelBytes / 8; ++i) {
    const std::uint64_t word = get(copy->label().words[i]);
    std::memcpy(identity.label + 8 * i, &word, 8);
  }
  identity.label_length = static_cast<std::uint32_t>(strnlen(identity.label, kLabelBytes - 1));
  return identity;
}

}  // namespace

ReadContext read_context(std::uint64_t rss_bytes) {
  return {sync::monotonic_ns(), sync::realtime_ns(), rss_bytes};
}

bool read_identity(const SegmentView& view, SegmentIdentity* out, std::string* error) {
  SegmentHeader header;
  if (!copy_header(view, &header, error)) return false;
  out->pid = get(header.pid);
  out->process_start_ticks = get(header.process_start_ticks);
  out->created_realtime_ns = get(header.created_realtime_ns);
  out->version = text_of(header.version);
  out->process = text_of(header.process);
  out->allocator = text_of(header.allocator);
  return true;
}

bool read_snapshot(const SegmentView& view, const ReadContext& context, Snapshot* out,
                   std::string* error) {
  // Not on the stack: threads may have small ones.
  const auto copy = std::make_unique<SegmentCopy>();
  if (!copy_header(view, &copy->header, error) || !copy_body(view, copy.get(), error) ||
      !check_body(*copy, error))
    return false;
  build_snapshot(*copy, context, out);
  return true;
}

EpochIdentity read_epoch_identity(const Segment* segment, std::uint32_t epoch) {
  IncarnationCopy copy;
  return read_own(segment, epoch, 0, 0, &copy);
}

EpochIdentity read_epoch_class(const Segment* segment, std::uint32_t epoch,
                               std::uint32_t class_index, EpochClassFigures* figures) {
  IncarnationCopy copy;
  const EpochIdentity identity = read_own(segment, epoch, class_index, 1, &copy);
  *figures = figures_of(copy.cells[class_index]);
  return identity;
}

}  // namespace temporal_slab::stats
