// An allocator: the ring of epochs and the store of slabs behind one mutex, and in
// front of it a heap for each thread.
//
// Threads. Every public member may be called from any thread. Those named try_ work
// on the calling thread's heap in a section, without the mutex, and say false where
// that does not do: then nothing was done, and the member without try_ is called.
// All others take the mutex, so each call takes effect at one instant (R-2.3-1,
// R-2.2-4, R-2.2-8).
//
// Errors. Members return 0 or an errno value; what they give back otherwise they
// give through a pointer, untouched on errors. Arguments were checked by capi/.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "epoch/ring.h"
#include "epoch/scope_stack.h"
#include "heap/living.h"
#include "heap/references.h"
#include "heap/slab_store.h"
#include "heap/thread_heaps.h"
#include "memory/record_pool.h"
#include "stats/module_map.h"
#include "stats/segment_memory.h"
#include "sync/atomic.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

struct AllocatorOptions {
  std::string_view name;  // well-formed UTF-8 of at most 31 bytes
  bool publish;
  std::size_t retain_bytes;
  std::size_t max_bytes;
  std::uint32_t epoch_count = 16;        // kFewestEpochs to kMaxEpochs
  std::uint64_t takeover_after_sec = 0;  // R-2.2-3
};

class Allocator {
 public:
  // Memory of an allocator comes from the operating system, never from malloc.
  // nullptr with ENOMEM.
  static Allocator* create(const AllocatorOptions& options);
  static void destroy(Allocator* allocator);

  std::uint32_t id() const { return id_; }
  std::uint32_t epoch_count() const { return epoch_count_; }
  // What its slabs begin with (memory/descriptors.h).
  std::uint64_t identity() const { return identity_; }
  const stats::SegmentMemory& segment_memory() const { return memory_; }
  const stats::Segment& segment() const { return segment_; }

  // `bytes` is 1 to kMaxSlotBytes. Cost: no locked instruction, no call.
  bool try_allocate(std::size_t bytes, std::uint32_t epoch, Object* out) {
    Heap* const heap = heap_of_last_call();
    if (heap == nullptr) [[unlikely]]
      return false;
    if (!store_.heaps().enter_plainly(*heap)) [[unlikely]]
      return false;
    const bool done = heap->allocate_plainly(memory::cell_of(epoch, memory::class_of(bytes)), out);
    heap->leave_section();
    return done;
  }
  // Cost: of an object of the thread's own slab, no locked instruction, no call.
  bool try_free(std::uint64_t handle);
  bool try_free(void* object);
  // What the thread's heap can do besides, without the mutex. Any size.
  bool try_harder(std::size_t bytes, std::uint32_t epoch, Object* out);
  bool try_harder(std::size_t bytes, const epoch::Scope* scope, Object* out);
  bool try_harder(std::size_t bytes, IncarnationRef incarnation, Object* out);
  bool try_harder(std::uint64_t handle);
  bool try_harder(void* object);

  int allocate(std::size_t bytes, std::uint32_t epoch, Object* out);
  // Into this incarnation, or nowhere: ESTALE (R-2.2-11).
  int allocate(std::size_t bytes, IncarnationRef incarnation, Object* out);
  // Into the scope's incarnation while that is ACTIVE, else the current epoch.
  int allocate(std::size_t bytes, const epoch::Scope* scope, Object* out);
  int reallocate(void* object, std::size_t bytes, void** out);
  int free(std::uint64_t handle);
  int free(void* object);
  // Of an object in a slot, without the mutex: false for others, and what is none.
  bool try_usable_size(const void* object, std::size_t* out) const;
  int usable_size(const void* object, std::size_t* out);
  void trim();

  // EAGAIN: the ring is held (R-2.2-3), and nothing changed.
  int advance();
  int close(std::uint32_t epoch);
  int close_if_standing(IncarnationRef incarnation);
  int discard_if_standing(IncarnationRef incarnation, std::uint64_t* objects);
  int set_label_if_standing(IncarnationRef incarnation, std::string_view label);
  int try_close(std::uint32_t epoch);
  int discard(std::uint32_t epoch, std::uint64_t* objects);

  void set_label(std::uint32_t epoch, std::string_view label);
  // `site`: the return address of the caller's call, for the holders (R-2.5-5). The
  // five that try do so for references of the thread's own, taken in the module of the
  // last one: no locked instruction, no call.
  bool try_inc(std::uint32_t epoch, std::uint64_t site) {
    Heap* const heap = heap_of_last_call();
    return heap != nullptr && References::try_hold<Site::kKnown>(store_.heaps(), *heap, epoch,
                                                                 References::AnyEra(), site);
  }
  bool try_dec(std::uint32_t epoch) {
    Heap* const heap = heap_of_last_call();
    return heap != nullptr &&
           References::try_drop(store_.heaps(), *heap, epoch, References::AnyEra(), 1);
  }
  bool try_acquire(std::uint64_t site, Reference* out) {
    Heap* const heap = heap_of_last_call();
    return heap != nullptr &&
           References::try_hold_current<Site::kKnown>(store_.heaps(), *heap, current_, site, out);
  }
  bool try_acquire_standing(IncarnationRef incarnation, std::uint64_t site) {
    Heap* const heap = heap_of_last_call();
    return heap != nullptr &&
           References::try_hold<Site::kKnown>(store_.heaps(), *heap, incarnation.epoch,
                                              References::ThisEra{incarnation.era}, site);
  }
  // Only if the thread holds `at_least` so many.
  bool try_release(IncarnationRef incarnation, std::uint64_t at_least = 1) {
    Heap* const heap = heap_of_last_call();
    return heap != nullptr && References::try_drop(store_.heaps(), *heap, incarnation.epoch,
                                                   References::ThisEra{incarnation.era}, at_least);
  }
  // One of the thread's own, by name.
  bool try_release(const Reference& reference, std::uint64_t at_least = 1) {
    Heap* const heap = heap_of_last_call();
    return heap != nullptr &&
           References::try_drop(store_.heaps(), *heap, reference.epoch,
                                References::ThisReference{reference.holder, reference.era},
                                at_least);
  }
  void inc(std::uint32_t epoch, std::uint64_t site);
  void dec(std::uint32_t epoch);
  Reference acquire(std::uint64_t site);
  // `holder`, unless that is null: whose the reference is then.
  int acquire_standing(IncarnationRef incarnation, std::uint64_t site,
                       std::uint32_t* holder = nullptr);
  // Advances, labels and takes a reference, in one instant (R-2.2-10).
  Reference open(std::string_view label, std::uint64_t site);
  // Moves the site of a thread's reference to where it entered again.
  int enter_again(IncarnationRef incarnation, std::uint64_t site);
  int release(IncarnationRef incarnation);
  // One that its holder took, whoever drops it (R-2.3-6).
  int release(const Reference& reference);
  // What becomes of an incarnation with its last reference.
  enum class Finish { kKeep, kClose, kDiscard };
  // `done`: this closed or discarded it.
  int finish(const Reference& reference, Finish how, bool* done);
  // The incarnation is closed in the same instant if this was its last reference
  // (R-2.5-4).
  int release_and_finish(IncarnationRef incarnation, Finish how);
  // Stops everybody: for who could not read it otherwise.
  std::uint64_t refcount(std::uint32_t epoch);
  IncarnationRef current();
  IncarnationRef standing(std::uint32_t epoch);

  // The thread with this number ends: its heap is nobody's.
  void thread_ends(std::uint64_t thread);

  // Around a fork: no thread is inside from the first to whichever of the others
  // follows. The calling thread is in no call.
  void before_fork();
  void after_fork_in_parent();
  void after_fork_in_child();
  LivingLinks& living_links() { return living_links_; }  // heap/living.cc's

  // Records for domains; they go with the allocator.
  void* take_domain_record(std::size_t bytes);
  void put_domain_record(void* record);

 private:
  using Site = References::Site;

  Allocator(stats::SegmentMemory& memory, const AllocatorOptions& options);
  ~Allocator();
  static void release(Allocator* allocator);

  static constexpr std::uint64_t kActivityNs = 100'000'000;

  // The mutex, for one call: knows whether it had to be waited for.
  class Call {
   public:
    explicit Call(Allocator& allocator)
        : allocator_(allocator),
          inside_fork_(inside_fork()),
          contended_(!inside_fork_ && !allocator.mutex_.try_lock()) {
      if (contended_) allocator_.mutex_.lock();
      allocator_.store_.heaps().entered_by(allocator_.heap_of_this_thread_locked());
      allocator_.note_activity();
    }
    ~Call() {
      if (inside_fork_) [[unlikely]]
        allocator_.memory_.before_fork();  // what the child is given has changed
      else
        allocator_.mutex_.unlock();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    bool contended() const { return contended_; }

   private:
    Allocator& allocator_;
    const bool inside_fork_;  // this thread forks: it has the mutex since before_fork()
    const bool contended_;
  };

  // What readers take for the last known moment of a process that is dead (R-2.6-10).
  void note_activity() {
    const std::uint64_t now_ns = sync::coarse_monotonic_ns();
    if (now_ns - noted_ns_ < kActivityNs) return;
    noted_ns_ = now_ns;
    stats::put(segment_.active_ns, now_ns);
  }

  Heap* heap_of_last_call() {
    const ThreadHeaps::Entry& last = this_threads_heaps().last;
    if (last.allocator_id != id_) [[unlikely]]
      return nullptr;
    Heap* const heap = last.heap;
    assert(heap != nullptr);
    if (heap == nullptr) __builtin_unreachable();  // what is remembered there has one
    return heap;
  }
  Heap* this_threads_heap();
  // The same, and a site of which the reader of a segment is told where it is.
  Heap* heap_that_knows(std::uint64_t site);
  // As Found, without the reason.
  struct Named {
    memory::Slab* slab;
    std::uint32_t slot;
    std::uint32_t word;  // that says live
  };
  // False: it names nothing live, as far as a section can see.
  bool find(std::uint64_t handle, Named* out) const;
  bool find(const void* object, Named* out) const;
  template <typename Name>
  bool try_free_named(Name name);
  template <typename Name>
  bool try_harder_to_free(Name name);
  Heap* heap_of_this_thread_locked();
  void prepare_to_join();
  void join_locked();
  void take_over(Heap& heap);
  void take_over_from_the_gone();
  template <typename Name>
  bool free_of_other(Heap& heap, const Named& found, Name name);
  bool has_left(const epoch::Scope& scope) const;

  int allocate_locked(std::size_t bytes, std::uint32_t epoch, bool contended, Object* out);
  int free_found(const Found& found, bool contended);
  // A call that may close: beside what a Call does it knows what the close is to say of its time
  // and of the process, which is asked for outside of the mutex.
  class Closing {
   public:
    explicit Closing(Allocator& allocator);
    ~Closing();
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;

    // With the mutex: `epoch` was left, for the first time in this incarnation or not.
    void has_left(std::uint32_t epoch, bool first, std::uint64_t given_back_bytes);

   private:
    Allocator& allocator_;
    const std::uint64_t begun_ns_;
    const std::uint64_t rss_bytes_;  // 0: what the allocator remembers is new enough
    std::optional<Call> call_;
    IncarnationRef gave_back_{};  // whose RSS after the close is to be read
    bool read_again_ = false;
  };
  std::uint64_t rss_if_old(std::uint64_t now_ns) const;
  void remember_rss(std::uint64_t bytes, std::uint64_t read_ns);

  // What leaving an epoch does with its live objects.
  enum class Contents { kKeep, kDiscard };
  // An epoch that was left.
  struct Leaving {
    std::uint32_t epoch;
    Contents contents;
    bool first;                 // it was ACTIVE
    bool held = false;          // it was not left at all: EAGAIN
    bool done = false;          // it is open again in place, or stays open: nothing is left to do
    std::uint64_t objects = 0;  // that were freed by that
  };
  Leaving begin_to_leave(std::uint32_t epoch, Contents contents, std::uint64_t now_ns);
  Leaving begin_to_advance(Contents contents, std::uint64_t now_ns,
                           const epoch::Ring::Opening* first = nullptr);
  Leaving open_in_place(std::uint32_t epoch, Contents contents, std::uint64_t now_ns,
                        const epoch::Ring::Opening* first);
  void open_next(std::uint32_t epoch, std::uint64_t now_ns, const epoch::Ring::Opening* first);
  bool current_is_fresh();
  Leaving begin_to_close(std::uint32_t epoch, Contents contents);
  Leaving stop_and_begin_to_close(std::uint32_t epoch, Contents contents);
  std::optional<Leaving> begin_to_close_if_free(std::uint32_t epoch);
  std::optional<Leaving> begin_to_finish(std::uint32_t epoch, Finish how);
  int leave(Closing& closing, const Leaving& leaving, std::uint64_t* objects = nullptr);

  std::uint32_t hold_locked(std::uint32_t epoch, std::uint64_t site);
  void count_lock(std::uint32_t class_index, bool contended);
  void count(stats::GlobalCounter which) { stats::add(stats::counter(segment_, which), 1); }

  // What each call reads, on a line that only an advance writes.
  const std::uint32_t id_;
  const std::uint64_t identity_;
  const std::uint32_t epoch_count_;
  stats::Segment& segment_;
  sync::Atomic<std::uint64_t> current_{0};  // the ring's, for sections

  alignas(64) sync::Mutex mutex_;
  stats::SegmentMemory& memory_;
  std::uint64_t noted_ns_ = sync::coarse_monotonic_ns();
  alignas(64) stats::ModuleMap modules_;  // looked into without the mutex
  epoch::Ring ring_;
  SlabStore store_;
  alignas(64) References references_;  // read by each call that counts: nobody writes there
  alignas(64) memory::RecordPool domains_;
  // Resident bytes of the process, and when they were read: the mutex guards both, but who wants to
  // know whether to read them anew looks at the time without it.
  std::uint64_t rss_bytes_ = 0;
  sync::Atomic<std::uint64_t> rss_read_ns_{0};  // 0: never
  LivingLinks living_links_;
};

}  // namespace temporal_slab::heap
