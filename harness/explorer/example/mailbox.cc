// A lock-free class of one's own, and its check.
#include <temporal_slab_explorer/explorer.h>

#include <cstdio>

namespace explorer = temporal_slab::explorer;

template <typename T>
struct Mailbox {  // one writer, one reader, one letter
  explorer::var<T> letter;
  explorer::atomic<bool> full{false};

  void put(T value) {
    letter.set(value);
    full.store(true, std::memory_order_release);
  }
  T take(T otherwise) { return full.load(std::memory_order_acquire) ? letter.get() : otherwise; }
};

int main() {
  const explorer::Result result = explorer::explore({.preemptions = 2}, [] {
    Mailbox<int> box;
    box.letter.name("letter"), box.full.name("full");
    explorer::parallel([&] { box.put(7); },
                       [&] { explorer::check(box.take(7) == 7, "the letter"); });
  });
  std::printf("%s%s\n", result.report.c_str(), result.covered.c_str());
  return result.passed() ? 0 : 1;
}
