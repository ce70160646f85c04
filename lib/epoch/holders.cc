#include "epoch/holders.h"

#include <cassert>
#include <iterator>

#include "base/thread.h"
#include "epoch/scope_stack.h"
#include "stats/segment_write.h"

namespace temporal_slab::epoch {

using stats::add;
using stats::get;
using stats::HolderTable;
using stats::HolderWords;
using stats::kMaxHolders;
using stats::put;

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

// Gives a place without references to a thread; 0: to all further ones.
void assign(HolderWords& holder, std::uint64_t thread, std::uint64_t number) {
  // 0 while who it is changes, and another number afterwards: readers tell by it.
  put(holder.assigned, 0);
  put(holder.refs, 0);
  put(holder.thread, thread);
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

// The calling thread's place, an unused one, one that holds nothing, or at last the
// one that all further threads share.
HolderWords& place_of_this_thread(HolderTable& table, std::uint64_t number) {
  const std::uint64_t thread = this_thread_id();
  const std::uint64_t used = get(table.used);
  HolderWords* idle = nullptr;
  for (std::uint64_t i = 0; i < used; ++i) {
    HolderWords& holder = table.places[i];
    if (get(holder.thread) == thread) return holder;
    if (idle == nullptr && get(holder.thread) != 0 && get(holder.refs) == 0) idle = &holder;
  }
  if (used < kMaxHolders - 1 || (used == kMaxHolders - 1 && idle == nullptr)) {
    HolderWords& fresh = table.places[used];
    assign(fresh, used < kMaxHolders - 1 ? thread : 0, number);
    put(table.used, used + 1);
    return fresh;
  }
  if (idle == nullptr) return table.places[kMaxHolders - 1];
  assign(*idle, thread, number);
  return *idle;
}

HolderWords* holder_to_charge(HolderTable& table) {
  const std::uint64_t thread = this_thread_id();
  HolderWords* last = nullptr;
  HolderWords* further = nullptr;
  for (std::uint64_t i = 0; i < get(table.used); ++i) {
    HolderWords& holder = table.places[i];
    if (get(holder.refs) == 0) continue;
    if (get(holder.thread) == thread) return &holder;
    if (get(holder.thread) == 0) further = &holder;
    if (last == nullptr || get(holder.taken) > get(last->taken)) last = &holder;
  }
  return further != nullptr ? further : last;
}

}  // namespace

void take_reference(HolderTable& table, std::uint64_t site) {
  const Change change(table);
  HolderWords& holder = place_of_this_thread(table, change.number());
  put(holder.site, site);
  put(holder.taken, change.number());
  add(holder.refs, 1);  // last: with it the place counts
}

void move_site(HolderTable& table, std::uint64_t site) {
  const std::uint64_t thread = this_thread_id();
  for (std::uint64_t i = 0; i < get(table.used); ++i) {
    HolderWords& holder = table.places[i];
    // One store: there is no moment at which it is half done.
    if (get(holder.thread) == thread && get(holder.refs) != 0) put(holder.site, site);
  }
}

void drop_reference(HolderTable& table) {
  const Change change(table);
  HolderWords* const holder = holder_to_charge(table);
  assert(holder != nullptr);
  if (holder != nullptr) stats::sub(holder->refs, 1);
}

void copy_holders(const HolderTable& table, stats::AbandonedRecord& to) {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < get(table.used); ++i) {
    const HolderWords& from = table.places[i];
    if (get(from.refs) == 0) continue;
    if (count == std::size(to.holders)) {
      stats::AbandonedHolder& rest = to.holders[count - 1];
      put(rest.tid, 0);
      store_text(rest.name, {kFurtherThreads, sizeof(kFurtherThreads) - 1});
      put(rest.site, get(from.site));
      add(rest.refs, get(from.refs));
      continue;
    }
    stats::AbandonedHolder& holder = to.holders[count++];
    put(holder.refs, get(from.refs));
    put(holder.site, get(from.site));
    put(holder.tid, get(from.tid));
    for (std::size_t word = 0; word < std::size(from.name.words); ++word)
      put(holder.name.words[word], get(from.name.words[word]));
  }
  for (; count < std::size(to.holders); ++count) put(to.holders[count].refs, 0);
}

}  // namespace temporal_slab::epoch
