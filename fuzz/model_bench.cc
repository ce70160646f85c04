#include "fuzz/model_bench.h"

#include <temporal_slab/slab_stats.h>

#include <string>

#include "capi/border.h"
#include "fuzz/require.h"
#include "stats/segment_reader.h"

namespace temporal_slab::fuzz {

using harness::model::Answer;
using harness::model::kClasses;
using harness::model::Model;

ModelBench::ModelBench(Input& input) {
  SlabOptions options;
  slab_options_init(&options);
  options.takeover_after_sec = 0;
  const std::uint8_t limits = input.byte();
  options.retain_bytes = std::size_t{limits % 4u} * 2 * 4096;
  options.max_bytes = std::size_t{limits / 4u % 8u} * 6 * 4096;
  allocator_ = slab_allocator_create_with(&options);
  require(allocator_ != nullptr, "there is memory for an allocator");
  model_ = std::make_unique<Model>(options.max_bytes != 0);
}

void ModelBench::judge(const char* call, const Answer& answer, const Seen& seen) {
  require(
      answer.allows(seen.error), call,
      "the model says " + answer.text() + ", errno is " + harness::model::error_text(seen.error));
  require(
      seen.value == answer.value(), call,
      "the model says " + std::to_string(answer.value()) + ", it is " + std::to_string(seen.value));
}

void ModelBench::judge_address(const char* call, const Answer& answer, const Seen& seen) {
  require(
      answer.allows(seen.error), call,
      "the model says " + answer.text() + ", errno is " + harness::model::error_text(seen.error));
  require((seen.value != 0) == (seen.error == 0), call, "null exactly on errors");
}

void ModelBench::compare() const {
  require(epoch_current(allocator_) == model_->current(), "the same epoch is current");
  for (EpochId epoch = 0; epoch < SLAB_EPOCH_COUNT; ++epoch) compare_epoch(epoch);
  compare_counters();
  compare_log();
}

void ModelBench::compare_epoch(EpochId epoch) const {
  const harness::model::Incarnation& wanted = model_->epoch(epoch);
  for (std::uint32_t i = 0; i < kClasses; ++i) {
    SlabEpochStats stats;
    slab_stats_epoch(allocator_, i, epoch, &stats);
    require(stats.live_objects == wanted.live[i] + wanted.carried[i], "live objects of an epoch");
    if (i != 0) continue;
    require(stats.epoch_era == wanted.era, "era of an epoch");
    require((stats.state == EPOCH_ACTIVE) == wanted.active, "state of an epoch");
    require(stats.refcount == wanted.refs, "refcount of an epoch");
    require(stats.label == wanted.label, "label of an epoch", stats.label);
  }
}

void ModelBench::compare_counters() const {
  const harness::model::Counters& wanted = model_->counters();
  SlabGlobalStats global;
  slab_stats_global(allocator_, &global);
  require(global.total_allocs - global.total_frees == model_->live_objects(), "live objects");
  require(global.invalid_frees == wanted.invalid_frees, "invalid_frees");
  require(global.stale_frees == wanted.stale_frees, "stale_frees");
  require(global.refcount_underflows == wanted.refcount_underflows, "refcount_underflows");
  require(global.stale_releases == wanted.stale_releases, "stale_releases");
  require(global.abandoned_refs == wanted.abandoned_refs, "abandoned_refs");
  require(global.epochs_closed == wanted.epochs_closed, "epochs_closed");
  require(global.epochs_drained_at_close == wanted.epochs_drained_at_close,
          "epochs_drained_at_close");
}

void ModelBench::compare_log() const {
  stats::Snapshot snapshot;
  std::string error;
  const stats::MemoryView view(&capi::inner(allocator_)->segment());
  require(stats::read_snapshot(view, stats::read_context(0), &snapshot, &error),
          "an allocator's own segment is readable", error);
  require(snapshot.abandoned.size() == model_->abandoned().size(), "length of the log");
  for (std::size_t i = 0; i < snapshot.abandoned.size(); ++i) {
    const stats::AbandonedRow& row = snapshot.abandoned[i];
    const harness::model::AbandonedRecord& wanted = model_->abandoned()[i];
    require(row.epoch_id == wanted.epoch && row.epoch_era == wanted.era &&
                row.refcount == wanted.refs && row.label == wanted.label,
            "a record of abandoned references", row.label);
  }
}

void ModelBench::acquire() {
  SlabEpochRef taken = {};
  const Seen seen = see_void([&] { taken = slab_epoch_acquire(allocator_); });
  const std::uint32_t current = model_->current();
  require(taken.epoch == current && taken.era == model_->epoch(current).era,
          "acquire takes the current incarnation (R-2.3-2)");
  judge("acquire", model_->acquire(), seen);
  references_.push_back(taken);
}

void ModelBench::release(Input& input) {
  if (references_.empty()) return;
  const SlabEpochRef taken = references_[input.byte() % references_.size()];
  judge("release", model_->release(taken.epoch, taken.era),
        see([&] { return slab_epoch_release(allocator_, taken); }));
}

void ModelBench::epoch_step(std::uint8_t what, Input& input) {
  // Now and then one that does not exist.
  const EpochId epoch = input.byte() % (SLAB_EPOCH_COUNT + 1);
  SlabAllocator* const a = allocator_;
  Model& m = *model_;
  switch (what % kEpochSteps) {
    case 0:
      return judge("advance", m.advance(), see_void([&] { epoch_advance(a); }));
    case 1:
      return judge("close", m.close(epoch), see_void([&] { epoch_close(a, epoch); }));
    case 2:
      return judge("try_close", m.try_close(epoch),
                   see([&] { return slab_epoch_try_close(a, epoch); }));
    case 3:
      return judge("discard", m.discard(epoch), see([&] { return slab_epoch_discard(a, epoch); }));
    case 4:
    case 5:
      return judge("inc", m.inc(epoch), see_void([&] { slab_epoch_inc_refcount(a, epoch); }));
    case 6:
      return judge("dec", m.dec(epoch), see_void([&] { slab_epoch_dec_refcount(a, epoch); }));
    case 7:
      return judge("refcount", m.refcount(epoch),
                   see([&] { return slab_epoch_get_refcount(a, epoch); }));
    case 8:
      return acquire();
    case 9:
      return release(input);
    case 10: {
      const std::string label(input.bytes(input.byte() % 40));
      return judge("set_label", m.set_label(epoch, label),
                   see_void([&] { slab_epoch_set_label(a, epoch, label.c_str()); }));
    }
    case 11: {
      char out[SLAB_LABEL_BYTES];
      return judge("get_label", m.label_length(epoch),
                   see([&] { return slab_epoch_get_label(a, epoch, out); }));
    }
    case 12:
      return judge("era", m.era(epoch), see([&] { return slab_epoch_era(a, epoch); }));
    default:
      return judge("state", m.state(epoch), see([&] { return slab_epoch_state(a, epoch); }));
  }
}

}  // namespace temporal_slab::fuzz
