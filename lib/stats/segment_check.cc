#include "stats/segment_check.h"

#include <bit>
#include <cstdio>

#include "stats/saturating.h"
#include "stats/segment_path.h"
#include "stats/segment_write.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint64_t kSmallestPage = 4096;
constexpr std::uint64_t kLargestPage = 1 << 20;
constexpr std::uint64_t kLargestSlab = 1 << 30;

bool refuse(const std::string& what, std::uint64_t value, const std::string& allowed,
            std::string* error) {
  *error = "damaged segment: " + what + " is " + std::to_string(value) + ", allowed is " + allowed;
  return false;
}

std::string range(std::uint64_t low, std::uint64_t high) {
  return std::to_string(low) + " to " + std::to_string(high);
}

bool check_range(const std::string& what, std::uint64_t value, std::uint64_t low,
                 std::uint64_t high, std::string* error) {
  return (value >= low && value <= high) || refuse(what, value, range(low, high), error);
}

bool check_class(std::uint32_t index, std::uint64_t class_count, const ClassBlock& block,
                 std::string* error) {
  const std::string of_class = " of class " + std::to_string(index);
  const std::uint64_t slab_bytes = get(block.slab_bytes);
  // The last one may be of larger objects.
  if (index + 1 == class_count && slab_bytes == 0 && get(block.object_size) == 0) return true;
  return check_range("slab_bytes" + of_class, slab_bytes, 1, kLargestSlab, error) &&
         check_range("object_size" + of_class, get(block.object_size), 1, slab_bytes, error);
}

bool check_module(std::uint32_t index, const ModuleRecord& record, std::string* error) {
  const std::string of_module = " of module " + std::to_string(index);
  return check_range("end" + of_module, get(record.end), get(record.begin), kLargest, error) &&
         check_range("build_id_bytes" + of_module, get(record.build_id_bytes), 0, kBuildIdBytes - 1,
                     error);
}

}  // namespace

bool check_magic(std::uint64_t magic, std::string* error) {
  if (magic == kSegmentMagic) return true;
  if (magic == 0) {
    *error = "the segment is not ready: its allocator was not set up to the end";
    return false;
  }
  char text[96];
  std::snprintf(text, sizeof(text), "not a segment: magic is 0x%016llx, allowed is 0x%016llx",
                static_cast<unsigned long long>(magic),
                static_cast<unsigned long long>(kSegmentMagic));
  *error = text;
  return false;
}

bool check_header(const SegmentHeader& header, std::string* error) {
  const std::uint64_t layout = get(header.layout_version);
  if (layout != kLayoutVersion) {
    *error = "segment of layout_version " + std::to_string(layout) + ", this reader knows " +
             std::to_string(kLayoutVersion);
    return false;
  }
  const std::uint64_t bytes = get(header.segment_bytes);
  if (bytes != sizeof(Segment))
    return refuse("segment_bytes", bytes, std::to_string(sizeof(Segment)), error);
  const std::uint64_t page = get(header.page_size);
  if (!std::has_single_bit(page) || page < kSmallestPage || page > kLargestPage)
    return refuse("page_size", page, "a power of two, " + range(kSmallestPage, kLargestPage),
                  error);
  return check_range("class_count", get(header.class_count), 1, kMaxClasses, error) &&
         check_range("epoch_count", get(header.epoch_count), kFewestEpochs, kMaxEpochs, error) &&
         check_range("pid", get(header.publisher.pid), 1, kMaxPid, error);
}

bool check_body(const SegmentCopy& copy, std::string* error) {
  const std::uint64_t class_count = get(copy.header.class_count);
  const std::uint64_t epoch_count = get(copy.header.epoch_count);
  for (std::uint32_t i = 0; i < class_count; ++i)
    if (!check_class(i, class_count, copy.classes[i], error)) return false;
  if (!check_range("current_epoch", get(copy.current_epoch), 0, epoch_count - 1, error))
    return false;
  for (std::uint32_t i = 0; i < epoch_count; ++i)
    if (!check_range("state of epoch " + std::to_string(i), get(copy.epochs[i].record.state), 0,
                     static_cast<std::uint64_t>(EpochState::kClosing), error))
      return false;
  for (std::uint32_t i = 0; i < epoch_count; ++i)
    if (!check_range("places of holders used in epoch " + std::to_string(i), copy.holders[i].used,
                     0, kMaxHolders, error))
      return false;
  if (!check_range("module_count", get(copy.module_count), 0, kMaxModules, error)) return false;
  for (std::uint32_t i = 0; i < get(copy.module_count); ++i)
    if (!check_module(i, copy.modules[i], error)) return false;
  for (std::uint32_t i = 0; i < copy.abandoned_count; ++i)
    if (!check_range("epoch_id of abandoned record " + std::to_string(i),
                     get(copy.abandoned[i].epoch_id), 0, epoch_count - 1, error))
      return false;
  return true;
}

}  // namespace temporal_slab::stats
