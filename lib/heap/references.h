// The references of one allocator: what a thread counts in its heap, and what it takes
// the mutex for.
//
// Threads. Those named try_ work on the calling thread's heap in a section, without the
// mutex, and say false where that does not do: then nothing was done. All others need
// the mutex. What is asked of other threads' counts has these stopped (epoch/ring.h).
//
// Of the heaps it needs no more than the word that says that they are stopped, how to
// stop them, and which of them is whose.
#pragma once

#include <cstdint>

#include "epoch/ring.h"
#include "heap/heaps.h"

namespace temporal_slab::heap {

struct IncarnationRef {
  std::uint32_t epoch;
  std::uint64_t era;
};

// One reference, and whose it is.
struct Reference {
  std::uint32_t epoch;
  std::uint32_t holder;
  std::uint64_t era;

  IncarnationRef incarnation() const { return {epoch, era}; }
};

// On a count of references of a heap's.
class CountSection {
 public:
  CountSection(const Heaps& heaps, stats::HeldWords& held)
      : section_(Heaps::kRevokerPays, held.refs), stopped_(heaps.stopped()) {}
  bool open() const { return !stopped_; }
  std::uint64_t count() const { return stats::held_count(section_.found()); }
  void one_more() { section_.change(1); }
  void one_less() { section_.change(~std::uint64_t{0}); }

 private:
  sync::BiasedSection<stats::kHeldTurn> section_;
  const bool stopped_;
};

class References {
 public:
  References(epoch::Ring& ring, Heaps& heaps) : ring_(ring), heaps_(heaps) {}

  enum class Site { kKnown, kAny };  // of a module that the heap knows, or where the last one was
  // Which incarnation of an epoch a call is for.
  struct AnyEra {
    bool is_of(const ReferenceCounts& counts, std::uint32_t epoch) const {
      return counts.is_armed(epoch);
    }
  };
  struct ThisEra {
    std::uint64_t era;
    bool is_of(const ReferenceCounts& counts, std::uint32_t epoch) const {
      return counts.is_armed(epoch, era);
    }
  };

  struct ThisReference {
    std::uint32_t holder;
    std::uint64_t era;
    bool is_of(const ReferenceCounts& counts, std::uint32_t epoch) const {
      return counts.is_armed(epoch, era) && counts.holder(epoch) == holder;
    }
  };

  // Cost: no locked instruction, no call.
  template <Site kSite, typename Which>
  [[gnu::always_inline]] static bool try_hold(const Heaps& heaps, Heap& heap, std::uint32_t epoch,
                                              Which which, std::uint64_t site);
  template <Site kSite>
  [[gnu::always_inline]] static bool try_hold_current(const Heaps& heaps, Heap& heap,
                                                      const sync::Atomic<std::uint64_t>& current,
                                                      std::uint64_t site, Reference* out);
  // Only if the thread holds `at_least` so many.
  template <typename Which>
  [[gnu::always_inline]] static bool try_drop(const Heaps& heaps, Heap& heap, std::uint32_t epoch,
                                              Which which, std::uint64_t at_least);

  // Of whichever thread's, where others drop what that one took, and it holds `at_least` so
  // many: one compare-and-swap.
  bool try_drop_of(Heap& own, const Reference& reference, std::uint64_t at_least);

  // The mutex is held from here on. One more of the calling thread's; gives its holder's number.
  std::uint32_t hold(std::uint32_t epoch, std::uint64_t site);
  // The ring has opened the current epoch with a first reference of the calling thread's.
  std::uint32_t opened_with_first(std::uint32_t epoch);
  // One less of a holder's, of whoever's if it says none; false, and counted: it has none, or there
  // is no such holder.
  bool drop_of(const Reference& reference);
  // One less. False: nobody holds any.
  bool drop(std::uint32_t epoch);
  // A new incarnation is about to be opened there. All are stopped.
  void retire(std::uint32_t epoch) { disarm(epoch); }
  // The heap's thread ends: what it holds stays counted.
  void settle(Heap& heap);

 private:
  template <Site kSite>
  [[gnu::always_inline]] static bool hold(ReferenceCounts& counts, std::uint32_t epoch,
                                          std::uint64_t site, CountSection& section);
  void arm(Heap* heap, std::uint32_t epoch, const stats::HolderWords& mine);
  bool drop_shared(std::uint32_t epoch, const stats::HolderWords& holder, stats::HeldWords& held,
                   std::uint64_t at_least);
  void disarm(std::uint32_t epoch);

  epoch::Ring& ring_;
  Heaps& heaps_;
};

template <References::Site kSite>
inline bool References::hold(ReferenceCounts& counts, std::uint32_t epoch, std::uint64_t site,
                             CountSection& section) {
  stats::Word& last_site = counts.held(epoch).site;
  if (section.count() == stats::kMostHeld) [[unlikely]]
    return false;
  if (kSite == Site::kKnown && !counts.knows_site(site) && stats::get(last_site) != site)
      [[unlikely]]
    return false;
  stats::put(last_site, site);
  stats::add_own(counts.held(epoch).taken);
  section.one_more();
  return true;
}

template <References::Site kSite, typename Which>
inline bool References::try_hold(const Heaps& heaps, Heap& heap, std::uint32_t epoch, Which which,
                                 std::uint64_t site) {
  ReferenceCounts& counts = heap.references();
  CountSection section(heaps, counts.held(epoch));
  if (!section.open() || !which.is_of(counts, epoch)) [[unlikely]]
    return false;
  return hold<kSite>(counts, epoch, site, section);
}

template <References::Site kSite>
inline bool References::try_hold_current(const Heaps& heaps, Heap& heap,
                                         const sync::Atomic<std::uint64_t>& current,
                                         std::uint64_t site, Reference* out) {
  ReferenceCounts& counts = heap.references();
  const auto epoch = static_cast<std::uint32_t>(current.load(sync::kRelaxed));
  CountSection section(heaps, counts.held(epoch));
  // It changes while all are stopped only.
  if (!section.open() || current.load(sync::kRelaxed) != epoch || !counts.is_armed(epoch))
      [[unlikely]]
    return false;
  *out = {epoch, counts.holder(epoch), counts.era(epoch)};
  return hold<kSite>(counts, epoch, site, section);
}

template <typename Which>
inline bool References::try_drop(const Heaps& heaps, Heap& heap, std::uint32_t epoch, Which which,
                                 std::uint64_t at_least) {
  ReferenceCounts& counts = heap.references();
  CountSection section(heaps, counts.held(epoch));
  if (!section.open() || !which.is_of(counts, epoch) ||
      section.count() < counts.floor(epoch) + at_least) [[unlikely]]
    return false;
  section.one_less();
  return true;
}

}  // namespace temporal_slab::heap
