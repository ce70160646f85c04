// Bugs of published code that others found and repaired, written anew from their descriptions. Each
// says whose code it was, who told of it and where.
#include "harness/explorer/corpus/bug.h"

namespace temporal_slab::explorer::corpus {
namespace {

// liburing, io_uring_submit with SQPOLL. A. Khaikin, "Improper memory ordering when reading wakeup
// flag with SQPOLL", github.com/axboe/liburing/issues/541, 2022.
// The tail is stored and the flag then loaded with nothing between them that keeps this order; the
// other side says that it sleeps and looks at the tail. Each may miss what the other has written.
void liburing_need_wakeup(bool repaired) {
  atomic<unsigned> tail{0};
  atomic<bool> need_wakeup{false};
  atomic<int> woken{0};
  parallel(
      [&] {
        tail.store(1, kRelease);
        if (repaired) explorer::atomic_thread_fence(kSeqCst);
        if (need_wakeup.load(kRelaxed)) {
          woken.store(1);
          woken.notify_one();
        }
      },
      [&] {
        if (tail.load(kAcquire) != 0) return;
        need_wakeup.store(true, kRelaxed);
        explorer::atomic_thread_fence(kSeqCst);
        if (tail.load(kAcquire) == 0) woken.wait(0);
      });
}

// DPDK, rte_mcslock_lock. Commit 021b698eb56e "mcslock: fix hang in weak memory model", 2020.
// A waiter that is announced before its own "locked" is written can be let in first: its late write
// then covers the one that let it in, and it spins for ever.
void dpdk_mcslock(bool repaired) {
  struct Node {
    atomic<Node*> next{nullptr};
    atomic<int> locked{0};
  };
  std::array<Node, 2> nodes;
  atomic<Node*> last{nullptr};
  var<int> inside{0};
  const auto add = [&](Node* me) {
    me->locked.store(1, kRelaxed);
    me->next.store(nullptr, kRelaxed);
    if (Node* const before = last.exchange(me, kAcqRel); before != nullptr) {
      before->next.store(me, repaired ? kRelease : kRelaxed);
      while (me->locked.load(kAcquire) != 0) yield();
    }
    inside.set(inside.get() + 1);
    if (me->next.load(kAcquire) == nullptr) {
      Node* expected = me;
      if (last.compare_exchange_strong(expected, nullptr, kRelease, kRelaxed)) return;
      while (me->next.load(kAcquire) == nullptr) yield();
    }
    me->next.load(kAcquire)->locked.store(0, kRelease);
  };
  parallel([&] { add(&nodes[0]); }, [&] { add(&nodes[1]); });
}

// FreeBSD, buf_ring_enqueue. A. Saidi, reviews.freebsd.org/D46155, commit fe2445f47d02 "buf_ring:
// Ensure correct ordering of loads", 2024.
// The consumers' tail may be older than the producers' head beside it, so that a full ring looks as
// if it had room; the producers' head then meets the tail, and the full ring looks empty.
void freebsd_buf_ring(bool repaired) {
  constexpr unsigned kMask = 3;  // three elements at most
  std::array<var<int>, kMask + 1> slots;
  for (unsigned i = 0; i < kMask; ++i) slots[i].set(1);
  atomic<unsigned> producer_head{3};
  atomic<unsigned> producer_tail{3};
  atomic<unsigned> consumer_tail{0};
  const auto enqueue = [&] {
    for (;;) {
      unsigned head = producer_head.load(repaired ? kAcquire : kRelaxed);
      const unsigned next = (head + 1) & kMask;
      if (next == consumer_tail.load(kAcquire)) return;  // full
      if (!producer_head.compare_exchange_strong(head, next, kAcqRel, kRelaxed)) continue;
      check(next != consumer_tail.load(kAcquire), "a full ring takes nothing");
      slots[head].set(1);
      while (producer_tail.load(kAcquire) != head) yield();
      producer_tail.store(next, kRelease);
      return;
    }
  };
  const auto dequeue = [&] {  // the only consumer
    const unsigned tail = consumer_tail.load(kRelaxed);
    if (tail == producer_tail.load(kAcquire)) return;
    slots[tail].set(0);
    consumer_tail.store((tail + 1) & kMask, kRelease);
  };
  parallel(enqueue, [&] {
    dequeue();
    enqueue();
  });
}

// JACK, jack_ringbuffer_t. github.com/jackaudio/jack2/issues/388 and 715: on ARM the reader finds
// the write pointer moved before what was written.
void jack_ringbuffer(bool repaired) {
  std::array<var<int>, 2> bytes;
  atomic<unsigned> write{0};
  atomic<unsigned> read{0};
  const auto loads = repaired ? kAcquire : kRelaxed;
  const auto stores = repaired ? kRelease : kRelaxed;
  parallel(
      [&] {
        for (unsigned i = 0; i < 3; ++i) {
          const unsigned at = write.load(kRelaxed);
          if (at - read.load(loads) == bytes.size()) return;
          bytes[at % 2].set(static_cast<int>(i) + 1);
          write.store(at + 1, stores);
        }
      },
      [&] {
        for (int i = 0; i < 3; ++i) {
          const unsigned at = read.load(kRelaxed);
          if (at == write.load(loads)) return;
          check(bytes[at % 2].get() == i + 1, "bytes come as they were written");
          read.store(at + 1, stores);
        }
      });
}

// The C11 deque of N. M. Le, A. Pop, A. Cohen, F. Zappa Nardelli, "Correct and Efficient
// Work-Stealing for Weak Memory Models", PPoPP 2013. B. Norris, B. Demsky, "CDSchecker", OOPSLA
// 2013, section 6: a thief may see the array that a resize has made, but not what was copied into
// it.
void chase_lev_resize(bool repaired) {
  struct Items {
    explicit Items(unsigned slots) : size(slots) {}
    const unsigned size;
    std::array<atomic<int>, 2> at{};
  };
  Items* const small = make<Items>(1U);
  Items* const large = make<Items>(2U);
  atomic<Items*> items{small};
  atomic<unsigned> top{0};
  atomic<unsigned> bottom{0};
  const auto push = [&](int item) {
    const unsigned end = bottom.load(kRelaxed);
    const unsigned begin = top.load(kAcquire);
    Items* mine = items.load(kRelaxed);
    if (end - begin >= mine->size) {
      for (unsigned i = begin; i != end; ++i) {
        large->at[i % large->size].store(mine->at[i % mine->size].load(kRelaxed), kRelaxed);
      }
      items.store(large, repaired ? kRelease : kRelaxed);
      mine = large;
    }
    mine->at[end % mine->size].store(item, kRelaxed);
    explorer::atomic_thread_fence(kRelease);
    bottom.store(end + 1, kRelaxed);
  };
  const auto steal = [&] {
    unsigned begin = top.load(kAcquire);
    explorer::atomic_thread_fence(kSeqCst);
    if (begin >= bottom.load(kAcquire)) return;
    Items* const seen = items.load(repaired ? kAcquire : kRelaxed);
    const int item = seen->at[begin % seen->size].load(kRelaxed);
    if (top.compare_exchange_strong(begin, begin + 1, kSeqCst, kRelaxed)) {
      check(item != 0, "what is stolen was pushed");
    }
  };
  parallel(
      [&] {
        push(7);
        push(8);
      },
      steal);
  destroy(small);
  destroy(large);
}

// Reference counts of J. D. Valois, "Lock-Free Data Structures", 1995. M. M. Michael, M. L. Scott,
// "Correction of a Memory Management Method for Lock-Free Data Structures", TR 599, Rochester 1995.
// Who brings a count to zero claims the node in a second step. Until then another may count it up
// and down through a pointer that is out of date, claim it and hand it out anew; the late claim
// then takes a node that is in use. Repaired: count and claim are one word.
void valois_reference_count(bool repaired) {
  atomic<bool> linked{true};  // the structure's pointer to the only node
  atomic<bool> is_free{false};
  atomic<unsigned> count{repaired ? 2U : 1U};  // repaired: twice the count, and the claim
  atomic<bool> claimed{false};
  bool in_use = true;
  const auto reclaim = [&] {
    check(!in_use, "a node that is in use is not reclaimed");
    is_free.store(true);
  };
  const auto drop = [&](bool last_user) {
    if (last_user) in_use = false;
    if (repaired) {
      unsigned seen = count.load();
      while (!count.compare_exchange_strong(seen, seen == 2 ? 1 : seen - 2)) {
      }
      if (seen == 2) reclaim();
    } else if (count.fetch_sub(1) == 1 && !claimed.exchange(true)) {
      reclaim();
    }
  };
  parallel(
      [&] {
        if (linked.exchange(false)) drop(true);
      },
      [&] {
        if (!linked.load()) return;
        count.fetch_add(repaired ? 2 : 1);
        if (linked.load()) return drop(false);
        drop(false);
        if (!is_free.exchange(false)) return;
        if (repaired) {
          count.fetch_add(1);  // one reference, no claim
        } else {
          claimed.store(false);
          count.fetch_add(1);
        }
        in_use = true;
      });
}

// Linux, n_tty_read. P. Hurley, "tty: Fix missed wakeup from packet mode status update", 2014.
// The reader looks for a status and then says that it sleeps: the one who comes between the two
// wakes nobody. Repaired: the task's state is set before the look.
void linux_tty_missed_wakeup(bool repaired) {
  constexpr int kRunning = 0;
  constexpr int kSleeping = 1;
  atomic<int> status{0};
  atomic<int> task{kRunning};
  parallel(
      [&] {
        if (repaired) task.store(kSleeping);
        if (status.load() != 0) return;
        if (!repaired) task.store(kSleeping);
        task.wait(kSleeping);
      },
      [&] {
        status.store(1);
        task.store(kRunning);
        task.notify_one();
      });
}

// glibc, pthread_mutex_unlock. Sourceware bug 13690 "pthread_mutex_unlock potentially cause invalid
// access", 2012. The kind of the mutex is read after it was let go; the next holder may have been
// the last user of the object around it, and have freed both.
void glibc_mutex_unlock(bool repaired) {
  struct Object {
    atomic<int> word{0};  // 0 free, 1 taken, 2 taken and waited for
    var<int> kind{3};
    var<int> references{2};
  };
  Object* const object = make<Object>();
  const auto leave = [object, repaired] {
    int expected = 0;
    if (!object->word.compare_exchange_strong(expected, 1, kAcquire, kRelaxed)) {
      while (object->word.exchange(2, kAcquire) != 0) yield();
    }
    object->references.set(object->references.get() - 1);
    const bool last = object->references.get() == 0;
    if (repaired) object->kind.get();
    if (object->word.exchange(0, kRelease) == 2 && !repaired) object->kind.get();
    if (last) destroy(object);
  };
  parallel(leave, leave);
}

// glibc, sem_post. Sourceware bug 12674 "sem_post/sem_wait race causing sem_post to return EINVAL",
// 2011. Whether somebody waits is read after the value was raised; the one who took it may have
// destroyed the semaphore. Repaired: value and waiters are one word.
void glibc_sem_post(bool repaired) {
  struct Semaphore {
    atomic<unsigned> value{0};  // repaired: and above it, in the high half, the waiters
    atomic<unsigned> waiters{0};
  };
  Semaphore* const semaphore = make<Semaphore>();
  parallel(
      [&] {
        semaphore->value.fetch_add(1, kRelease);
        if (!repaired) semaphore->waiters.load(kRelaxed);
      },
      [&] {
        while (semaphore->value.load(kAcquire) == 0) yield();
        semaphore->value.fetch_sub(1, kAcquire);
        destroy(semaphore);
      });
}

// The Snark deque of D. Detlefs, C. Flood, A. Garthwaite, P. Martin, N. Shavit, G. Steele, DISC
// 2000. S. Doherty and others, "DCAS is not a Silver Bullet for Nonblocking Algorithm Design", SPAA
// 2004: it can say that it is empty while it never was. The right hat is read, its node then taken
// from the left, which marks it as an end. Repaired: the hat is looked at again.
//
// All of the deque stands in one word, three bits a pointer, so that one step compares and swaps
// two of them.
void snark_deque(bool repaired) {
  constexpr unsigned kDummy = 0;
  constexpr unsigned kLeftHat = 0;
  constexpr unsigned kRightHat = 3;
  const auto left_of = [](std::uint64_t node) { return static_cast<unsigned>(6 + 6 * node); };
  const auto right_of = [](std::uint64_t node) { return static_cast<unsigned>(9 + 6 * node); };
  const auto field = [](std::uint64_t word, unsigned at) { return (word >> at) & 7; };
  const auto with = [](std::uint64_t word, unsigned at, std::uint64_t value) {
    return (word & ~(std::uint64_t{7} << at)) | value << at;
  };
  // Node 1 is in the deque, node 2 is to come.
  const std::uint64_t first = with(with(0, kLeftHat, 1), kRightHat, 1);
  atomic<std::uint64_t> deque{first};
  const auto read = [&](unsigned at) { return field(deque.load(), at); };
  const auto dcas = [&](unsigned a, unsigned b, std::uint64_t old_a, std::uint64_t old_b,
                        std::uint64_t new_a, std::uint64_t new_b) {
    std::uint64_t seen = deque.load();
    while (field(seen, a) == old_a && field(seen, b) == old_b) {
      if (deque.compare_exchange_strong(seen, with(with(seen, a, new_a), b, new_b))) return true;
    }
    return false;
  };
  const auto push_right = [&](std::uint64_t node) {
    for (;;) {
      const std::uint64_t right = read(kRightHat);
      const std::uint64_t end = read(right_of(right));
      if (end == right) {
        const std::uint64_t left = read(kLeftHat);
        if (dcas(kRightHat, kLeftHat, right, left, node, node)) return;
      } else {
        // The node is nobody else's yet.
        std::uint64_t seen = deque.load();
        while (!deque.compare_exchange_strong(seen, with(seen, left_of(node), right))) {
        }
        if (dcas(kRightHat, right_of(right), right, end, node, node)) return;
      }
    }
  };
  const auto pop = [&](unsigned hat, unsigned other_hat, const auto& inward, const auto& outward) {
    for (;;) {
      const std::uint64_t mine = read(hat);
      const std::uint64_t other = read(other_hat);
      if (read(outward(mine)) == mine) {
        if (!repaired || read(hat) == mine) return kDummy;
      } else if (mine == other) {
        if (dcas(hat, other_hat, mine, other, kDummy, kDummy)) return static_cast<unsigned>(mine);
      } else {
        const std::uint64_t next = read(inward(mine));
        if (dcas(hat, inward(mine), mine, next, next, mine)) return static_cast<unsigned>(mine);
      }
    }
  };
  parallel([&] { check(pop(kRightHat, kLeftHat, left_of, right_of) != kDummy, "never empty"); },
           [&] {
             push_right(2);
             pop(kLeftHat, kRightHat, right_of, left_of);
           });
}

}  // namespace

const std::vector<Bug>& published() {
  static const std::vector<Bug> kBugs = {{"liburing_need_wakeup", liburing_need_wakeup},
                                         {"dpdk_mcslock", dpdk_mcslock},
                                         {"freebsd_buf_ring", freebsd_buf_ring},
                                         {"jack_ringbuffer", jack_ringbuffer},
                                         {"chase_lev_resize", chase_lev_resize},
                                         {"valois_reference_count", valois_reference_count},
                                         {"linux_tty_missed_wakeup", linux_tty_missed_wakeup},
                                         {"glibc_mutex_unlock", glibc_mutex_unlock},
                                         {"glibc_sem_post", glibc_sem_post},
                                         {"snark_deque", snark_deque}};
  return kBugs;
}

}  // namespace temporal_slab::explorer::corpus
