// Mutual exclusion that excludes too little.
#include "harness/explorer/corpus/bug.h"

namespace temporal_slab::explorer::corpus {
namespace {

// The pointer is published without release, so that another thread sees it before what it points
// to.
void double_checked_locking(bool repaired) {
  struct Thing {
    var<int> value{0};
  };
  atomic<Thing*> instance{nullptr};
  mutex making;
  const auto get = [&] {
    Thing* thing = instance.load(repaired ? kAcquire : kRelaxed);
    if (thing == nullptr) {
      making.lock();
      thing = instance.load(kRelaxed);
      if (thing == nullptr) {
        thing = make<Thing>();
        thing->value.set(42);
        instance.store(thing, repaired ? kRelease : kRelaxed);
      }
      making.unlock();
    }
    check(thing->value.get() == 42, "the instance is complete");
  };
  parallel(get, get);
  destroy(instance.load());
}

// Each says that it wants to enter and looks at the other: store, then load, which only seq_cst
// keeps in this order.
void peterson(bool repaired) {
  const auto order = [&](std::memory_order weak) { return repaired ? kSeqCst : weak; };
  std::array<atomic<bool>, 2> wants;
  atomic<int> turn{0};
  var<int> inside{0};
  const auto enter = [&](unsigned me) {
    wants[me].store(true, order(kRelaxed));
    turn.store(static_cast<int>(1 - me), order(kRelaxed));
    while (wants[1 - me].load(order(kAcquire)) &&
           turn.load(order(kAcquire)) == static_cast<int>(1 - me)) {
      yield();
    }
    inside.set(inside.get() + 1);
    wants[me].store(false, order(kRelease));
  };
  parallel([&] { enter(0); }, [&] { enter(1); });
}

// The next ticket is served before the writes of the one who leaves are visible.
void ticket_lock(bool repaired) {
  atomic<int> next{0};
  atomic<int> serving{0};
  var<int> counter{0};
  const auto add = [&] {
    const int ticket = next.fetch_add(1, kRelaxed);
    while (serving.load(kAcquire) != ticket) yield();
    counter.set(counter.get() + 1);
    serving.store(ticket + 1, repaired ? kRelease : kRelaxed);
  };
  parallel(add, add, add);
  check(counter.get() == 3, "each counted");
}

// Unlocked with a relaxed store.
void spinlock(bool repaired) {
  atomic<bool> held{false};
  var<int> counter{0};
  const auto add = [&] {
    while (held.exchange(true, kAcquire)) yield();
    counter.set(counter.get() + 1);
    held.store(false, repaired ? kRelease : kRelaxed);
  };
  parallel(add, add);
  check(counter.get() == 2, "each counted");
}

}  // namespace

const std::vector<Bug>& locks() {
  static const std::vector<Bug> kBugs = {{"double_checked_locking", double_checked_locking},
                                         {"peterson_relaxed", peterson},
                                         {"ticket_lock_reorder", ticket_lock},
                                         {"spinlock_relaxed_release", spinlock}};
  return kBugs;
}

}  // namespace temporal_slab::explorer::corpus
