#include "stats/segment_reader.h"

#include <cstring>
#include <memory>

#include "stats/segment_check.h"
#include "stats/segment_copy.h"
#include "stats/segment_write.h"
#include "stats/snapshot_build.h"
#include "sync/clock.h"
#include "sync/thread.h"

namespace temporal_slab::stats {
namespace {

EpochIdentity read_own(const Segment* segment, std::uint32_t epoch, std::uint32_t class_index,
                       std::uint32_t cells, IncarnationCopy* copy) {
  const MemoryView view(segment);
  Refcount references;
  // A failed try means that a writer got on.
  while (copy_incarnation(view, epoch, class_index, cells, kCopyTries, copy, nullptr) !=
             Copied::kWhole ||
         (references = read_refcount(segment, epoch)).version != copy->version) {
  }
  EpochIdentity identity;
  identity.era = get(copy->record.era);
  identity.opened_ns = get(copy->record.opened_ns);
  identity.state = static_cast<EpochState>(get(copy->record.state));
  identity.refcount = references.refs;
  for (std::uint32_t i = 0; i < kLabelBytes / 8; ++i) {
    const std::uint64_t word = get(copy->label().words[i]);
    std::memcpy(identity.label + 8 * i, &word, 8);
  }
  identity.label_length = static_cast<std::uint32_t>(strnlen(identity.label, kLabelBytes - 1));
  return identity;
}

constexpr std::uint32_t kRefcountTries = 16;

// Versions go around in 2^23 changes, which take longer.
constexpr std::uint64_t kLongestTryNs = 10'000'000;

// One reading of all words that make up a refcount, and whether a second one is the same: then
// all of them had these values in between. A change that is under way moves one of them, once; also
// one that never ends is no hindrance.
bool try_refcount(const Segment& segment, std::uint32_t epoch, Refcount* out) {
  const EpochSlot& slot = segment.epochs[epoch];
  const std::uint64_t start_ns = sync::monotonic_ns();
  out->version = slot.version.load(sync::kAcquire);
  const HolderTable& table = segment.holders[epoch][out->version & 1];
  // Without a table nobody has taken any: its first taker moves the record's count or a heap's.
  const auto turn_of = [&] {
    const bool is_used = slot.has_holders[out->version & 1].load(sync::kAcquire) != 0;
    return is_used ? table.turn.load(sync::kAcquire) : 0;
  };
  const std::uint64_t turn = turn_of();
  const std::uint64_t heaps = segment.heap_count.load(sync::kAcquire);
  std::uint64_t counts[kMaxHeaps];
  std::uint64_t drops[kMaxHeaps];
  const Word& rest = slot.record[out->version & 1].refcount;
  const std::uint64_t first_rest = rest.load(sync::kAcquire);
  std::uint64_t refs = first_rest;
  for (std::uint64_t i = 0; i < heaps; ++i) {
    const HeldWords& held = segment.heaps[i].held[epoch];
    counts[i] = held.refs.load(sync::kAcquire);
    drops[i] = held.dropped.load(sync::kAcquire);
    refs += held_count(counts[i], drops[i]);
  }
  out->refs = static_cast<std::int64_t>(refs) < 0 ? 0 : refs;
  for (std::uint64_t i = 0; i < heaps; ++i) {
    const HeldWords& held = segment.heaps[i].held[epoch];
    if (held.refs.load(sync::kAcquire) != counts[i]) return false;
    if (held.dropped.load(sync::kAcquire) != drops[i]) return false;
  }
  return rest.load(sync::kAcquire) == first_rest && turn_of() == turn &&
         segment.heap_count.load(sync::kAcquire) == heaps &&
         slot.version.load(sync::kAcquire) == out->version &&
         sync::monotonic_ns() - start_ns < kLongestTryNs;
}

}  // namespace

Refcount read_refcount(const Segment* segment, std::uint32_t epoch) {
  // What the caller counted before is seen by whoever changes what is read here: counts are
  // plain stores, and would else come behind these loads.
  sync::full_fence();
  Refcount count;
  for (std::uint32_t i = 0; i < kRefcountTries && !count.exact; ++i)
    count.exact = try_refcount(*segment, epoch, &count);
  return count;
}

ReadContext read_context(std::uint64_t rss_bytes) {
  ReadContext context;
  context.now_monotonic_ns = sync::monotonic_ns();
  context.now_realtime_ns = sync::realtime_ns();
  context.rss_bytes = rss_bytes;
  return context;
}

bool read_identity(const SegmentView& view, SegmentIdentity* out, std::string* error) {
  SegmentHeader header;
  if (!copy_header(view, &header, error)) return false;
  out->pid = get(header.publisher.pid);
  out->created_realtime_ns = get(header.publisher.created_realtime_ns);
  Word active;
  out->active_ns =
      view.read(offsetof(Segment, active_ns), &active, sizeof(active)) ? get(active) : 0;
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
