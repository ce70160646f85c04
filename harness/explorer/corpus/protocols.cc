// Protocols with a step missing.
#include "harness/explorer/corpus/bug.h"

namespace temporal_slab::explorer::corpus {
namespace {

// The data may be read after the second look at the sequence, or be seen before the first.
void seqlock(bool repaired) {
  atomic<int> sequence{0};
  atomic<int> left{0};
  atomic<int> right{0};
  parallel(
      [&] {
        sequence.store(1, kRelaxed);
        if (repaired) explorer::atomic_thread_fence(kRelease);
        left.store(1, kRelaxed);
        right.store(1, kRelaxed);
        sequence.store(2, kRelease);
      },
      [&] {
        const int before = sequence.load(kAcquire);
        const int l = left.load(kRelaxed);
        const int r = right.load(kRelaxed);
        if (repaired) explorer::atomic_thread_fence(kAcquire);
        const int after = sequence.load(kRelaxed);
        if (before == after && before % 2 == 0) check(l == r, "both halves are of one write");
      });
}

// The consumer looks, finds nothing, and goes to sleep although an item came in between.
void lost_wakeup(bool repaired) {
  atomic<int> items{0};
  atomic<int> asleep{0};
  const auto produce = [&] {
    items.fetch_add(1);
    if (asleep.exchange(0) == 1) asleep.notify_one();
  };
  parallel(produce, produce, [&] {
    for (int taken = 0; taken < 2; ++taken) {
      while (items.load() == taken) {
        asleep.store(1);
        if (repaired && items.load() != taken) break;
        asleep.wait(1);
      }
    }
  });
}

// After the decrement the count belongs to others: two threads see the zero.
void refcount(bool repaired) {
  struct Object {
    atomic<int> count{2};
    var<int> value{0};
  };
  Object* const object = make<Object>();
  const auto drop = [&] {
    object->value.get();
    bool last = false;
    if (repaired) {
      last = object->count.fetch_sub(1, kAcqRel) == 1;
    } else {
      object->count.fetch_sub(1, kAcqRel);
      last = object->count.load(kAcquire) == 0;
    }
    if (last) destroy(object);
  };
  parallel(drop, drop);
}

// The grace period is not waited for: a reader that has just begun is overlooked, because its mark
// is still in its store buffer.
void rcu(bool repaired) {
  struct Version {
    var<int> value{1};
  };
  Version* const old = make<Version>();
  Version* const fresh = make<Version>();
  atomic<Version*> current{old};
  atomic<bool> reading{false};
  parallel(
      [&] {
        reading.store(true, kRelaxed);
        light_barrier();
        current.load(kAcquire)->value.get();
        reading.store(false, kRelease);
      },
      [&] {
        current.store(fresh, kRelease);
        if (repaired) membarrier();
        while (reading.load(kAcquire)) yield();
        destroy(old);
      });
  destroy(fresh);
}

}  // namespace

const std::vector<Bug>& protocols() {
  static const std::vector<Bug> kBugs = {{"seqlock_without_fence", seqlock},
                                         {"mpsc_lost_wakeup", lost_wakeup},
                                         {"refcount_dec_then_check", refcount},
                                         {"rcu_free_too_early", rcu}};
  return kBugs;
}

}  // namespace temporal_slab::explorer::corpus
