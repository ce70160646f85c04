// Scopes: opened in one step, used by reference, handed from thread to thread, finished
// (R-2.2-10, R-2.2-11, R-2.3-6). Here nothing else closes or sets labels, and the ring is held
// where it is full: what a thread has a reference on stands.
#include <temporal_slab/slab_stats.h>

#include <cerrno>
#include <cstring>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

constexpr std::size_t kMostScopes = 3;
constexpr std::size_t kMostHanded = 64;
constexpr std::string_view kLabel = "scope ";

std::string describe(SlabEpochRef reference) {
  return text("epoch %u era %llu, taken by holder %u", reference.epoch,
              static_cast<unsigned long long>(reference.era), reference.holder);
}

SlabEpochRef take_random(std::vector<SlabEpochRef>* references, Random& random) {
  SlabEpochRef& place = (*references)[random.below(references->size())];
  const SlabEpochRef taken = place;
  place = references->back();
  references->pop_back();
  return taken;
}

void check_stands(World& world, SlabEpochRef reference) {
  if (slab_epoch_era(world.allocator, reference.epoch) != reference.era)
    fail(describe(reference) + " is gone while it is held");
  if (slab_epoch_get_refcount(world.allocator, reference.epoch) == 0)
    fail(describe(reference) + " has refcount 0 while it is held");
}

void finish(World& world, Worker& me, SlabEpochRef reference) {
  check_stands(world, reference);
  errno = 0;
  if (me.random.one_in(4)) {
    if (!slab_epoch_release(world.allocator, reference))
      fail("release of " + describe(reference) + ": " + error_name(errno));
    ++me.tally.releases;
    return;
  }
  const auto how = static_cast<SlabFinish>(me.random.below(3));
  const bool done = slab_epoch_finish(world.allocator, reference, how);
  if ((done && how == SLAB_FINISH_KEEP) || errno != 0)
    fail("finish of " + describe(reference) + ": " + error_name(errno));
  ++me.tally.finishes;
}

}  // namespace

void open_scope(World& world, Worker& me) {
  if (me.references.size() >= kMostScopes) return;
  const std::string label = std::string(kLabel) + std::to_string(me.random.next() % 1'000'000'000);
  errno = 0;
  const SlabEpochRef reference = slab_epoch_open(world.allocator, label.c_str());
  if (reference.epoch == UINT32_MAX || errno != 0) fail("slab_epoch_open: " + error_name(errno));
  ++me.tally.opens;
  me.references.push_back(reference);
  check_stands(world, reference);
  char read[SLAB_LABEL_BYTES];
  slab_epoch_get_label(world.allocator, reference.epoch, read);
  if (read == label) return;
  // Where the ring is held it is another scope's incarnation.
  SlabGlobalStats global{};
  slab_stats_global(world.allocator, &global);
  if (global.advances_held == 0 || std::string_view(read).substr(0, kLabel.size()) != kLabel)
    fail(describe(reference) + " was opened as \"" + label + "\", and has the label \"" + read +
         "\"");
}

void use_scope(World& world, Worker& me) {
  if (me.references.empty()) return;
  const SlabEpochRef reference = me.references[me.random.below(me.references.size())];
  const std::size_t bytes = 1 + me.random.below(2000);
  errno = 0;
  void* const object = slab_malloc_ref(world.allocator, bytes, reference);
  if (object == nullptr) {
    // Another scope may have turned the ring.
    if (errno != ESTALE || slab_epoch_state_ref(world.allocator, reference) != EPOCH_CLOSING)
      fail("an object in " + describe(reference) + ": " + error_name(errno));
    ++me.tally.allocs_closing;
    return;
  }
  ++me.tally.allocs;
  std::memset(object, static_cast<int>(me.index), bytes);
  if (me.references.size() < kMostScopes && me.random.one_in(2)) {
    const SlabEpochRef another = slab_epoch_ref_dup(world.allocator, reference);
    if (another.epoch != reference.epoch || another.era != reference.era)
      fail("a second reference on " + describe(reference) + " is on " + describe(another));
    ++me.tally.acquires;
    me.references.push_back(another);
  }
  const auto* const byte = static_cast<const unsigned char*>(object);
  for (std::size_t i = 0; i < bytes; ++i)
    if (byte[i] != me.index) fail("an object in " + describe(reference) + " was written over");
  slab_free(world.allocator, object);
  ++me.tally.frees;
}

void finish_scope(World& world, Worker& me) {
  if (!me.references.empty()) finish(world, me, take_random(&me.references, me.random));
}

void hand_scope_on(World& world, Worker& me) {
  if (me.references.empty()) return;
  const std::lock_guard<std::mutex> lock(world.handed_mutex);
  if (world.handed.size() < kMostHanded)
    world.handed.push_back(take_random(&me.references, me.random));
}

void finish_scope_of_another(World& world, Worker& me) {
  SlabEpochRef reference{};
  {
    const std::lock_guard<std::mutex> lock(world.handed_mutex);
    if (world.handed.empty()) return;
    reference = take_random(&world.handed, me.random);
  }
  finish(world, me, reference);
}

}  // namespace temporal_slab::stress
