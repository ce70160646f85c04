#include "harness/modelled/cache_lines.h"

#include <optional>

#include "harness/invariants/inside.h"

namespace temporal_slab::modelled {
namespace {

namespace invariants = harness::invariants;
using explorer::Op;

// How far an address lies into an object; nothing if it does not.
std::optional<std::size_t> offset_in(const void* object, std::size_t bytes, const void* address) {
  const auto offset = static_cast<std::size_t>(static_cast<const char*>(address) -
                                               static_cast<const char*>(object));
  return offset < bytes ? std::optional(offset) : std::nullopt;
}

constexpr std::size_t kTableBytes = memory::kPagesPerRegion * sizeof(memory::PageWord);

std::string number(std::size_t value) { return std::to_string(value); }

std::string in_segment(std::size_t offset) {
  const std::size_t shards = offsetof(stats::Segment, heaps);
  if (offset < shards) return "the segment, byte " + number(offset);
  offset -= shards;
  std::string text = "the shard of heap " + number(offset / sizeof(stats::HeapShard));
  offset %= sizeof(stats::HeapShard);
  const std::size_t cells = offsetof(stats::HeapShard, cells);
  if (offset < cells) return text + ", class " + number(offset / sizeof(stats::HeapClassWords));
  const std::size_t cell = (offset - cells) / sizeof(stats::HeapCellWords);
  return text + ", epoch " + number(cell / stats::kMaxHeapClasses) + " class " +
         number(cell % stats::kMaxHeapClasses);
}

// The structure of the library that an address lies in.
std::string place_of(const void* address, heap::Allocator& allocator) {
  if (const auto at = offset_in(&allocator, sizeof allocator, address))
    return "the allocator, byte " + number(*at);
  if (const auto at = offset_in(&allocator.segment(), sizeof(stats::Segment), address))
    return in_segment(*at);
  heap::SlabStore& store = invariants::store(allocator);
  for (std::uint32_t heap = 0; heap <= store.heaps().count(); ++heap)
    if (const auto at = offset_in(&store.heaps().at(heap), sizeof(heap::Heap), address))
      return "heap " + number(heap) + ", byte " + number(*at);
  if (const auto at =
          offset_in(memory::internal::by_address, sizeof memory::internal::by_address, address))
    return "the directory of regions, by address " + number(*at / sizeof(std::uint16_t));
  if (const auto at = offset_in(memory::page_table(0), memory::kMaxRegions * kTableBytes, address))
    return "the page table, region " + number(*at / kTableBytes) + " page " +
           number(*at % kTableBytes / sizeof(memory::PageWord));
  if (const auto at =
          offset_in(memory::slab_at(0),
                    std::size_t{memory::granule_limit()} * memory::kGranuleBytes, address))
    return "granule " + number(*at / memory::kGranuleBytes) + " of descriptors, byte " +
           number(*at % memory::kGranuleBytes);
  for (const memory::Region* region =
           invariants::regions(invariants::pages(invariants::cache(store)));
       region != nullptr; region = region->next) {
    if (const auto at = offset_in(region, sizeof *region, address))
      return "a region, byte " + number(*at);
    if (const auto at = offset_in(region->memory, region->memory_bytes, address))
      return "objects, page " + number(*at / memory::kPageBytes);
  }
  return "elsewhere";
}

}  // namespace

void CacheLines::begin_run() {
  lines_.clear();
  asked_ = locked_ = 0;
  explorer::running_engine->listen(this);
}

void CacheLines::begin() {
  asked_ |= explorer::Engine::bit(explorer::running_engine->current_thread());
}

void CacheLines::end() {
  asked_ &= ~explorer::Engine::bit(explorer::running_engine->current_thread());
}

void CacheLines::on_step(int thread, Op op, const explorer::ObjectInfo& object,
                         explorer::Where where) {
  if ((asked_ & explorer::Engine::bit(thread)) == 0 || object.address == nullptr) return;
  if (op == Op::kLock || op == Op::kTryLock || op == Op::kFailTryLock) {
    locked_ |= explorer::Engine::bit(thread);
    locked_at_[static_cast<unsigned>(thread)] = where;
  }
  Line& line = lines_[reinterpret_cast<std::uintptr_t>(object.address) / kLineBytes];
  // A compare-and-swap that fails takes the line all the same.
  const bool reads = op == Op::kLoad || op == Op::kRead;
  const bool plain = op == Op::kRead || op == Op::kWrite;
  Touch& touch = (reads ? line.read : line.written)[static_cast<unsigned>(thread)];
  // Operations on atomics, which say the library's own line, make plain accesses too.
  if (touch.address == nullptr || (touch.plain && !plain)) touch = {object.address, where, plain};
}

std::vector<CacheLines::Shared> CacheLines::shared(SlabAllocator* allocator) const {
  heap::Allocator& inner = *reinterpret_cast<heap::Allocator*>(allocator);
  const auto said = [&](int thread, const char* what, const Touch& touch) {
    return std::string(what) + " by T" + std::to_string(thread) + " at " +
           explorer::place(touch.where) + " (" + place_of(touch.address, inner) + ")";
  };
  std::vector<Shared> all;
  for (const auto& [number, line] : lines_)
    for (int writer = 0; writer < explorer::kMaxThreads; ++writer) {
      const Touch& written = line.written[static_cast<unsigned>(writer)];
      for (int other = 0; written.address != nullptr && other < explorer::kMaxThreads; ++other) {
        const auto at = static_cast<unsigned>(other);
        const bool writes_too = line.written[at].address != nullptr;
        const Touch& touched = writes_too ? line.written[at] : line.read[at];
        if (other == writer || touched.address == nullptr) continue;
        all.push_back({writer, place_of(written.address, inner),
                       "  " + said(writer, "written", written) + ", " +
                           said(other, writes_too ? "written" : "read", touched) + "\n"});
      }
    }
  return all;
}

std::string CacheLines::locked(int thread) const {
  if ((locked_ & explorer::Engine::bit(thread)) == 0) return "";
  return explorer::place(locked_at_[static_cast<unsigned>(thread)]);
}

std::size_t CacheLines::written() const {
  std::size_t count = 0;
  for (const auto& [number, line] : lines_)
    for (const Touch& touch : line.written)
      if (touch.address != nullptr) {
        ++count;
        break;
      }
  return count;
}

}  // namespace temporal_slab::modelled
