#include "heap/living.h"

#include <unistd.h>

#include <new>
#include <utility>

#include "base/bits.h"
#include "base/memory_marks.h"
#include "base/thread.h"
#include "heap/allocator.h"
#include "memory/descriptors.h"
#include "memory/page_source.h"
#include "memory/region_directory.h"
#include "stats/segment_file.h"
#include "sync/thread.h"

namespace temporal_slab::heap {
namespace {

constexpr std::size_t kRecordBytes = base::align_up(sizeof(ThreadRecord), memory::kPageBytes);

struct List {
  sync::Mutex mutex;  // guards what follows, and the links
  // Relaxed: the mutex orders all.
  sync::Atomic<Allocator*> first{nullptr};
  sync::Atomic<ThreadRecord*> records{nullptr};
};
constinit List living;

// Who asks for fork() to call us: a thread's number, or what follows. The C library may use
// malloc for it, and that may be made of this library: no lock is held.
constexpr std::uint64_t kNobody = 0;
constexpr std::uint64_t kIsKnown = ~std::uint64_t{0};
constinit sync::Atomic<std::uint64_t> fork_asker{kNobody};

constinit pid_t forking_process = 0;  // the thread that forks writes and reads it
constinit sync::Atomic<bool> exiting{false};

// The list's, but of the thread that forks, which has it.
class Lock {
 public:
  Lock() : taken_(!inside_fork()) {
    if (taken_) living.mutex.lock();
  }
  ~Lock() {
    if (taken_) living.mutex.unlock();
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  const bool taken_;
};

template <typename Visit>
void for_each(Visit visit) {
  for (Allocator* each = living.first.load(sync::kRelaxed); each != nullptr;
       each = each->living_links().next)
    visit(*each);
}

void before_fork() {
  living.mutex.lock();
  for_each([](Allocator& each) { each.before_fork(); });
  stats::lock_segment_files();
  forking_process = getpid();
  sync::forking() = true;
  this_threads_heaps().last = {};  // no call finds the heap without asking
}

void after_fork_in_parent() {
  sync::forking() = false;
  stats::unlock_segment_files();
  for_each([](Allocator& each) { each.after_fork_in_parent(); });
  living.mutex.unlock();
}

// The one thread that the child has holds the locks, whoever waited for them.
void after_fork_in_child() {
  if (!std::exchange(sync::forking(), false)) return;  // a handler before ours has called in
  stats::unlock_segment_files();
  for_each([](Allocator& each) { each.after_fork_in_child(); });
  ThreadRecord* const mine = this_threads_heaps().record;
  if (mine != nullptr && mine->lost_tid != 0) mine->lost_tid = base::own_thread_id();
  living.mutex.unlock();
}

void delist_record(ThreadRecord* record) {
  if (record->previous != nullptr)
    record->previous->next = record->next;
  else
    living.records.store(record->next, sync::kRelaxed);
  if (record->next != nullptr) record->next->previous = record->previous;
}

void release_record(ThreadRecord* record) {
  memory::release(reinterpret_cast<std::byte*>(record), kRecordBytes);
}

// Of a thread that nobody told us the end of. The kernel says that it is gone, which
// ThreadSanitizer does not hear: built for that, none is used again.
ThreadRecord* record_of_one_gone() {
  if (base::kBuiltForTsan) return nullptr;
  for (ThreadRecord* each = living.records.load(sync::kRelaxed); each != nullptr; each = each->next)
    if (each->lost_tid != 0 && sync::thread_is_gone(each->lost_tid)) {
      delist_record(each);
      return each;
    }
  return nullptr;
}

void give_heaps_up() {
  ThreadHeaps& mine = this_threads_heaps();
  {
    const Lock lock;
    const std::uint64_t thread = epoch::this_thread_id();
    for_each([&](Allocator& each) { each.thread_ends(thread); });
    if (mine.record != nullptr) {
      delist_record(mine.record);
      release_record(mine.record);
    }
  }
  mine = {};
  mine.ended = true;
}

// Asked for at the first allocator alone, a fork that is under way then would not know
// of it, and its child could find a lock taken; so it could if what is asked for once in
// a process was just being asked for. 101: before all of the application.
[[gnu::constructor(101)]] void begin_with_the_process() {
  watch_forks();
  sync::begin_thread_exits();
  const auto begin_exit = [] { exiting.store(true, sync::kRelaxed); };
  if (sync::at_exit(begin_exit) != 0) begin_exit();  // it is not told of: nothing is given back
  memory::reserve_descriptors();
  sync::Bias::of_this_process();
  base::under_valgrind();
}

// At exit, which calls what at_exit() was given before this, other threads run on; when the
// library is unloaded none is inside of it, and it finds out about that here.
[[gnu::destructor]] void go_with_the_library() {
  sync::end_thread_exits();
  if (exiting.load(sync::kRelaxed)) return;
  while (ThreadRecord* const record = living.records.load(sync::kRelaxed)) {
    delist_record(record);
    release_record(record);
  }
  if (living.first.load(sync::kRelaxed) == nullptr) memory::release_descriptors();
}

}  // namespace

bool forks_and_has_the_locks() {
  if (getpid() == forking_process) return true;
  after_fork_in_child();
  return false;
}

void hook_thread_exit() {
  ThreadHeaps& mine = this_threads_heaps();
  if (mine.hooked || mine.lost || mine.ended) return;
  mine.hooked = sync::at_thread_exit(give_heaps_up) == 0;
  mine.lost = !mine.hooked;
}

ThreadRecord* this_threads_record() {
  ThreadHeaps& mine = this_threads_heaps();
  if (mine.record != nullptr) return mine.record;
  hook_thread_exit();
  const Lock lock;
  void* memory = record_of_one_gone();
  if (memory == nullptr) memory = memory::reserve(kRecordBytes, memory::kPageBytes);
  if (memory == nullptr) return nullptr;
  auto* const record = new (memory) ThreadRecord{};
  record->lost_tid = mine.hooked ? 0 : base::own_thread_id();
  record->next = living.records.load(sync::kRelaxed);
  if (record->next != nullptr) record->next->previous = record;
  living.records.store(record, sync::kRelaxed);
  if (mine.last.allocator_id != 0) record->entries[record->oldest++] = mine.last;
  mine.record = record;
  return record;
}

int watch_forks() {
  std::uint64_t asker = fork_asker.load(sync::kAcquire);
  const std::uint64_t me = epoch::this_thread_id();
  while (asker != kNobody ||
         !fork_asker.compare_exchange_strong(asker, me, sync::kAcquire, sync::kAcquire)) {
    // By ourselves: the C library's malloc has come back to us.
    if (asker == kIsKnown || asker == me) return 0;
    sync::yield();
    asker = fork_asker.load(sync::kAcquire);
  }
  const int error = sync::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
  fork_asker.store(error == 0 ? kIsKnown : kNobody, sync::kRelease);
  return error;
}

Allocator* allocator_of(const void* object) {
  // Acquire is not needed: it names nothing but the allocator, which the list has.
  const std::uint64_t identity =
      memory::slab_at(memory::granule_at(object))->identity.load(sync::kRelaxed);
  if (identity == 0) return nullptr;
  Allocator* found = nullptr;
  const Lock lock;
  for_each([&](Allocator& each) {
    if (each.identity() == identity) found = &each;
  });
  return found;
}

void enlist_living(Allocator* allocator) {
  const Lock lock;
  Allocator* const first = living.first.load(sync::kRelaxed);
  allocator->living_links() = {first, nullptr};
  if (first != nullptr) first->living_links().previous = allocator;
  living.first.store(allocator, sync::kRelaxed);
  if (sync::forking()) allocator->before_fork();  // as the others
}

void delist_living(Allocator* allocator) {
  const Lock lock;
  const LivingLinks links = allocator->living_links();
  if (links.next != nullptr) links.next->living_links().previous = links.previous;
  if (links.previous != nullptr)
    links.previous->living_links().next = links.next;
  else
    living.first.store(links.next, sync::kRelaxed);
}

}  // namespace temporal_slab::heap
