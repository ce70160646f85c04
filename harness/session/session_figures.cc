// What can be observed: structs, snapshot, JSON, and the walk.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "harness/invariants/invariants.h"
#include "harness/session/figures.h"
#include "harness/session/say.h"
#include "tslab/json_reader.h"

namespace temporal_slab::harness::session {

void Session::check_figures() {
  placement_.wait(invariants::waiting_slots(allocator_), invariants::slabs_in_use(allocator_));
  SlabGlobalStats global;
  slab_stats_global(allocator_, &global);
  if (global.current_epoch != model_.current()) fail("slab_stats_global: current_epoch");
  if (global.total_allocs - global.total_frees != model_.live_objects())
    fail("slab_stats_global: total_allocs - total_frees");
  if (global.invalid_frees != model_.counters().invalid_frees ||
      global.stale_frees != model_.counters().stale_frees)
    fail("slab_stats_global: invalid_frees or stale_frees");
  for (std::uint32_t i = 0; i < model::kClasses; ++i) {
    SlabClassStats of_class;
    slab_stats_class(allocator_, i, &of_class);
    if (of_class.allocs != model_.counters().allocs[i]) fail("slab_stats_class: allocs");
    for (std::uint32_t e = 0; e < model_.epoch_count(); ++e) {
      const model::Incarnation& must = model_.epoch(e);
      SlabEpochStats of_epoch;
      slab_stats_epoch(allocator_, i, e, &of_epoch);
      const SlabCounts slabs = placement_.standing(e, must.era, i);
      if (of_epoch.epoch_era != must.era || of_epoch.refcount != must.refs ||
          of_epoch.label != must.label || (of_epoch.state == EPOCH_ACTIVE) != must.active ||
          of_epoch.live_objects != must.live[i] + must.carried[i] ||
          of_epoch.partial_slab_count != slabs.partial || of_epoch.full_slab_count != slabs.full ||
          of_epoch.carried_slab_count != placement_.carried(e, must.era, i).all())
        fail("slab_stats_epoch: class " + std::to_string(i) + ", epoch " + std::to_string(e));
    }
  }
}

// R-3-6: the text says what the model knows, read by the tool's own reader.
void Session::check_json() {
  placement_.wait(invariants::waiting_slots(allocator_), invariants::slabs_in_use(allocator_));
  const int fd = ::memfd_create("snapshot", 0);
  expect(model::Answer::ok(1), observe([&] { return slab_stats_write_json(allocator_, fd); }));
  std::string text(static_cast<std::size_t>(std::max<off_t>(::lseek(fd, 0, SEEK_END), 0)), '\0');
  const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
  ::close(fd);
  if (length != static_cast<ssize_t>(text.size())) return fail("the JSON cannot be read back");
  stats::Snapshot snapshot;
  for (const tslab::Offence& offence : tslab::read_json(text, 1, &snapshot))
    return fail("JSON: " + tslab::to_string(offence));
  const std::string difference = compare_figures(snapshot, model_, placement_, config_);
  if (!difference.empty()) fail("JSON: " + difference);
  // The call is not over, but takes and drops nothing.
  const std::string wrong = holding_.compare(snapshot);
  if (!wrong.empty()) fail("JSON: " + wrong);
}

void Session::walk() {
  for (const std::string& offence : invariants::walk(allocator_)) fail("invariant: " + offence);
  for (const ObjectId id : live_) check_contents(id);
}

}  // namespace temporal_slab::harness::session
