#include "stress/history_calls.h"

#include <array>
#include <span>

#include "harness/modelled/ring_calls.h"

namespace temporal_slab::stress {
namespace {

using modelled::Call;
using modelled::Make;
using modelled::Result;

struct Share {
  Make make;
  unsigned weight;
};

constexpr std::array kOfReferences = {
    Share{Make::kInc, 12},    Share{Make::kDec, 12},     Share{Make::kGet, 12},
    Share{Make::kAcquire, 6}, Share{Make::kRelease, 6},  Share{Make::kTryClose, 4},
    Share{Make::kState, 3},   Share{Make::kCurrent, 2},  Share{Make::kEra, 2},
    Share{Make::kAdvance, 1}, Share{Make::kSetLabel, 2}, Share{Make::kGetLabel, 2},
    Share{Make::kOpen, 1},    Share{Make::kDup, 3},      Share{Make::kFinishOf, 3},
};
constexpr std::array kOfTheRing = {
    Share{Make::kAdvance, 8},  Share{Make::kClose, 4},   Share{Make::kTryClose, 3},
    Share{Make::kAcquire, 8},  Share{Make::kRelease, 8}, Share{Make::kCurrent, 6},
    Share{Make::kEra, 6},      Share{Make::kState, 6},   Share{Make::kSetLabel, 6},
    Share{Make::kGetLabel, 6}, Share{Make::kInc, 2},     Share{Make::kDec, 2},
    Share{Make::kGet, 4},      Share{Make::kOpen, 6},    Share{Make::kFinishOf, 5},
};

Make draw(Random& random, std::span<const Share> shares) {
  unsigned total = 0;
  for (const Share& share : shares) total += share.weight;
  std::uint64_t at = random.below(total);
  for (const Share& share : shares) {
    if (at < share.weight) return share.make;
    at -= share.weight;
  }
  return shares.back().make;
}

}  // namespace

Call draw_call(Random& random, Topic topic) {
  Call call;
  call.make = topic == Topic::kRing ? draw(random, kOfTheRing) : draw(random, kOfReferences);
  if (call.make == Make::kAcquire || call.make == Make::kRelease || call.make == Make::kAdvance ||
      call.make == Make::kCurrent || call.make == Make::kDup)
    return call;
  if (call.make == Make::kFinishOf) {
    call.b = static_cast<std::uint32_t>(random.below(3));
    return call;
  }
  if (call.make == Make::kOpen) {
    call.a = static_cast<std::uint32_t>(random.below(26));
    return call;
  }
  // Mostly the first few, so that calls meet.
  const bool anywhere = topic == Topic::kRing || random.one_in(8);
  call.a = static_cast<std::uint32_t>(random.below(anywhere ? SLAB_EPOCH_COUNT : 3));
  if (call.make == Make::kSetLabel) call.b = static_cast<std::uint32_t>(random.below(26));
  return call;
}

Result make_call(SlabAllocator* allocator, SlabEpochRef* own, const Call& call) {
  Result result{-1, 0};  // of a call that is none of those above, nor what any may come back with
  switch (call.make) {
    case Make::kDup:
      return modelled::observe([&] {
        const SlabEpochRef taken = slab_epoch_ref_dup(allocator, *own);
        if (taken.epoch != UINT32_MAX) *own = taken;
        return taken.epoch != UINT32_MAX;
      });
    case Make::kFinishOf:
      return modelled::observe(
          [&] { return slab_epoch_finish(allocator, *own, static_cast<SlabFinish>(call.b)); });
    default:
      modelled::make_ring_call(allocator, own, call, &result);
      return result;
  }
}

const char* name_of(Make make) {
  constexpr std::array kNames = {
#define TEMPORAL_SLAB_NAME(name, arguments) #name,
      TEMPORAL_SLAB_MODELLED_CALLS(TEMPORAL_SLAB_NAME)
#undef TEMPORAL_SLAB_NAME
  };
  return kNames.at(static_cast<std::size_t>(make)) + 1;  // without the k
}

}  // namespace temporal_slab::stress
