#include "stress/history_calls.h"

#include <array>
#include <cerrno>
#include <span>

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
};
constexpr std::array kOfTheRing = {
    Share{Make::kAdvance, 8},  Share{Make::kClose, 4},   Share{Make::kTryClose, 3},
    Share{Make::kAcquire, 8},  Share{Make::kRelease, 8}, Share{Make::kCurrent, 6},
    Share{Make::kEra, 6},      Share{Make::kState, 6},   Share{Make::kSetLabel, 6},
    Share{Make::kGetLabel, 6}, Share{Make::kInc, 2},     Share{Make::kDec, 2},
    Share{Make::kGet, 4},
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

// What a call came back with, and what it says by errno.
template <typename Work>
Result observe(const Work& work) {
  errno = 0;
  const auto value = static_cast<std::uint64_t>(work());
  return {errno, value};
}

template <typename Work>
Result observe_nothing(const Work& work) {
  errno = 0;
  work();
  return {errno, 0};
}

}  // namespace

Call draw_call(Random& random, Topic topic) {
  Call call;
  call.make = topic == Topic::kRing ? draw(random, kOfTheRing) : draw(random, kOfReferences);
  if (call.make == Make::kAcquire || call.make == Make::kRelease || call.make == Make::kAdvance ||
      call.make == Make::kCurrent)
    return call;
  // Mostly the first few, so that calls meet.
  const bool anywhere = topic == Topic::kRing || random.one_in(8);
  call.a = static_cast<std::uint32_t>(random.below(anywhere ? SLAB_EPOCH_COUNT : 3));
  if (call.make == Make::kSetLabel) call.b = static_cast<std::uint32_t>(random.below(26));
  return call;
}

Result make_call(SlabAllocator* allocator, SlabEpochRef* own, const Call& call) {
  SlabAllocator* const a = allocator;
  switch (call.make) {
    case Make::kInc:
      return observe_nothing([&] { slab_epoch_inc_refcount(a, call.a); });
    case Make::kDec:
      return observe_nothing([&] { slab_epoch_dec_refcount(a, call.a); });
    case Make::kGet:
      return observe([&] { return slab_epoch_get_refcount(a, call.a); });
    case Make::kAcquire:
      return observe([&] {
        *own = slab_epoch_acquire(a);
        return own->era;
      });
    case Make::kRelease:
      return observe([&] { return slab_epoch_release(a, *own); });
    case Make::kAdvance:
      return observe_nothing([&] { epoch_advance(a); });
    case Make::kClose:
      return observe_nothing([&] { epoch_close(a, call.a); });
    case Make::kTryClose:
      return observe([&] { return slab_epoch_try_close(a, call.a); });
    case Make::kEra:
      return observe([&] { return slab_epoch_era(a, call.a); });
    case Make::kState:
      return observe([&] { return slab_epoch_state(a, call.a); });
    case Make::kCurrent:
      return observe([&] { return epoch_current(a); });
    case Make::kSetLabel: {
      const std::string label = modelled::label_text(call.b);
      return observe_nothing([&] { slab_epoch_set_label(a, call.a, label.c_str()); });
    }
    case Make::kGetLabel: {
      char label[SLAB_LABEL_BYTES];
      const Result result = observe_nothing([&] { slab_epoch_get_label(a, call.a, label); });
      return {result.error, modelled::label_number(label)};
    }
    default:
      return {-1, 0};  // not one of those that are drawn, nor of what the specification says
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
