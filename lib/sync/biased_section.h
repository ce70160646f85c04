// The biased section: an owner works on what is its own with plain loads and stores, and the rare
// other side, who takes that away, pays for both.
//
//   owner                                   revoker
//     word := odd, release        (1)         forbidding word := forbidden
//     compiler barrier            (2)         membarrier                       (5)
//     forbidding word?, acquire   (3)         each owner's word, acquire:      (6)
//     the work, if it allows it                 until it is even or has moved on
//     word := even, release       (4)         what the owners had is the revoker's
//
// Why nobody works after that. The membarrier is as if each thread made a full fence at one
// instant. A section that made its word odd before it is waited for; one that does so after it
// finds the forbidding word. It is Dekker's pattern with both fences on one side.
//
// Threads. One owner a word at a time; any number of revokers, who exclude each other. A revoker
// gives back what it took by writing the forbidding word with release, which (3) pairs with.
//
// Invariants.
//  1. A word's `kStep` bit is set while its owner is inside, and each entry and each exit moves the
//     word to a value that it had not before (but for wrapping around).
//  2. When revoke() has returned, every owner that does not find itself forbidden has left, and
//  what
//     it did is seen.
//  3. An owner that enters again and again starves no revoker: a word that has moved on is as good
//  as
//     an even one, because the section that it stands for began after (5).
//
// Memory orders. (4) pairs with (6): the revoker sees the work. (1) is release too and pairs with
// (6) when the word has moved on: a relaxed store of the next entry would not carry what went
// before it. On x86-64 both are plain moves. TSan sees every one of these pairs, and needs none of
// the fences: those decide what is read, and it judges what was.
//
// Without membarrier (an old kernel, a filter on system calls) both sides make a full fence
// instead, and the owner's is a branch on a word that is never written.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "sync/atomic.h"
#include "sync/thread.h"

namespace temporal_slab::sync {

// Who pays for keeping the two sides apart. All sections and revokers of one word have the same.
class Bias {
 public:
  enum class Payer : std::uint8_t { kRevoker, kBoth };

  // kRevoker if the kernel lets us; asked for once in a process. Children inherit it.
  static Bias of_this_process();
  // kRevoker only where of_this_process() says so.
  explicit constexpr Bias(Payer payer) : payer_(payer) {}

  Payer payer() const { return payer_; }

  void owner_barrier() const {
    if (payer_ == Payer::kRevoker) [[likely]] {
      compiler_barrier();
    } else {
      full_fence();
    }
  }
  void revoker_barrier() const {
    if (payer_ == Payer::kRevoker) {
      membarrier();
    } else {
      full_fence();
    }
  }

 private:
  Payer payer_;
};

// One section, from its construction to its end. Sections of one word do not nest.
//
// `kStep` is the bit of the word that says odd; an owner may keep something else in the bits below
// it, and change that with the same store that leaves.
//
// Cost: one load, two stores, and with fences one of these. No locked instruction, no call.
template <std::uint64_t kStep = 1>
class BiasedSection {
 public:
  using Word = Atomic<std::uint64_t>;

  BiasedSection(Bias bias, Word& word) : word_(word), found_(word.load(kRelaxed)) {
    assert((found_ & kStep) == 0);
    word_.store(found_ + kStep, kRelease);  // (1)
    bias.owner_barrier();                   // (2)
  }
  ~BiasedSection() { word_.store(found_ + 2 * kStep + change_, kRelease); }  // (4)
  BiasedSection(const BiasedSection&) = delete;
  BiasedSection& operator=(const BiasedSection&) = delete;

  // The word as it was on entry.
  std::uint64_t found() const { return found_; }
  // What leaving adds to the word; the caller sees to it that nothing carries into `kStep`.
  void change(std::uint64_t by) { change_ = by; }

 private:
  Word& word_;
  const std::uint64_t found_;
  std::uint64_t change_ = 0;
};

// Returns when whoever was inside at the barrier (5) has left.
template <std::uint64_t kStep>
void wait_until_left(const Atomic<std::uint64_t>& word) {
  const std::uint64_t first = word.load(kAcquire);  // (6)
  std::uint64_t now = first;
  while ((now & kStep) != 0 && now == first) {
    yield();
    now = word.load(kAcquire);  // (6)
  }
}

// After the forbidding word was written: returns when invariant 2 holds for the words
// word_of(0) .. word_of(count - 1). The caller is inside none of them.
template <std::uint64_t kStep = 1, typename WordOf>
void revoke(Bias bias, std::size_t count, WordOf word_of) {
  bias.revoker_barrier();  // (5)
  for (std::size_t i = 0; i < count; ++i) wait_until_left<kStep>(word_of(i));
}

}  // namespace temporal_slab::sync
