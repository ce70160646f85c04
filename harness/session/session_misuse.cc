// What callers do wrong with handles and pointers (R-2-2, R-2.1-4, R-2.1-5).
#include "harness/session/say.h"
#include "memory/handle.h"

namespace temporal_slab::harness::session {

using model::Answer;

namespace {

// Above all generations that a few thousand calls can use up.
constexpr std::uint64_t kFarGeneration = std::uint64_t{1}
                                         << (memory::kGranuleBits + memory::kSlotBits + 20);

}  // namespace

// A pointer that belongs to whoever lives there now, be it one that died before.
void Session::free_pointer(void* pointer, bool was_ours) {
  const auto tenant = live_at_.find(pointer);
  if (tenant != live_at_.end()) check_contents(tenant->second);
  const Seen seen = observe([&] {
    slab_free(allocator_, pointer);
    return std::uint64_t{0};
  });
  const Answer answer = tenant != live_at_.end() ? model_.free(tenant->second)
                                                 : model_.free_dead_pointer(was_ours, seen.error);
  expect(answer, {seen.error, answer.value()});
  forget_dead();
}

void Session::usable_size(void* pointer, bool was_ours) {
  const auto tenant = live_at_.find(pointer);
  expect(tenant != live_at_.end() ? model_.usable_size(tenant->second)
                                  : model::Model::usable_size_dead(was_ours),
         observe([&] { return slab_usable_size(allocator_, pointer); }));
}

bool Session::run_misuse_call(const Call& call) {
  const auto pick = [&](const auto& from) { return from[call.a % from.size()]; };
  const auto forged = [&](SlabHandle handle) {
    say("free_obj(a, ", handle, "u);  /* no object's */");
    expect(model_.free_forged(), observe([&] { return free_obj(allocator_, handle); }));
    return true;
  };
  switch (call.operation) {
    case Operation::kReallocDead: {
      if (dead_.empty()) return true;
      const ObjectId id = pick(dead_);
      void* const pointer = places_[id].pointer;
      say("slab_realloc(a, p", id, ", ", call.b, ");  /* freed before */");
      if (const auto tenant = live_at_.find(pointer); tenant != live_at_.end()) {
        reallocate(tenant->second, call.b);
        return true;
      }
      const Seen seen =
          observe([&] { return slab_realloc(allocator_, pointer, call.b) != nullptr ? 1u : 0u; });
      expect(model_.realloc_dead(true, call.b, seen.error), seen);
      return true;
    }
    case Operation::kFreeObjStale: {
      const std::vector<ObjectId> named = with_handle(dead_);
      if (named.empty()) return true;
      const ObjectId id = pick(named);
      say("free_obj(a, h", id, ");  /* freed before */");
      expect(model_.free(id), observe([&] { return free_obj(allocator_, places_[id].handle); }));
      return true;
    }
    case Operation::kFreeDead:
      if (dead_.empty()) return true;
      say("slab_free(a, p", pick(dead_), ");  /* freed before */");
      free_pointer(places_[pick(dead_)].pointer, true);
      return true;
    case Operation::kUsableSizeDead:
      if (dead_.empty()) return true;
      say("slab_usable_size(a, p", pick(dead_), ");  /* freed before */");
      usable_size(places_[pick(dead_)].pointer, true);
      return true;
    case Operation::kFreeObjForeign:
      return forged(pick(foreign_handles_));
    case Operation::kFreeObjForged: {
      const std::uint64_t bits = std::uint64_t{call.a} << 32 | call.b;
      return forged(call.a % 16 == 0 ? 0 : bits | std::uint64_t{1} << 63);
    }
    case Operation::kFreeObjNextGeneration: {
      const std::vector<ObjectId> named = with_handle(call.a % 2 == 0 ? live_ : dead_);
      if (named.empty()) return true;
      return forged(places_[pick(named)].handle + kFarGeneration * (1 + call.b % 64));
    }
    case Operation::kFreeForeign:
      say("slab_free(a, /* no object's */ ", pick(foreign_pointers_), ");");
      free_pointer(pick(foreign_pointers_), false);
      return true;
    case Operation::kFreeInside:
    case Operation::kUsableSizeInside: {
      if (live_.empty()) return true;
      const ObjectId id = pick(live_);
      const std::uint64_t bytes = model_.objects()[id].bytes;
      const std::uint64_t offset = 1 + call.b % (bytes - 1);
      void* const inside = static_cast<char*>(places_[id].pointer) + offset;
      const bool frees = call.operation == Operation::kFreeInside;
      say(frees ? "slab_free(a, (char*)p" : "slab_usable_size(a, (char*)p", id, " + ", offset,
          ");");
      frees ? free_pointer(inside, false) : usable_size(inside, false);
      return true;
    }
    case Operation::kFreeNull:
      say("slab_free(a, NULL);");
      expect(Answer::ok(), observe([&] {
               slab_free(allocator_, nullptr);
               return std::uint64_t{0};
             }));
      return true;
    default:
      return false;
  }
}

// R-2-1: no function does anything with no allocator, and each says so.
void Session::run_null_call(std::uint32_t which) {
  const std::function<std::uint64_t()> calls[] = {
      [] { return alloc_obj_epoch(nullptr, 64, 0, nullptr) != nullptr ? 1u : 0u; },
      [] { return free_obj(nullptr, 1) ? 1u : 0u; },
      [] { return slab_malloc_epoch(nullptr, 64, 0) != nullptr ? 1u : 0u; },
      [] { return slab_malloc(nullptr, 64) != nullptr ? 1u : 0u; },
      [] { return slab_realloc(nullptr, nullptr, 64) != nullptr ? 1u : 0u; },
      [this] { return slab_realloc(nullptr, this, 64) != nullptr ? 1u : 0u; },
      [this] { return slab_free(nullptr, this), 0u; },
      [this] { return slab_usable_size(nullptr, this); },
      [] { return epoch_current(nullptr); },
      [] { return epoch_advance(nullptr), 0u; },
      [] { return epoch_close(nullptr, 0), 0u; },
      [] { return slab_epoch_try_close(nullptr, 0) ? 1u : 0u; },
      [] { return slab_epoch_discard(nullptr, 0); },
      [] { return slab_epoch_era(nullptr, 0); },
      [] { return slab_epoch_state(nullptr, 0) == EPOCH_CLOSING ? 0u : 1u; },
      [] { return slab_epoch_set_label(nullptr, 0, "x"), 0u; },
      [] { return slab_epoch_inc_refcount(nullptr, 0), 0u; },
      [] { return slab_epoch_dec_refcount(nullptr, 0), 0u; },
      [] { return slab_epoch_get_refcount(nullptr, 0); },
      [] { return slab_epoch_acquire(nullptr).era; },
      [] {
        return slab_epoch_release(nullptr, {0, 0, 0}) ? 1u : 0u;
      },
      [] { return epoch_domain_create(nullptr) != nullptr ? 1u : 0u; },
      [] { return epoch_domain_wrap(nullptr, 0, true) != nullptr ? 1u : 0u; },
      [] { return epoch_domain_enter(nullptr) ? 1u : 0u; },
      [] { return epoch_domain_exit(nullptr) ? 1u : 0u; },
      [] { return epoch_domain_destroy(nullptr) ? 1u : 0u; },
      [] { return epoch_domain_force_close(nullptr) ? 1u : 0u; },
      [] { return slab_stats_write_json(nullptr, 1) ? 1u : 0u; },
  };
  const std::size_t index = which % std::size(calls);
  say("/* function ", index, " of run_null_call with NULL */");
  expect(Answer::refuse(22 /* EINVAL */), observe(calls[index]));
}

}  // namespace temporal_slab::harness::session
