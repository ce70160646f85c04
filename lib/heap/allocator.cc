#include "heap/allocator.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "base/thread.h"
#include "memory/page_source.h"
#include "stats/saturating.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

using memory::kClassCount;
using memory::kMaxObjectBytes;
using memory::kSizeClasses;
using stats::ClassCounter;
using stats::GlobalCounter;

namespace {

// An allocator and what it needs before it can be made.
struct Block {
  stats::SegmentMemory segment;
  alignas(Allocator) std::byte allocator[sizeof(Allocator)];
};

std::uint64_t seconds_as_ns(std::uint64_t seconds) {
  return stats::product(seconds, 1'000'000'000);
}

constexpr std::size_t kBlockBytes = base::align_up(sizeof(Block), memory::kPageBytes);

}  // namespace

Allocator* Allocator::create(const AllocatorOptions& options) {
  std::byte* memory = nullptr;
  if (watch_forks() == 0 && memory::reserve_descriptors())
    memory = memory::reserve(kBlockBytes, memory::kPageBytes);
  if (memory == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  auto* block = new (memory) Block;
  if (!block->segment.open(options.publish, options.name)) {
    memory::release(memory, kBlockBytes);
    errno = ENOMEM;
    return nullptr;
  }
  block->segment.reserve_ring(options.epoch_count);
  // That of the heap of who has the mutex; the others' follow as threads join.
  block->segment.reserve_shard(0, options.epoch_count);
  auto* const allocator = new (block->allocator) Allocator(block->segment, options);
  enlist_living(allocator);
  return allocator;
}

void Allocator::destroy(Allocator* allocator) {
  delist_living(allocator);
  if (auto* const scopes = this_threads_scopes(); scopes != nullptr) scopes->drop(allocator->id());
  release(allocator);
}

void Allocator::release(Allocator* allocator) {
  auto* bytes = reinterpret_cast<std::byte*>(allocator) - offsetof(Block, allocator);
  auto* block = reinterpret_cast<Block*>(bytes);
  allocator->~Allocator();
  block->segment.close();
  block->~Block();
  memory::release(bytes, kBlockBytes);
}

Allocator::Allocator(stats::SegmentMemory& memory, const AllocatorOptions& options)
    : id_(memory::new_allocator_number()),
      identity_(memory::identity_of(id_)),
      epoch_count_(options.epoch_count),
      segment_(*memory.get()),
      memory_(memory),
      modules_(segment_, &memory_),
      ring_(segment_, options.epoch_count, seconds_as_ns(options.takeover_after_sec),
            sync::monotonic_ns()),
      store_(segment_, id_, options.retain_bytes, options.max_bytes),
      references_(ring_, store_.heaps()) {
  stats::SegmentHeader& header = segment_.header;
  stats::put(header.class_count, kClassCount);
  stats::put(header.retain_bytes, options.retain_bytes);
  stats::put(header.max_bytes, options.max_bytes);
  stats::put(header.epoch_count, options.epoch_count);
  stats::put(header.takeover_after_sec, options.takeover_after_sec);
  for (std::uint32_t i = 0; i < kClassCount; ++i) {
    stats::put(segment_.classes[i].object_size, kSizeClasses[i].object_bytes);
    stats::put(segment_.classes[i].slab_bytes, kSizeClasses[i].slab_bytes);
  }
  // Epoch 0 is open from the beginning, with era 0; the others were never opened.
  stats::put(ring_.record(0).opened_ns, sync::monotonic_ns());
  memory_.seal();
}

Allocator::~Allocator() = default;

void Allocator::count_lock(std::uint32_t class_index, bool contended) {
  stats::add(stats::counter(
                 segment_, class_index,
                 contended ? ClassCounter::k_lock_contended : ClassCounter::k_lock_fast_acquire),
             1);
}

int Allocator::allocate_locked(std::size_t bytes, std::uint32_t epoch, bool contended,
                               Object* out) {
  const std::uint32_t class_index = memory::class_of(bytes);
  count_lock(class_index, contended);
  if (!ring_.is_active(epoch)) {
    stats::add(stats::counter(segment_, class_index, ClassCounter::k_slow_path_hits), 1);
    stats::add(stats::counter(segment_, class_index, ClassCounter::k_slow_path_epoch_closed), 1);
    stats::add(ring_.record(epoch).slow_path_hits, 1);
    return ESTALE;
  }
  store_.age(sync::monotonic_ns());
  bool zeroed = false;
  const Object object = store_.allocate(bytes, epoch, &zeroed);
  if (object.address == nullptr) return ENOMEM;
  *out = object;
  return 0;
}

int Allocator::allocate(std::size_t bytes, std::uint32_t epoch, Object* out) {
  if (bytes > kMaxObjectBytes) return ENOMEM;
  prepare_to_join();
  const Call call(*this);
  join_locked();
  return allocate_locked(bytes, epoch, call.contended(), out);
}

int Allocator::allocate(std::size_t bytes, const epoch::Scope* scope, Object* out) {
  if (bytes > kMaxObjectBytes) return ENOMEM;
  prepare_to_join();
  const Call call(*this);
  join_locked();
  const bool in_scope =
      scope != nullptr && ring_.stands(scope->epoch, scope->era) && ring_.is_active(scope->epoch);
  return allocate_locked(bytes, in_scope ? scope->epoch : ring_.current(), call.contended(), out);
}

int Allocator::allocate(std::size_t bytes, IncarnationRef incarnation, Object* out) {
  if (bytes > kMaxObjectBytes) return ENOMEM;
  prepare_to_join();
  const Call call(*this);
  join_locked();
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  return allocate_locked(bytes, incarnation.epoch, call.contended(), out);
}

int Allocator::reallocate(void* object, std::size_t bytes, void** out) {
  const Call call(*this);
  const Found found = store_.find(object);
  if (found.slab == nullptr) return free_found(found, call.contended());
  const std::size_t usable = found.slab->object_bytes();
  if (bytes <= usable) {
    store_.shrink(found.slab, bytes);
    *out = object;
    return 0;
  }
  if (bytes > kMaxObjectBytes) return ENOMEM;
  if (!store_.stands(*found.slab)) return ESTALE;
  Object grown{};
  if (const int error = allocate_locked(bytes, found.slab->epoch(), call.contended(), &grown);
      error != 0)
    return error;
  std::memcpy(grown.address, object, usable);
  // Whoever freed it meanwhile has misused it, and it may have gone with its slab; what
  // was asked for is done.
  const Found again = store_.find(object);
  if (again.slab != found.slab || again.word.bits() != found.word.bits() || !store_.free(again))
    count(GlobalCounter::k_stale_frees);
  *out = grown.address;
  return 0;
}

int Allocator::free_found(const Found& found, bool contended) {
  if (found.slab == nullptr) {
    count(found.error == ESTALE ? GlobalCounter::k_stale_frees : GlobalCounter::k_invalid_frees);
    return found.error;
  }
  count_lock(found.slab->class_index(), contended);
  store_.age(sync::monotonic_ns());
  // Who frees what others own will do so again, and needs a heap for that.
  if ((found.slab->owner.load(sync::kRelaxed) & ~memory::kFull) != 0) join_locked();
  if (store_.free(found)) return 0;
  count(GlobalCounter::k_stale_frees);
  return ESTALE;
}

int Allocator::free(std::uint64_t handle) {
  prepare_to_join();
  const Call call(*this);
  return free_found(store_.find(handle), call.contended());
}

int Allocator::free(void* object) {
  prepare_to_join();
  const Call call(*this);
  return free_found(store_.find(object), call.contended());
}

int Allocator::usable_size(const void* object, std::size_t* out) {
  const Call call(*this);
  const Found found = store_.find(object);
  if (found.slab == nullptr) return found.error;
  *out = found.slab->object_bytes();
  return 0;
}

void Allocator::trim() {
  const Call call(*this);
  store_.trim();
}

void Allocator::before_fork() {
  mutex_.lock();
  Heaps& heaps = store_.heaps();
  heaps.entered_by(heap_of_this_thread_locked());
  heaps.stop();
  modules_.pause();
  memory_.before_fork();
}

void Allocator::after_fork_in_parent() {
  memory_.after_fork_in_parent();
  modules_.resume();
  store_.heaps().go_on();
  mutex_.unlock();
}

void Allocator::after_fork_in_child() {
  memory_.after_fork_in_child();
  modules_.resume();
  store_.after_fork_in_child();
  if (Heap* const own = store_.heaps().holder(); own != nullptr)
    store_.heaps().renumber(*own, base::own_thread_id());
  store_.heaps().go_on();
  mutex_.unlock();
}

Heap* Allocator::heap_of_this_thread_locked() {
  if (Heap* const heap = heap_of_last_call(); heap != nullptr) return heap;
  ThreadHeaps& mine = this_threads_heaps();
  const ThreadHeaps::Entry* const known = mine.find(id_);
  const ThreadHeaps::Entry entry =
      known != nullptr ? *known
                       : ThreadHeaps::Entry{id_, store_.heaps().of_thread(epoch::this_thread_id())};
  mine.remember(entry);
  return entry.heap;
}

// Before the mutex, which is taken after the locks that this takes.
void Allocator::prepare_to_join() {
  ThreadHeaps& mine = this_threads_heaps();
  if (!mine.hooked) hook_thread_exit();
  // More than `last` is to be remembered from the second allocator on.
  if (mine.record == nullptr && mine.last.allocator_id != 0 && mine.last.allocator_id != id_)
    this_threads_record();
}

// Without a heap a thread goes on by the mutex, and asks again with each call.
void Allocator::join_locked() {
  Heaps& heaps = store_.heaps();
  ThreadHeaps& mine = this_threads_heaps();
  if (heaps.holder() != nullptr || mine.ended || sync::forking()) return;
  take_over_from_the_gone();
  if (!heaps.has_place()) return;
  const std::uint32_t next = heaps.count() + 1;
  if (next < stats::kMaxHeaps) memory_.reserve_shard(next, epoch_count_);
  Heap* const heap = heaps.join(epoch::this_thread_id(), mine.hooked ? 0 : base::own_thread_id());
  if (heap == nullptr) return;
  mine.remember({id_, heap});
  heaps.entered_by(heap);
}

void Allocator::take_over(Heap& heap) {
  references_.settle(heap);
  store_.abandon(heap);
  store_.heaps().leave(heap);
}

// Those whose end nobody is told of.
void Allocator::take_over_from_the_gone() {
  Heaps& heaps = store_.heaps();
  for (std::uint32_t number = 1; number <= heaps.count(); ++number)
    if (heaps.thread_is_gone(heaps.at(number))) take_over(heaps.at(number));
}

void Allocator::thread_ends(std::uint64_t thread) {
  const Call call(*this);
  Heap* const heap = store_.heaps().of_thread(thread);
  if (heap != nullptr) take_over(*heap);
}

void* Allocator::take_domain_record(std::size_t bytes) {
  const Call call(*this);
  return domains_.take(bytes);
}

void Allocator::put_domain_record(void* record) {
  const Call call(*this);
  domains_.put(record);
}

}  // namespace temporal_slab::heap
