// The model: what CONTRACT.md says that an allocator does, in plain C++. No
// atomics, no addresses, no handles: objects and domains have numbers of their
// own, and who drives the model knows which handle or pointer is which.
//
// A call of the API has a member of the same meaning, which says what must come
// back and makes the change. Where the contract leaves room (memory under
// max_bytes, what is at a dead pointer) the member is told what came back
// (`seen`: 0 or an errno) and follows it if that is allowed; if it is not, the
// model stays as it was and `allows(seen)` of the answer says so.
//
// Copyable, comparable, hashable. Bad arguments are part of the contract, so an
// epoch may be any number here; objects, domains and threads must exist.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/answer.h"

namespace temporal_slab::harness::model {

inline constexpr std::uint32_t kEpochs = 16;       // of a ring unless asked otherwise
inline constexpr std::size_t kAbandonedKept = 64;  // R-2.2-3
inline constexpr std::size_t kMaxDepth = 32;       // R-2.5-2
inline constexpr std::size_t kPageBytes = 4096;

// R-2.1-1: what a slot measures, and how many a slab has.
struct SlotClass {
  std::uint32_t bytes;
  std::uint32_t slots;
  std::size_t slab_bytes() const { return (bytes * slots + kPageBytes - 1) & ~(kPageBytes - 1); }
};
inline constexpr std::array<SlotClass, 19> kSlotClasses = {{{64, 64},
                                                            {96, 42},
                                                            {128, 32},
                                                            {192, 21},
                                                            {256, 16},
                                                            {384, 10},
                                                            {512, 8},
                                                            {768, 5},
                                                            {1024, 8},
                                                            {1536, 8},
                                                            {2048, 8},
                                                            {3072, 8},
                                                            {4096, 8},
                                                            {6144, 4},
                                                            {8192, 4},
                                                            {12288, 4},
                                                            {16384, 4},
                                                            {24576, 4},
                                                            {32768, 4}}};
inline constexpr std::uint32_t kLargeClass = kSlotClasses.size();  // pages of its own
inline constexpr std::uint32_t kClasses = kLargeClass + 1;
inline constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 43;

// The smallest class that fits.
std::uint32_t class_for(std::uint64_t size);
// All of what an object of this size gets: its slot, or whole pages.
std::uint64_t usable_for(std::uint64_t size);
// What the slab of such an object measures.
std::uint64_t slab_bytes_for(std::uint64_t size);

using ObjectId = std::size_t;
using DomainId = std::size_t;
using ThreadId = std::uint64_t;
using PerClass = std::array<std::uint64_t, kClasses>;

struct Incarnation {
  std::uint64_t era = 0;
  bool active = true;  // also before it was ever opened
  std::string label;
  std::uint64_t refs = 0;
  // Which thread took how many that stand, as long as none was dropped by one who held none and
  // named no holder: whose that was is the library's choice (R-2.3-3).
  std::map<ThreadId, std::uint64_t> held;
  bool holders_known = true;
  // How often it was taken fresh by an open: who took a reference before holds none any more.
  std::uint64_t opens = 0;
  PerClass live{};                        // objects of this incarnation
  PerClass carried{};                     // objects of older eras that still stand here (R-2.1-3)
  std::uint64_t large_bytes = 0;          // of the objects of kLargeClass
  std::uint64_t carried_large_bytes = 0;  // likewise
  friend bool operator==(const Incarnation&, const Incarnation&) = default;
};

struct AbandonedRecord {
  std::uint32_t epoch;
  std::uint64_t era;
  std::string label;
  std::uint64_t refs;
  friend bool operator==(const AbandonedRecord&, const AbandonedRecord&) = default;
};

struct Object {
  std::uint32_t epoch;
  std::uint64_t era;
  std::uint32_t class_index;
  bool live;
  std::uint64_t bytes;  // usable
  friend bool operator==(const Object&, const Object&) = default;
};

struct Domain {
  std::uint32_t epoch;
  std::uint64_t era;
  ThreadId thread;
  bool auto_close;
  bool foreign;  // of another allocator: only its place in the thread's stack counts
  std::size_t depth;
  bool destroyed;
  friend bool operator==(const Domain&, const Domain&) = default;
};

struct Counters {
  PerClass allocs{};
  PerClass frees{};
  std::uint64_t invalid_frees = 0;
  std::uint64_t stale_frees = 0;
  std::uint64_t refcount_underflows = 0;
  std::uint64_t stale_releases = 0;
  std::uint64_t abandoned_refs = 0;
  std::uint64_t advances_held = 0;
  std::uint64_t epochs_closed = 0;
  std::uint64_t epochs_drained_at_close = 0;
  friend bool operator==(const Counters&, const Counters&) = default;
};

// What a reference that names its holder says: which thread took it, and `opens` of the incarnation
// at that time.
struct Taker {
  ThreadId thread;
  std::uint64_t opens;
  friend bool operator==(const Taker&, const Taker&) = default;
};

// R-2.2-3: `takes_over`: takeover_after_sec is 0; else nothing is ever old enough.
struct Ring {
  std::uint32_t epochs = kEpochs;
  bool takes_over = true;
};

class Model {
 public:
  // `may_lack_memory`: allocations may fail with ENOMEM (max_bytes, faults).
  explicit Model(bool may_lack_memory = false, const Ring& ring = {})
      : may_lack_memory_(may_lack_memory), takes_over_(ring.takes_over), epochs_(ring.epochs) {}

  // --- objects. A successful allocation is object number objects().size() - 1.
  Answer alloc_epoch(std::uint64_t size, std::uint32_t epoch, int seen);
  Answer malloc(ThreadId thread, std::uint64_t size, int seen);
  // Where `malloc` would put an object now.
  std::uint32_t malloc_epoch(ThreadId thread) const;
  // Of a live object. Grown beyond its slot it is another object, else the same.
  Answer realloc(ObjectId object, std::uint64_t size, int seen);
  // Of a pointer at which no live object begins.
  Answer realloc_dead(bool was_ours, std::uint64_t size, int seen);
  // By the handle of an object, dead or alive: names it for ever (R-2.1-4).
  Answer free(ObjectId object);
  // By what no object of this allocator ever had as its handle (R-2.1-5).
  Answer free_forged();
  // By pointer: of a live object as `free`; else where no live object begins.
  // `was_ours`: an object of this allocator began there once.
  Answer free_dead_pointer(bool was_ours, int seen);
  Answer usable_size(ObjectId object) const;
  static Answer usable_size_dead(bool was_ours);

  // --- epochs
  std::uint32_t current() const { return current_; }
  Answer advance();
  Answer close(std::uint32_t epoch);
  Answer try_close(std::uint32_t epoch);
  Answer discard(std::uint32_t epoch);
  Answer era(std::uint32_t epoch) const;
  Answer state(std::uint32_t epoch) const;
  Answer set_label(std::uint32_t epoch, std::optional<std::string_view> bytes);
  Answer label_length(std::uint32_t epoch) const;

  // --- references
  Answer inc(ThreadId thread, std::uint32_t epoch);
  Answer dec(ThreadId thread, std::uint32_t epoch);
  Answer refcount(std::uint32_t epoch) const;
  // On the incarnation that is current: epoch current(), era era(current()).
  Answer acquire(ThreadId thread);
  // One that `taker` took; none: the reference does not say.
  Answer release(ThreadId thread, std::uint32_t epoch, std::uint64_t era,
                 std::optional<Taker> taker);
  Taker taker(ThreadId thread, std::uint32_t epoch) const {
    return {thread, epochs_.at(epoch).opens};
  }
  Answer dup(ThreadId thread, std::uint32_t epoch, std::uint64_t era);

  // --- scopes (R-2.2-10, R-2.2-11)
  // Afterwards it is the current incarnation that the reference is on.
  Answer open(ThreadId thread, std::string_view label);
  enum class Finish { kKeep, kClose, kDiscard };
  Answer finish(ThreadId thread, std::uint32_t epoch, std::uint64_t era, std::optional<Taker> taker,
                Finish how);
  Answer alloc_ref(std::uint64_t size, std::uint32_t epoch, std::uint64_t era, int seen);
  Answer set_label_ref(std::uint32_t epoch, std::uint64_t era, std::string_view bytes);
  Answer close_ref(std::uint32_t epoch, std::uint64_t era);
  Answer discard_ref(std::uint32_t epoch, std::uint64_t era);
  Answer state_ref(std::uint32_t epoch, std::uint64_t era) const;

  // --- domains. A made one is domain number domains().size() - 1.
  Answer domain_create(ThreadId thread);
  Answer domain_wrap(ThreadId thread, std::uint32_t epoch, bool auto_close);
  Answer foreign_domain(ThreadId thread);
  Answer domain_enter(ThreadId thread, DomainId domain);
  Answer domain_exit(ThreadId thread, DomainId domain);
  Answer domain_destroy(ThreadId thread, DomainId domain);
  Answer domain_force_close(ThreadId thread, DomainId domain);
  std::optional<DomainId> domain_current(ThreadId thread) const;
  // What it holds stays held (R-2.3-3); its number is never used again.
  void thread_exit(ThreadId thread) { stacks_.erase(thread); }

  // --- what can be looked at
  std::uint32_t epoch_count() const { return static_cast<std::uint32_t>(epochs_.size()); }
  const Incarnation& epoch(std::uint32_t number) const { return epochs_.at(number); }
  const std::vector<Object>& objects() const { return objects_; }
  const std::vector<Domain>& domains() const { return domains_; }
  const std::deque<AbandonedRecord>& abandoned() const { return abandoned_; }
  const Counters& counters() const { return counters_; }
  bool stands(std::uint32_t epoch, std::uint64_t era) const { return epochs_[epoch].era == era; }
  std::uint64_t live_objects() const;

  friend bool operator==(const Model&, const Model&) = default;
  std::size_t hash() const;

 private:
  Answer allocate(std::uint64_t size, std::uint32_t epoch, int seen);
  void bury(Object& object);
  void cut(Object& object, std::uint64_t size);
  void refused_free(int error);
  bool is_epoch(std::uint32_t epoch) const { return epoch < epoch_count(); }
  std::optional<std::uint32_t> next() const;
  std::uint64_t leave(std::uint32_t epoch, bool discard);
  // How many objects that freed; none: the ring is held.
  std::optional<std::uint64_t> advance(bool discard, bool for_a_scope = false);
  std::optional<std::uint64_t> close(std::uint32_t epoch, bool discard);
  void take(ThreadId thread, std::uint32_t epoch);
  bool drop(ThreadId thread, std::uint32_t epoch);
  Answer drop_of(Taker taker, std::uint32_t epoch);
  bool current_used_ = false;  // an object was allocated in the current incarnation

  bool may_lack_memory_;
  bool takes_over_;
  std::vector<Incarnation> epochs_;
  std::uint32_t current_ = 0;
  std::uint64_t last_era_ = 0;
  std::deque<AbandonedRecord> abandoned_;
  std::vector<Object> objects_;
  std::vector<Domain> domains_;
  std::map<ThreadId, std::vector<DomainId>> stacks_;
  Counters counters_;
};

}  // namespace temporal_slab::harness::model
