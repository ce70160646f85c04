// Labels, set and read (R-2.4-2).
#include "stress/label.h"
#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {

void set_label(World& world, Worker& me) {
  const EpochId epoch = random_epoch(me.random);
  const std::string label =
      me.random.one_in(8) ? "" : make_label(epoch, std::nullopt, me.random.next());
  slab_epoch_set_label(world.allocator, epoch, label.c_str());
  ++me.tally.labels_set;
}

// Needs references that hold: what is labelled must still be the same incarnation.
void set_label_of_era(World& world, Worker& me) {
  const SlabEpochRef held = slab_epoch_acquire(world.allocator);
  const std::string label = make_label(held.epoch, held.era, me.random.next());
  slab_epoch_set_label(world.allocator, held.epoch, label.c_str());
  char read[SLAB_LABEL_BYTES];
  const std::size_t length = slab_epoch_get_label(world.allocator, held.epoch, read);
  if (length == 0 || !label_belongs({read, length}, held.epoch, held.era))
    fail(text("epoch %u era %llu was labelled \"%s\" and has the label \"%s\"", held.epoch,
              static_cast<unsigned long long>(held.era), label.c_str(), read));
  if (!slab_epoch_release(world.allocator, held))
    fail(text("epoch %u era %llu was taken over while a reference was held", held.epoch,
              static_cast<unsigned long long>(held.era)));
  ++me.tally.acquires;
  ++me.tally.releases;
  ++me.tally.labels_set;
}

void read_label(World& world, Worker& me) {
  const EpochId epoch = watched_epoch(world, me.random);
  char label[SLAB_LABEL_BYTES];
  const std::uint64_t era_before = slab_epoch_era(world.allocator, epoch);
  const std::size_t length = slab_epoch_get_label(world.allocator, epoch, label);
  const std::uint64_t era_after = slab_epoch_era(world.allocator, epoch);
  if (era_before == era_after && !label_belongs({label, length}, epoch, era_before))
    fail(text("epoch %u era %llu has the label \"%s\"", epoch,
              static_cast<unsigned long long>(era_before), label));
  ++me.tally.labels_read;
}

}  // namespace temporal_slab::stress
