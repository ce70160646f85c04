// The calls, made on the modelled library.
#include <cerrno>
#include <memory>
#include <utility>

#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"
#include "harness/modelled/library.h"
#include "harness/modelled/places.h"
#include "harness/modelled/ring_calls.h"
#include "harness/modelled/system_calls.h"
#include "stats/segment_write.h"

namespace temporal_slab::modelled {

namespace invariants = harness::invariants;

namespace {

// Steps inside are not shown in reports.
class Untold {
 public:
  Untold() { explorer::running_engine->tell(false); }
  ~Untold() { explorer::running_engine->tell(true); }
  Untold(const Untold&) = delete;
  Untold& operator=(const Untold&) = delete;
};

heap::Allocator& inside(SlabAllocator* allocator) {
  return *reinterpret_cast<heap::Allocator*>(allocator);
}

}  // namespace

Subject::Subject(std::size_t retain_bytes, std::size_t max_bytes, const model::Ring& ring) {
  const Untold untold;
  unmap_what_is_left();
  explorer::line_of_code = line_of_code;
  SlabOptions options;
  slab_options_init(&options);
  options.epoch_count = ring.epochs;
  options.takeover_after_sec = ring.takes_over ? 0 : 1'000'000;
  options.retain_bytes = retain_bytes;
  options.max_bytes = max_bytes;
  allocator_ = slab_allocator_create_with(&options);
  explorer::check(allocator_ != nullptr, "there is an allocator");
  looking_ = std::make_unique<explorer::invariant<Look>>(Look{this});
}

Subject::~Subject() {
  const Untold untold;
  looking_.reset();
  const stats::Segment& segment = inside(allocator_).segment();
  for (std::uint32_t epoch = 0; epoch < inside(allocator_).epoch_count(); ++epoch) {
    const stats::EpochSlot& slot = segment.epochs[epoch];
    const std::uint64_t version = stats::get(slot.version);
    if (stats::get(slot.record[version & 1].state) == 0) continue;
    for (std::uint32_t i = 0; i < stats::kMaxHeapClasses; ++i)
      explorer::check(stats::sum_shards(segment, epoch, i).in_use_slabs == 0,
                      "a CLOSING epoch keeps no empty slab (R-2.2-6, R-2.2-7)");
  }
  explorer::running_engine->peek([this] { look_at_everything(); });
  slab_allocator_free(allocator_);
}

void Subject::look() {
  const stats::Segment& segment = inside(allocator_).segment();
  const std::uint64_t current = stats::get(segment.current_epoch);
  explorer::check(current < inside(allocator_).epoch_count(), "an epoch is current (R-2.2-4)");
  const stats::EpochSlot& slot = segment.epochs[current];
  const stats::IncarnationRecord& record = slot.record[stats::get(slot.version) & 1];
  explorer::check(stats::get(record.state) == 0, "the current epoch is ACTIVE (R-2.2-4)");
  const std::uint64_t era = stats::get(record.era);
  explorer::check(era == era_ || era == era_ + 1, "eras follow each other without gaps (R-2.2-4)");
  era_ = era;
  look_at_the_reserve();
  // A thread that ends is in no call, but holds the mutex while it gives its heap up.
  if (inside_ == 0 && met_ && invariants::mutex(inside(allocator_)).free()) {
    met_ = false;
    look_at_everything();
  }
}

// The cache by itself, after each step of the mutex's holder too.
void Subject::look_at_the_reserve() {
  heap::SlabCache& cache = invariants::cache(invariants::store(inside(allocator_)));
  if (!invariants::mutex(inside(allocator_)).free()) return;
  explorer::check(invariants::retained_pages(cache) <= invariants::retain_pages(cache),
                  "what is kept empty is within retain_bytes (R-2.2-6, R-2.2-7)");
}

// R-3-4 and what it rests on; who holds the references.
void Subject::look_at_everything() {
  const auto offences = invariants::walk(allocator_);
  if (!offences.empty()) {
    explorer::running_engine->say("the walk at rest: " + offences.front());
    explorer::running_engine->fail(explorer::Verdict::kBrokenInvariant);
  }
  auto& segment = const_cast<stats::Segment&>(inside(allocator_).segment());
  for (std::uint32_t epoch = 0; epoch < inside(allocator_).epoch_count(); ++epoch) {
    const stats::HolderTable& holders = stats::standing_holders(segment, epoch);
    const std::uint64_t used = stats::get(holders.used);
    std::uint64_t held = 0;
    for (std::uint64_t i = 0; i < used; ++i) {
      const std::uint64_t refs = stats::refs_of(segment, epoch, holders.places[i]);
      explorer::check(refs < 1000, "nobody holds less than none (R-2.3-3)");
      held += refs;
    }
    explorer::check(held == stats::get(stats::standing_record(segment, epoch).refcount) +
                                stats::held_by_heaps(segment, epoch),
                    "the refcount is what its holders hold (R-2.3-1, R-2.3-3)");
  }
}

Result Subject::free(Own* own, std::size_t index) {
  if (const SlabHandle handle = own->handles[index]; handle != 0)
    return observe([&] { return free_obj(allocator_, handle); });
  void* const pointer = std::exchange(own->pointers[index], nullptr);
  return observe([&] {
    slab_free(allocator_, pointer);
    return 0;
  });
}

Result Subject::apply(const Call& call) {
  if (++inside_ > 1) met_ = true;
  const Result result = make(call);
  --inside_;
  return result;
}

// By a reference of any thread's.
bool Subject::make_reference_call(const Call& call, Result* out) {
  SlabAllocator* const a = allocator_;
  Own& own = own_.at(call.thread);
  const auto whose = [&] { return own_.at(call.a).reference; };
  switch (call.make) {
    case Make::kReleaseOf:
      *out = observe([&] { return slab_epoch_release(a, whose()); });
      return true;
    case Make::kDup:
      *out = observe([&] {
        const SlabEpochRef taken = slab_epoch_ref_dup(a, whose());
        if (taken.epoch != UINT32_MAX) own.reference = taken;
        return taken.epoch != UINT32_MAX;
      });
      return true;
    case Make::kFinishOf:
      *out =
          observe([&] { return slab_epoch_finish(a, whose(), static_cast<SlabFinish>(call.b)); });
      return true;
    case Make::kAllocRef:
      *out = observe_nothing([&] {
        const std::size_t index = call.b % kObjects;
        own.handles[index] = 0;
        own.pointers[index] = nullptr;
        alloc_obj_ref(a, kObjectBytes, whose(), &own.handles[index]);
      });
      return true;
    case Make::kSetLabelRef:
      *out =
          observe([&] { return slab_epoch_set_label_ref(a, whose(), label_text(call.b).c_str()); });
      return true;
    case Make::kCloseRef:
      *out = observe([&] { return slab_epoch_close_ref(a, whose()); });
      return true;
    case Make::kDiscardRef:
      *out = observe([&] { return slab_epoch_discard_ref(a, whose()); });
      return true;
    case Make::kStateRef:
      *out = observe([&] { return slab_epoch_state_ref(a, whose()); });
      return true;
    default:
      return false;
  }
}

Result Subject::make(const Call& call) {
  SlabAllocator* const a = allocator_;
  Own& own = own_.at(call.thread);
  const auto keep = [&](std::uint32_t bytes) {
    const std::size_t index = call.b % kObjects;
    own.handles[index] = 0;
    own.pointers[index] = nullptr;
    return observe_nothing([&] { alloc_obj_epoch(a, bytes, call.a, &own.handles[index]); });
  };
  if (Result result; make_ring_call(a, &own.reference, call, &result)) return result;
  if (Result result; make_reference_call(call, &result)) return result;
  switch (call.make) {
    case Make::kDiscard:
      return observe([&] { return slab_epoch_discard(a, call.a); });
    case Make::kAlloc:
      return keep(kObjectBytes);
    case Make::kAllocBig:
      return keep(kBigBytes);
    case Make::kMalloc:
      return observe_nothing([&] {
        own.handles[call.a % kObjects] = 0;
        own.pointers[call.a % kObjects] = slab_malloc(a, kObjectBytes);
      });
    case Make::kFree:
      return free(&own, call.a % kObjects);
    case Make::kFreeShared: {
      const SlabHandle handle = own_.front().handles[call.a % kObjects];
      return handle == 0 ? Result{} : observe([&] { return free_obj(a, handle); });
    }
    case Make::kFreeAnyhow:
      free_obj(a, own_.at(call.a).handles[call.b % kObjects]);
      return {};
    case Make::kWrap:
      return observe_nothing([&] { own.domain = epoch_domain_wrap(a, call.a, call.b != 0); });
    case Make::kEnter:
      return own.domain == nullptr ? Result{}
                                   : observe([&] { return epoch_domain_enter(own.domain); });
    case Make::kExit:
      return own.domain == nullptr ? Result{}
                                   : observe([&] { return epoch_domain_exit(own.domain); });
    case Make::kMeet:
      arrived_.fetch_add(1, std::memory_order_acq_rel);
      while (arrived_.load(std::memory_order_acquire) < call.a) explorer::yield();
      return {};
    default:
      break;
  }
  return {};
}

}  // namespace temporal_slab::modelled
