#include "harness/faults/victim.h"

#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

#include "stats/segment_test_support.h"

namespace temporal_slab::faults {
namespace {

constexpr std::uint64_t kMostReferences = 5;
constexpr std::uint64_t kMostObjects = 40;

// As long as a label can be, so that halves of two differ.
std::string label_of(std::uint64_t era) {
  std::string label = std::to_string(era) + ' ';
  label.resize(31, static_cast<char>('a' + era % 26));
  return label;
}

std::uint64_t references_of(std::uint64_t era) { return era % kMostReferences; }
std::uint64_t objects_of(std::uint64_t era) { return era * 7 % kMostObjects; }

}  // namespace

void work_for_ever() {
  SlabOptions options;
  slab_options_init(&options);
  options.takeover_after_sec = 0;
  options.name = "victim";
  options.publish = true;
  options.retain_bytes = 8 * 4096;
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  if (allocator == nullptr || !slab_allocator_published(allocator)) _exit(1);
  std::array<SlabHandle, kMostObjects> handles;
  for (;;) {
    epoch_advance(allocator);
    const EpochId epoch = epoch_current(allocator);
    const std::uint64_t era = slab_epoch_era(allocator, epoch);
    slab_epoch_set_label(allocator, epoch, label_of(era).c_str());
    for (std::uint64_t i = 0; i < references_of(era); ++i)
      slab_epoch_inc_refcount(allocator, epoch);
    for (std::uint64_t i = 0; i < objects_of(era); ++i)
      alloc_obj_epoch(allocator, static_cast<std::uint32_t>(1 + era * 31 % 768), epoch,
                      &handles[i]);
    for (std::uint64_t i = 0; i < objects_of(era); ++i) free_obj(allocator, handles[i]);
    for (std::uint64_t i = 0; i < references_of(era); ++i)
      slab_epoch_dec_refcount(allocator, epoch);
  }
}

std::string impossible_in(const stats::Snapshot& snapshot, Victim victim) {
  if (const std::string offence = stats::offence_of(snapshot); !offence.empty()) return offence;
  std::set<std::uint64_t> eras;
  std::uint64_t newest = 0;
  for (const stats::EpochRow& row : snapshot.epochs) {
    const std::uint64_t era = row.epoch_era;
    const std::string which =
        "epoch " + std::to_string(row.epoch_id) + " of era " + std::to_string(era) + ": ";
    newest = std::max(newest, era);
    if (era == 0) {
      if (row.refcount != 0 || !row.label.empty()) return which + "figures before the first turn";
      continue;
    }
    // Nothing is held when the ring turns, so it steps over nothing.
    if (era % SLAB_EPOCH_COUNT != row.epoch_id) return which + "the wrong place";
    if (!eras.insert(era).second) return which + "twice";
    if (!row.label.empty() && row.label != label_of(era)) return which + "label " + row.label;
    if (row.refcount > references_of(era))
      return which + std::to_string(row.refcount) + " references";
    if (row.live_objects > objects_of(era))
      return which + std::to_string(row.live_objects) + " objects";
    if (row.state == stats::EpochState::kClosing && row.refcount != 0)
      return which + "references in an incarnation that was left without";
    if (row.state == stats::EpochState::kClosing && row.label.empty())
      return which + "no label in an incarnation that was left with one";
  }
  if (!snapshot.abandoned.empty()) return "abandoned references";
  if (victim == Victim::kDead) {
    if (snapshot.epochs[snapshot.current_epoch].state != stats::EpochState::kActive)
      return "the current epoch is CLOSING";
    // It may have been killed between opening an incarnation and naming it the current one.
    const std::uint64_t current_era = snapshot.epochs[snapshot.current_epoch].epoch_era;
    if (newest - current_era > 1) return "the current epoch is not the newest";
    for (const std::uint64_t era : eras)
      if (newest - era >= SLAB_EPOCH_COUNT) return "a gap in the eras";
  }
  if (snapshot.refcount_underflows + snapshot.stale_frees + snapshot.invalid_frees != 0)
    return "misuse that never was";
  return "";
}

}  // namespace temporal_slab::faults
