// The same fast paths twice, by sync/ and by the standard's names: compiled, and compared
// instruction by instruction in cost_test.py. Never run.
#include <atomic>
#include <cstdint>

#include "sync/once.h"
#include "sync/thread.h"

namespace {

struct Mine {
  std::uint64_t value;
};

// As the library has it: one writer, who reads and stores; others look.
template <typename Word>
void count(Word& word) {
  word.store(word.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

template <typename Word>
std::uint64_t look(const Word& word) {
  return word.load(std::memory_order_acquire);
}

template <typename Word>
std::uint64_t take_number(Word& word) {
  return word.fetch_add(1, std::memory_order_relaxed);
}

template <typename Word>
bool claim(Word& word, std::uint64_t owner) {
  std::uint64_t nobody = 0;
  return word.compare_exchange_strong(nobody, owner, std::memory_order_acquire,
                                      std::memory_order_relaxed);
}

}  // namespace

using temporal_slab::sync::Atomic;
using Standard = std::atomic<std::uint64_t>;

extern "C" {
void sync_count(Atomic<std::uint64_t>* word) { count(*word); }
void std_count(Standard* word) { count(*word); }

std::uint64_t sync_look(Atomic<std::uint64_t>* word) { return look(*word); }
std::uint64_t std_look(Standard* word) { return look(*word); }

std::uint64_t sync_take_number(Atomic<std::uint64_t>* word) { return take_number(*word); }
std::uint64_t std_take_number(Standard* word) { return take_number(*word); }

bool sync_claim(Atomic<std::uint64_t>* word, std::uint64_t owner) { return claim(*word, owner); }
bool std_claim(Standard* word, std::uint64_t owner) { return claim(*word, owner); }

void sync_barrier(std::uint64_t* word) {
  *word = 1;
  temporal_slab::sync::compiler_barrier();
  *word = 2;
}
void std_barrier(std::uint64_t* word) {
  *word = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  *word = 2;
}

void sync_fence() { temporal_slab::sync::full_fence(); }
void std_fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }

std::uint64_t sync_own() { return ++temporal_slab::sync::this_threads<Mine>().value; }
std::uint64_t std_own() {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit Mine mine{};
  return ++mine.value;
}
}
