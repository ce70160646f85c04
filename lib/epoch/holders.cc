#include "epoch/holders.h"

#include <cassert>
#include <iterator>

#include "base/thread.h"
#include "epoch/scope_stack.h"
#include "stats/saturating.h"
#include "stats/segment_write.h"
#include "sync/clock.h"

namespace temporal_slab::epoch {

using stats::add;
using stats::get;
using stats::HeldWords;
using stats::HolderTable;
using stats::HolderWords;
using stats::kMaxHolders;
using stats::put;
using stats::Word;

namespace {

constexpr const char kFurtherThreads[] = "further threads";
static_assert(sizeof(kFurtherThreads) == stats::kThreadBytes);

// A reader that finds it even and unchanged has read places of one moment.
class Change {
 public:
  explicit Change(HolderTable& table) : turn_(table.turn), number_(get(turn_) + 1) {
    put(turn_, number_);
  }
  ~Change() { put(turn_, number_ + 1); }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  std::uint64_t number() const { return number_; }

 private:
  stats::Word& turn_;
  const std::uint64_t number_;
};

// The place of a holder, and which one it was there: as no two have had.
constexpr std::uint32_t kPlaceBits = 7;
static_assert(kMaxHolders < 1U << kPlaceBits);
std::uint32_t number_of(std::uint64_t place, std::uint64_t change) {
  return static_cast<std::uint32_t>(change / 2 << kPlaceBits | (place + 1));
}

// Gives a place without references to a thread; 0: to all further ones.
void assign(HolderWords& holder, std::uint64_t place, std::uint64_t thread, std::uint64_t number) {
  // 0 while who it is changes, and another number afterwards: readers tell by it.
  put(holder.assigned, 0);
  put(holder.refs, 0);
  put(holder.taken, 0);
  put(holder.since_ns, sync::monotonic_ns());
  put(holder.heap, 0);
  put(holder.thread, thread);
  put(holder.number, number_of(place, number));
  if (thread == 0) {
    put(holder.tid, 0);
    store_text(holder.name, {kFurtherThreads, sizeof(kFurtherThreads) - 1});
  } else {
    char name[base::kThreadNameBytes];
    put(holder.tid, base::own_thread_id());
    store_text(holder.name, {name, base::own_thread_name(name)});
  }
  put(holder.assigned, number);
}

}  // namespace

Holders::Holders(stats::Segment& segment, std::uint32_t epoch)
    : Holders(segment, epoch, stats::standing_record(segment, epoch),
              stats::standing_holders(segment, epoch),
              stats::has_standing_holders(segment, epoch)) {}

std::uint64_t Holders::used() const { return get(is_used_) == 0 ? 0 : get(table_.used); }

std::uint64_t Holders::refs_of(const HolderWords& holder) const {
  return stats::refs_of(segment_, epoch_, holder);
}

HeldWords& Holders::held(const HolderWords& holder) const {
  return segment_.heaps[get(holder.heap)].held[epoch_];
}

Word& Holders::site(HolderWords& holder) const {
  return get(holder.heap) == 0 ? holder.site : held(holder).site;
}

// Of a thread that had references, and whose heap cannot take some meanwhile.
bool Holders::is_idle(const HolderWords& holder) const {
  return get(holder.thread) != 0 && get(holder.heap) == 0 && get(holder.refs) == 0;
}

HolderWords* Holders::of_this_thread() {
  const std::uint64_t thread = this_thread_id();
  for (std::uint64_t i = 0; i < used(); ++i)
    if (get(table_.places[i].thread) == thread) return &table_.places[i];
  return nullptr;
}

bool Holders::has_place() const {
  const std::uint64_t used = this->used();
  if (used < kMaxHolders - 1) return true;
  for (std::uint64_t i = 0; i < used; ++i)
    if (is_idle(table_.places[i])) return true;
  return false;
}

// The calling thread's place, an unused one, one that holds nothing, or at last the
// one that all further threads share.
HolderWords& Holders::place_for_this_thread(std::uint64_t number) {
  if (HolderWords* const own = of_this_thread(); own != nullptr) return *own;
  const std::uint64_t used = this->used();
  HolderWords* idle = nullptr;
  for (std::uint64_t i = used; i-- > 0;)
    if (is_idle(table_.places[i])) idle = &table_.places[i];
  if (used < kMaxHolders - 1 || (used == kMaxHolders - 1 && idle == nullptr)) {
    HolderWords& fresh = table_.places[used];
    assign(fresh, used, used < kMaxHolders - 1 ? this_thread_id() : 0, number);
    put(table_.used, used + 1);
    return fresh;
  }
  if (idle == nullptr) return table_.places[kMaxHolders - 1];
  assign(*idle, static_cast<std::uint64_t>(idle - table_.places), this_thread_id(), number);
  return *idle;
}

HolderWords* Holders::to_charge() {
  if (own() != 0) return of_this_thread();
  HolderWords* last = nullptr;
  for (std::uint64_t i = 0; i < used(); ++i) {
    HolderWords& holder = table_.places[i];
    if (refs_of(holder) == 0) continue;
    if (get(holder.thread) == 0) return &holder;
    if (last == nullptr || get(holder.last_taken) > get(last->last_taken)) last = &holder;
  }
  return last;
}

std::uint64_t Holders::own() {
  const HolderWords* const holder = of_this_thread();
  return holder == nullptr ? 0 : refs_of(*holder);
}

// Where no heap counts; the record's sum with it.
void Holders::change_refs(HolderWords& holder, std::uint64_t by) {
  add(holder.refs, by);
  add(record_.refcount, by);
}

const HolderWords& Holders::take(std::uint64_t from, std::uint32_t heap) {
  put(is_used_, 1);
  const Change change(table_);
  HolderWords& holder = place_for_this_thread(change.number());
  if (heap != 0 && get(holder.heap) == 0 && get(holder.thread) != 0) {
    // Two words that belong together: readers who meet no quiet moment pass over it.
    put(holder.assigned, 0);
    put(holder.heap, heap);
    stats::sub(holder.refs, stats::held_count(held(holder)));
    stats::sub(holder.taken, get(held(holder).taken));
    put(holder.assigned, change.number());
  }
  put(site(holder), from);
  put(holder.last_taken, change.number());
  if (heap != 0 && get(holder.heap) == heap &&
      stats::held_count(get(held(holder).refs)) != stats::kMostHeld) {
    add(held(holder).taken, 1);
    add(held(holder).refs, 2 * stats::kHeldTurn + 1);
  } else {
    add(holder.taken, 1);
    change_refs(holder, 1);  // last: with it the place counts
  }
  return holder;
}

const HolderWords& Holders::take_first(std::uint64_t from, std::uint32_t heap) {
  put(is_used_, 1);
  const Change change(table_);
  HolderWords& holder = place_for_this_thread(change.number());
  if (heap != 0) {
    put(holder.heap, heap);
    stats::sub(holder.refs, stats::held_count(held(holder)));
    stats::sub(holder.taken, get(held(holder).taken));
  }
  put(site(holder), from);
  put(holder.last_taken, change.number());
  add(holder.taken, 1);
  change_refs(holder, 1);
  return holder;
}

HolderWords* Holders::numbered(std::uint32_t number) {
  const std::uint64_t place = (number & ((1U << kPlaceBits) - 1)) - std::uint64_t{1};
  if (place >= used() || get(table_.places[place].number) != number) return nullptr;
  return &table_.places[place];
}

void Holders::drop(HolderWords& holder) {
  const Change change(table_);
  change_refs(holder, ~std::uint64_t{0});
}

void Holders::move_site(std::uint64_t to) {
  HolderWords* const holder = of_this_thread();
  // One store: there is no moment at which it is half done.
  if (holder != nullptr && refs_of(*holder) != 0) put(site(*holder), to);
}

void Holders::drop() {
  const Change change(table_);
  HolderWords* const holder = to_charge();
  assert(holder != nullptr);
  if (holder != nullptr) change_refs(*holder, ~std::uint64_t{0});
}

bool Holders::settle(std::uint32_t heap, bool idle_only) {
  for (std::uint64_t i = 0; i < used(); ++i) {
    HolderWords& holder = table_.places[i];
    if (get(holder.heap) != heap) continue;
    if (idle_only && refs_of(holder) != 0) return false;
    const Change change(table_);
    const HeldWords& counted = held(holder);
    put(holder.assigned, 0);
    put(holder.site, get(counted.site));
    add(holder.refs, stats::held_count(counted));
    add(holder.taken, get(counted.taken));
    put(holder.heap, 0);
    put(holder.assigned, change.number());
  }
  return true;
}

void Holders::copy(stats::AbandonedRecord& to, std::uint64_t now_ns) const {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < used(); ++i) {
    const HolderWords& from = table_.places[i];
    const std::uint64_t refs = refs_of(from);
    if (refs == 0) continue;
    const Word& where = get(from.heap) == 0 ? from.site : held(from).site;
    if (count == std::size(to.holders)) {
      stats::AbandonedHolder& rest = to.holders[count - 1];
      put(rest.tid, 0);
      store_text(rest.name, {kFurtherThreads, sizeof(kFurtherThreads) - 1});
      put(rest.site, get(where));
      add(rest.refs, refs);
      add(rest.taken, stats::taken_of(segment_, epoch_, from));
      continue;
    }
    stats::AbandonedHolder& holder = to.holders[count++];
    put(holder.refs, refs);
    put(holder.taken, stats::taken_of(segment_, epoch_, from));
    put(holder.held_sec, stats::difference(now_ns, get(from.since_ns)) / 1'000'000'000);
    put(holder.site, get(where));
    put(holder.tid, get(from.tid));
    for (std::size_t word = 0; word < std::size(from.name.words); ++word)
      put(holder.name.words[word], get(from.name.words[word]));
  }
  for (; count < std::size(to.holders); ++count) put(to.holders[count].refs, 0);
}

}  // namespace temporal_slab::epoch
