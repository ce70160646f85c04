#include "harness/modelled/ring_calls.h"

#include <string>

namespace temporal_slab::modelled {

bool make_ring_call(SlabAllocator* a, SlabEpochRef* own, const Call& call, Result* out) {
  switch (call.make) {
    case Make::kInc:
      *out = observe_nothing([&] { slab_epoch_inc_refcount(a, call.a); });
      return true;
    case Make::kDec:
      *out = observe_nothing([&] { slab_epoch_dec_refcount(a, call.a); });
      return true;
    case Make::kGet:
      *out = observe([&] { return slab_epoch_get_refcount(a, call.a); });
      return true;
    case Make::kAcquire:
      *out = observe([&] {
        *own = slab_epoch_acquire(a);
        return own->era;
      });
      return true;
    case Make::kOpen:
      *out = observe([&] {
        *own = slab_epoch_open(a, label_text(call.a).c_str());
        return own->era;
      });
      return true;
    case Make::kRelease:
      *out = observe([&] { return slab_epoch_release(a, *own); });
      return true;
    case Make::kAdvance:
      *out = observe_nothing([&] { epoch_advance(a); });
      return true;
    case Make::kClose:
      *out = observe_nothing([&] { epoch_close(a, call.a); });
      return true;
    case Make::kTryClose:
      *out = observe([&] { return slab_epoch_try_close(a, call.a); });
      return true;
    case Make::kEra:
      *out = observe([&] { return slab_epoch_era(a, call.a); });
      return true;
    case Make::kState:
      *out = observe([&] { return slab_epoch_state(a, call.a); });
      return true;
    case Make::kCurrent:
      *out = observe([&] { return epoch_current(a); });
      return true;
    case Make::kSetLabel: {
      const std::string label = label_text(call.b);
      *out = observe_nothing([&] { slab_epoch_set_label(a, call.a, label.c_str()); });
      return true;
    }
    case Make::kGetLabel: {
      char label[SLAB_LABEL_BYTES];
      const Result result = observe_nothing([&] { slab_epoch_get_label(a, call.a, label); });
      *out = {result.error, label_number(label)};
      return true;
    }
    default:
      return false;
  }
}

}  // namespace temporal_slab::modelled
