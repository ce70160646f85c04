// Exact references: who holds how many is counted by each thread for itself, and the sum is taken
// only when somebody asks (R-2.3-1..4).
//
// Threads. A place belongs to the thread that joined with it; every call takes the caller's own
// place, or nullptr for a thread that has none. Calls named _locked are made under the mutex, the
// others without it; they take it when they must.
//
// Invariants.
//  1. A thread changes its own word in a biased section, after it has found the tag not frozen. Who
//     freezes a tag holds the mutex, and has revoked all sections on that epoch before it reads a
//     word or changes a mode.
//  2. No own count is below zero, so a thread that finds 1 of its own drops it without looking
//     further. That a refcount is 0 is decided on the frozen or the shared count, or where all
//     words were read twice without change, and never on one's own word.
//  3. Nobody but its owner ever writes an own word, also while its epoch is frozen: an owner that
//     comes in to see that writes the word twice.
//  4. Mode shared stays until the incarnation ends. All own words are void then.
//  5. When a tag of a new era is stored, no own word that bears its low bits counts anything;
//     otherwise the incarnation is shared from the start.
//  6. An advance is the store to `current`: the tags of the epoch left and of the one opened are
//     frozen before and after, so that nobody sees one without the other.
//
// Memory orders. The sections' are in sync/biased_section.h. `current` and tags that are not frozen
// are stored with release and loaded with acquire: what was done before an advance or a close is
// seen by whoever has seen that. A drop is a release, and asking for the count an acquire: who is
// told 0 sees what was done under the references. What only holders of the mutex touch is relaxed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "epoch/reference_words.h"
#include "sync/biased_section.h"

namespace temporal_slab::epoch {

class References {
 public:
  struct Incarnation {
    std::uint32_t epoch;
    std::uint64_t era;
    friend bool operator==(const Incarnation&, const Incarnation&) = default;
  };
  enum class Drop : std::uint8_t { kDropped, kNone, kStale };  // kNone: the refcount was 0
  struct Advance {
    std::uint32_t left = 0;
    Incarnation opened{};
    std::uint64_t abandoned = 0;  // references of the incarnation that `opened` took over
  };
  struct DropAndClose {
    Drop drop;
    bool closed = false;    // from ACTIVE, by this call
    bool advanced = false;  // it was current: `advance` says what is now
    Advance advance;
  };

  // The table and the places are zero at first, or what another References left. `epochs`: fewer
  // for tests.
  References(sync::Mutex& mutex, sync::Bias bias, ReferenceTable& table,
             std::span<ReferencePlace> places, std::uint32_t epochs = stats::kEpochCount);

  // nullptr: all are taken.
  ReferencePlace* join_locked();
  // What the thread holds stays counted.
  void leave_locked(ReferencePlace& place);

  // Cost, of these four on a reference of the thread's own: two loads, two stores, no locked
  // instruction, no call. acquire loads `current` besides.
  void inc(ReferencePlace* place, std::uint32_t epoch) {
    if (place == nullptr || !change_own<Way::kUp>(*place, epoch, kAnyTag)) inc_rare(place, epoch);
  }
  // False: the refcount was 0, and stays so.
  bool dec(ReferencePlace* place, std::uint32_t epoch) {
    if (place != nullptr && change_own<Way::kDown>(*place, epoch, kAnyTag)) [[likely]]
      return true;
    return drop_rare(place, epoch, kAnyTag) == Drop::kDropped;
  }
  Incarnation acquire(ReferencePlace* place) {
    const std::uint64_t now = table_.current.load(sync::kRelaxed);  // as in change_own
    const Incarnation here = incarnation_of(now);
    if (place != nullptr && change_own<Way::kUp>(*place, here.epoch, current_tag(here.era)))
        [[likely]]
      return here;
    return acquire_rare(place);
  }
  Drop release(ReferencePlace* place, Incarnation incarnation) {
    const TagMask wanted = tag_of_era(incarnation.era);
    if (place != nullptr && change_own<Way::kDown>(*place, incarnation.epoch, wanted)) [[likely]]
      return Drop::kDropped;
    return drop_rare(place, incarnation.epoch, wanted);
  }
  // On an incarnation that may be gone: false then.
  bool acquire_standing(ReferencePlace* place, Incarnation incarnation);

  // In one instant release() and, if the refcount is then 0 and the state ACTIVE, close.
  DropAndClose release_and_close_locked(ReferencePlace* place, Incarnation incarnation);
  // The same, if that cannot be the last reference: false, and nothing was done, where it may be.
  bool release_of_several(ReferencePlace& place, Incarnation incarnation);

  std::uint64_t get_locked(std::uint32_t epoch);

  // The next epoch without references becomes current, or the one of the oldest era (R-2.2-1..3).
  Advance advance_locked();
  void close_locked(std::uint32_t epoch);  // not the current one
  // In one instant looks that the refcount is 0 and closes. False: it is not.
  bool try_close_locked(std::uint32_t epoch, DropAndClose* done);

  // A fence and a load, unless somebody is just changing it.
  Incarnation current();
  std::uint64_t era(std::uint32_t epoch) { return tag::era(steady_tag(epoch)); }
  bool is_active(std::uint32_t epoch) { return (steady_tag(epoch) & tag::kClosing) == 0; }

  // In the child of a fork: no other thread is inside any more, and what it had begun was not done.
  void after_fork_in_child();

 private:
  using Section = sync::BiasedSection<own::kTurn>;
  enum class Way : std::uint8_t { kUp, kDown };
  enum class Did : std::uint8_t { kYes, kNone, kOtherTag, kNeedsMutex };
  // Which tags a call is for: those whose masked bits are the wanted ones.
  struct TagMask {
    std::uint64_t mask;
    std::uint64_t wanted;
    bool fits(std::uint64_t tag) const { return (tag & mask) == wanted; }
  };
  static constexpr TagMask kAnyTag{0, 0};
  static TagMask tag_of_era(std::uint64_t era) { return {tag::kEra, tag::of_era(era) & tag::kEra}; }
  static TagMask current_tag(std::uint64_t era) {
    return {tag::kEra | tag::kCurrent, tag::of_era(era) | tag::kCurrent};
  }
  static Incarnation incarnation_of(std::uint64_t current) {
    return {static_cast<std::uint32_t>(current % 16), current / 16};
  }

  // The usual case of a call; false, and nothing done, in any other.
  template <Way kWay>
  bool change_own(ReferencePlace& place, std::uint32_t epoch, TagMask wanted) {
    Section section(bias_, place.words[epoch]);
    // Relaxed: a word bears a tag only since its owner loaded that with acquire, to count for it;
    // but for the first era, before which nothing was.
    const std::uint64_t now = table_.tags[epoch].load(sync::kRelaxed);
    const std::uint64_t word = section.found();
    const std::uint64_t end = kWay == Way::kUp ? own::kCount : 0;
    if (!wanted.fits(now) || !own::bears(word, now) || (word & own::kCount) == end) [[unlikely]] {
      // Keeps this a branch: as arithmetic, the next call's word would wait for this one's tag.
      sync::compiler_barrier();
      return false;
    }
    section.change(kWay == Way::kUp ? 1 : ~std::uint64_t{0});
    return true;
  }

  void inc_rare(ReferencePlace* place, std::uint32_t epoch);
  Drop drop_rare(ReferencePlace* place, std::uint32_t epoch, TagMask wanted);
  Incarnation acquire_rare(ReferencePlace* place);
  Did change(ReferencePlace* place, std::uint32_t epoch, TagMask wanted, Way way);
  Did change_in_section(ReferencePlace& place, std::uint32_t epoch, TagMask wanted, Way way);
  Did change_locked(ReferencePlace* place, std::uint32_t epoch, TagMask wanted, Way way);
  Did change_shared(std::uint32_t epoch, Way way);
  void leave_count(ReferencePlace& place, std::uint32_t epoch);

  std::uint64_t tag_now(std::uint32_t epoch) const {
    return table_.tags[epoch].load(sync::kRelaxed);
  }
  std::uint64_t steady_tag(std::uint32_t epoch);
  void freeze(std::uint32_t epochs);
  void thaw(std::uint32_t epochs);
  std::uint64_t frozen_count(std::uint32_t epoch) const;
  void become_shared(std::uint32_t epoch, std::uint64_t count);
  bool read_twice(std::uint32_t epoch, std::uint64_t now, std::uint64_t* sum) const;
  Advance advance_frozen(std::uint32_t frozen);
  std::uint32_t next_frozen(std::uint32_t here) const;
  void close_frozen(std::uint32_t epoch, std::uint32_t frozen, DropAndClose* done);
  std::uint64_t new_tag(std::uint32_t epoch, std::uint64_t era);

  static std::uint32_t bit(std::uint32_t epoch) { return std::uint32_t{1} << epoch; }

  sync::Mutex& mutex_;
  const sync::Bias bias_;
  ReferenceTable& table_;
  const std::span<ReferencePlace> places_;
  const std::uint32_t epochs_;
};

}  // namespace temporal_slab::epoch
