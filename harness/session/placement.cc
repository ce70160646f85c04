#include "harness/session/placement.h"

#include <algorithm>
#include <bit>

namespace temporal_slab::harness::session {

using model::kObjectBytes;
using model::kSlabBytes;

bool Placement::Slab::full() const {
  return static_cast<std::size_t>(std::popcount(slots)) == kSlabBytes / kObjectBytes[class_index];
}

std::string Placement::put(std::uintptr_t address, const model::Object& object) {
  const std::uint32_t bytes = kObjectBytes[object.class_index];
  const std::uintptr_t alignment = bytes & -bytes;  // R-2.1-2
  if (address % alignment != 0) return "is not aligned to " + std::to_string(alignment);
  const std::uintptr_t offset = address % kSlabBytes;
  if (offset % bytes != 0 || offset + bytes > kSlabBytes) return "is no slot of its class";
  const auto [found, fresh] = slabs_.try_emplace(
      address / kSlabBytes, Slab{object.epoch, object.era, object.class_index, 0});
  Slab& slab = found->second;
  if (slab.class_index != object.class_index) return "lies in a slab of another class";
  if (slab.epoch != object.epoch || slab.era != object.era)
    return "lies in a slab of epoch " + std::to_string(slab.epoch) + ", era " +
           std::to_string(slab.era);
  const std::uint64_t bit = std::uint64_t{1} << (offset / bytes);
  if ((slab.slots & bit) != 0) return "is where a live object lies";
  slab.slots |= bit;
  return "";
}

void Placement::take(std::uintptr_t address, const model::Object& object) {
  const auto slab = slabs_.find(address / kSlabBytes);
  if (slab == slabs_.end()) return;  // it was refused a place, and told
  slab->second.slots &=
      ~(std::uint64_t{1} << (address % kSlabBytes / kObjectBytes[object.class_index]));
  if (slab->second.slots == 0) slabs_.erase(slab);
}

bool Placement::has_room(std::uint32_t epoch, std::uint64_t era, std::uint32_t class_index) const {
  return std::any_of(slabs_.begin(), slabs_.end(), [&](const auto& entry) {
    const Slab& slab = entry.second;
    return slab.epoch == epoch && slab.era == era && slab.class_index == class_index &&
           !slab.full();
  });
}

SlabCounts Placement::standing(std::uint32_t epoch, std::uint64_t era,
                               std::uint32_t class_index) const {
  SlabCounts counts;
  for (const auto& [page, slab] : slabs_)
    if (slab.epoch == epoch && slab.class_index == class_index && slab.era == era)
      count(slab, counts);
  return counts;
}

SlabCounts Placement::carried(std::uint32_t epoch, std::uint64_t era,
                              std::uint32_t class_index) const {
  SlabCounts counts;
  for (const auto& [page, slab] : slabs_)
    if (slab.epoch == epoch && slab.class_index == class_index && slab.era != era)
      count(slab, counts);
  return counts;
}

}  // namespace temporal_slab::harness::session
