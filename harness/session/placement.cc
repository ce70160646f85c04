#include "harness/session/placement.h"

#include <algorithm>
#include <bit>
#include <set>

namespace temporal_slab::harness::session {

using model::kLargeClass;
using model::kPageBytes;
using model::kSlotClasses;

bool Placement::Slab::full(std::uint64_t taken) const {
  const std::uint32_t most = class_index == kLargeClass ? 1 : kSlotClasses[class_index].slots;
  return static_cast<std::uint32_t>(std::popcount(taken)) == most;
}

std::string Placement::put(std::uintptr_t address, std::uintptr_t begin,
                           const model::Object& object) {
  const std::uint64_t bytes = object.bytes;
  const bool large = object.class_index == kLargeClass;
  const std::uintptr_t alignment = large ? kPageBytes : bytes & -bytes;  // R-2.1-2
  if (address % alignment != 0) return "is not aligned to " + std::to_string(alignment);
  const std::uint64_t slab_bytes = large ? bytes : kSlotClasses[object.class_index].slab_bytes();
  if (begin % kPageBytes != 0 || address < begin || (address - begin) % bytes != 0 ||
      address + bytes > begin + slab_bytes)
    return "is no slot of its class";
  const auto [found, fresh] = slabs_.try_emplace(
      begin, Slab{object.epoch, object.era, object.class_index, bytes, slab_bytes, 0});
  Slab& slab = found->second;
  if (fresh) {
    const auto next = std::next(found);
    const bool meets_next = next != slabs_.end() && begin + slab_bytes > next->first;
    const bool meets_last =
        found != slabs_.begin() && std::prev(found)->first + std::prev(found)->second.bytes > begin;
    if (meets_next || meets_last) {
      slabs_.erase(found);
      return "lies in two slabs";
    }
    bytes_ += slab_bytes;
  }
  if (slab.class_index != object.class_index) return "lies in a slab of another class";
  if (slab.epoch != object.epoch || slab.era != object.era)
    return "lies in a slab of epoch " + std::to_string(slab.epoch) + ", era " +
           std::to_string(slab.era);
  const std::uint64_t bit = std::uint64_t{1} << ((address - begin) / bytes);
  if ((slab.slots & bit) != 0) return "is where a live object lies";
  slab.slots |= bit;
  return "";
}

void Placement::take(std::uintptr_t address, const model::Object& object) {
  auto slab = slabs_.upper_bound(address);
  if (slab == slabs_.begin()) return;  // it was refused a place, and told
  --slab;
  slab->second.slots &= ~(std::uint64_t{1} << ((address - slab->first) / object.bytes));
  if (slab->second.slots != 0) return;
  bytes_ -= slab->second.bytes;
  slabs_.erase(slab);
}

bool Placement::has_room(std::uint32_t epoch, std::uint64_t era, std::uint32_t class_index) const {
  return std::any_of(slabs_.begin(), slabs_.end(), [&](const auto& entry) {
    const Slab& slab = entry.second;
    return slab.epoch == epoch && slab.era == era && slab.class_index == class_index &&
           !slab.full(slab.slots);
  });
}

void Placement::wait(const std::vector<invariants::Waiting>& waiting,
                     const std::vector<invariants::InUse>& in_use) {
  for (auto& [begin, slab] : slabs_) {
    slab.waiting = 0;
    slab.in_use = false;
  }
  others_.clear();
  const auto at = [&](const auto& of) -> Slab& {
    const auto found = slabs_.find(of.slab_begin);
    if (found != slabs_.end()) return found->second;
    return others_.try_emplace(of.slab_begin, Slab{of.epoch, of.era, of.class_index, 0, 0, 0})
        .first->second;
  };
  for (const invariants::Waiting& of : waiting) at(of).waiting = of.slots;
  for (const invariants::InUse& of : in_use) at(of).in_use = true;
}

bool Placement::has_live(const Slab& like) const {
  return std::any_of(slabs_.begin(), slabs_.end(), [&](const auto& entry) {
    const Slab& slab = entry.second;
    return slab.epoch == like.epoch && slab.era == like.era && slab.class_index == like.class_index;
  });
}

void Placement::count(const Slab& slab, SlabCounts& counts) const {
  if (slab.in_use)
    counts.partial += has_live(slab) ? 1 : 0;
  else
    ++(slab.full(slab.slots | slab.waiting) ? counts.full : counts.partial);
}

template <typename Belongs>
SlabCounts Placement::count_those(Belongs belongs) const {
  SlabCounts counts;
  for (const auto* slabs : {&slabs_, &others_})
    for (const auto& [begin, slab] : *slabs)
      if (belongs(slab)) count(slab, counts);
  return counts;
}

std::size_t Placement::slabs() const {
  return count_those([](const Slab&) { return true; }).all();
}

SlabCounts Placement::standing(std::uint32_t epoch, std::uint64_t era,
                               std::uint32_t class_index) const {
  return count_those([&](const Slab& slab) {
    return slab.epoch == epoch && slab.class_index == class_index && slab.era == era;
  });
}

SlabCounts Placement::carried(std::uint32_t epoch, std::uint64_t era,
                              std::uint32_t class_index) const {
  return count_those([&](const Slab& slab) {
    return slab.epoch == epoch && slab.class_index == class_index && slab.era != era;
  });
}

std::size_t Placement::carried_eras(std::uint32_t epoch, std::uint64_t era) const {
  std::set<std::uint64_t> eras;
  for (const auto& [begin, slab] : slabs_)
    if (slab.epoch == epoch && slab.era != era) eras.insert(slab.era);
  return eras.size();
}

}  // namespace temporal_slab::harness::session
