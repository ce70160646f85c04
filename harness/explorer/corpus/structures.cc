// Lock-free structures that lose, double or free too early what they hold.
#include "harness/explorer/corpus/bug.h"

namespace temporal_slab::explorer::corpus {
namespace {

// The top is what it was, and yet the stack below it is another: popped, popped, pushed again.
void treiber_aba(bool repaired) {
  constexpr unsigned kNone = 3;
  std::array<atomic<unsigned>, 3> next{1U, 2U, kNone};
  // Index in the low byte; repaired: a count of changes above it.
  atomic<unsigned> top{0};
  std::array<int, 3> held{};
  const auto bump = [&](unsigned seen, unsigned to) {
    return repaired ? (((seen >> 8) + 1) << 8 | to) : to;
  };
  const auto pop = [&] {
    unsigned seen = top.load(kAcquire);
    for (;;) {
      const unsigned node = seen & 0xFF;
      if (node == kNone) return kNone;
      const unsigned below = next[node].load(kRelaxed);
      if (top.compare_exchange_strong(seen, bump(seen, below), kAcqRel, kAcquire)) {
        check(++held[node] == 1, "a node has one holder");
        return node;
      }
    }
  };
  const auto push = [&](unsigned node) {
    --held[node];
    unsigned seen = top.load(kRelaxed);
    do {
      next[node].store(seen & 0xFF, kRelaxed);
    } while (!top.compare_exchange_strong(seen, bump(seen, node), kRelease, kRelaxed));
  };
  parallel(
      [&] {
        pop();
        pop();
      },
      [&] {
        const unsigned first = pop();
        pop();
        if (first != kNone) push(first);
      });
}

// Between the load of the pointer and its announcement the object was retired.
void hazard_pointer(bool repaired) {
  struct Object {
    var<int> value{7};
  };
  Object* const old = make<Object>();
  Object* const fresh = make<Object>();
  atomic<Object*> shared{old};
  atomic<Object*> hazard{nullptr};
  bool freed = false;
  parallel(
      [&] {
        Object* seen = shared.load();
        for (;;) {
          hazard.store(seen);
          Object* const again = repaired ? shared.load() : seen;
          if (again == seen) break;
          seen = again;
        }
        seen->value.get();
        hazard.store(nullptr);
      },
      [&] {
        shared.store(fresh);
        if (hazard.load() != old) {
          destroy(old);
          freed = true;
        }
      });
  if (!freed) destroy(old);
  destroy(fresh);
}

// The owner's claim of the bottom is not visible before it reads the top: owner and thief take the
// same item.
void chase_lev(bool repaired) {
  atomic<int> top{0};
  atomic<int> bottom{2};
  std::array<int, 2> taken{};
  const auto got = [&](int item) {
    check(++taken[static_cast<unsigned>(item)] == 1, "an item is taken once");
  };
  const auto take = [&] {
    const int mine = bottom.load(kRelaxed) - 1;
    bottom.store(mine, kRelaxed);
    if (repaired) explorer::atomic_thread_fence(kSeqCst);
    int first = top.load(kRelaxed);
    if (first < mine) return got(mine);
    if (first == mine && top.compare_exchange_strong(first, first + 1, kSeqCst, kRelaxed)) {
      got(mine);
    }
    bottom.store(mine + 1, kRelaxed);
  };
  const auto steal = [&] {
    int first = top.load(kAcquire);
    explorer::atomic_thread_fence(kSeqCst);
    if (first >= bottom.load(kAcquire)) return;
    if (top.compare_exchange_strong(first, first + 1, kSeqCst, kRelaxed)) got(first);
  };
  parallel(take, [&] {
    steal();
    steal();
  });
}

// The head overtakes a tail that lags behind; its node is freed, and the next enqueue writes there.
void michael_scott(bool repaired) {
  struct Node {
    atomic<Node*> next{nullptr};
  };
  Node* const dummy = make<Node>();
  atomic<Node*> head{dummy};
  atomic<Node*> tail{dummy};
  const auto enqueue = [&] {
    Node* const node = make<Node>();
    for (;;) {
      Node* last = tail.load();
      Node* next = last->next.load();
      if (next != nullptr) {
        tail.compare_exchange_strong(last, next);
      } else if (last->next.compare_exchange_strong(next, node)) {
        tail.compare_exchange_strong(last, node);
        return;
      }
    }
  };
  const auto dequeue = [&] {
    Node* first = head.load();
    Node* const next = first->next.load();
    if (next == nullptr) return;
    Node* last = tail.load();
    if (repaired && first == last) tail.compare_exchange_strong(last, next);
    if (head.compare_exchange_strong(first, next)) destroy(first);
  };
  parallel(enqueue, [&] {
    dequeue();
    enqueue();
  });
  for (Node* node = head.load(); node != nullptr;) {
    Node* const next = node->next.load();
    destroy(node);
    node = next;
  }
}

}  // namespace

const std::vector<Bug>& structures() {
  static const std::vector<Bug> kBugs = {{"treiber_aba", treiber_aba},
                                         {"hazard_pointer_no_recheck", hazard_pointer},
                                         {"chase_lev_wrong_order", chase_lev},
                                         {"michael_scott_tail_lag", michael_scott}};
  return kBugs;
}

}  // namespace temporal_slab::explorer::corpus
