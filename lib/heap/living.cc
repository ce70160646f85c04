#include "heap/living.h"

#include "base/memory_marks.h"
#include "heap/allocator.h"
#include "stats/segment_file.h"
#include "sync/thread.h"

namespace temporal_slab::heap {
namespace {

struct List {
  sync::Mutex mutex;  // guards what follows, and the links
  bool known_to_fork = false;
  sync::Atomic<Allocator*> first{nullptr};  // relaxed: the mutex orders all
};
constinit List living;

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
}

void after_fork_in_parent() {
  stats::unlock_segment_files();
  for_each([](Allocator& each) { each.after_fork_in_parent(); });
  living.mutex.unlock();
}

// The one thread that the child has holds the locks, whoever waited for them.
void after_fork_in_child() {
  stats::unlock_segment_files();
  for_each([](Allocator& each) { each.after_fork_in_child(); });
  living.mutex.unlock();
}

void give_heaps_up() {
  {
    const std::lock_guard lock(living.mutex);
    const std::uint64_t thread = epoch::this_thread_id();
    for_each([&](Allocator& each) { each.thread_ends(thread); });
  }
  this_threads_heaps() = {};
  this_threads_heaps().ended = true;
}

// Asked for at the first allocator alone, a fork that is under way then would not know
// of it, and its child could find a lock taken; so it could if what is asked for once in
// a process was just being asked for. 101: before all of the application.
[[gnu::constructor(101)]] void begin_with_the_process() {
  watch_forks();
  sync::Bias::of_this_process();
  base::under_valgrind();
}

}  // namespace

bool hook_thread_exit() { return sync::at_thread_exit(give_heaps_up) == 0; }

int watch_forks() {
  const std::lock_guard lock(living.mutex);
  if (living.known_to_fork) return 0;
  const int error = sync::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
  living.known_to_fork = error == 0;
  return error;
}

void enlist_living(Allocator* allocator) {
  const std::lock_guard lock(living.mutex);
  Allocator* const first = living.first.load(sync::kRelaxed);
  allocator->living_links() = {first, nullptr};
  if (first != nullptr) first->living_links().previous = allocator;
  living.first.store(allocator, sync::kRelaxed);
}

void delist_living(Allocator* allocator) {
  const std::lock_guard lock(living.mutex);
  const LivingLinks links = allocator->living_links();
  if (links.next != nullptr) links.next->living_links().previous = links.previous;
  if (links.previous != nullptr)
    links.previous->living_links().next = links.next;
  else
    living.first.store(links.next, sync::kRelaxed);
}

}  // namespace temporal_slab::heap
