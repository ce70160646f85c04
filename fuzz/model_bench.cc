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
  const std::uint8_t limits = input.byte();
  // Half of them are held where they are full (R-2.2-3).
  static constexpr std::uint32_t kRings[] = {16, 16, 2, 3, 17, 5, 40, 2};
  harness::model::Ring ring{kRings[limits / 32u], limits / 32u % 2 == 0};
  options.epoch_count = ring.epochs;
  options.takeover_after_sec = ring.takes_over ? 0 : 300;
  options.retain_bytes = std::size_t{limits % 4u} * 2 * 4096;
  options.max_bytes = std::size_t{limits / 4u % 8u} * 6 * 4096;
  allocator_ = slab_allocator_create_with(&options);
  require(allocator_ != nullptr, "there is memory for an allocator");
  model_ = std::make_unique<Model>(options.max_bytes != 0, ring);
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
  for (EpochId epoch = 0; epoch < model_->epoch_count(); ++epoch) compare_epoch(epoch);
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
  require(global.advances_held == wanted.advances_held, "advances_held");
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

void ModelBench::took(SlabEpochRef taken) {
  const std::uint32_t current = model_->current();
  require(taken.epoch == current && taken.era == model_->epoch(current).era,
          "the current incarnation is taken (R-2.3-2)");
  references_.push_back({taken, model_->taker(kThread, taken.epoch)});
}

void ModelBench::acquire() {
  SlabEpochRef taken = {};
  const Seen seen = see_void([&] { taken = slab_epoch_acquire(allocator_); });
  judge("acquire", model_->acquire(kThread), seen);
  took(taken);
}

void ModelBench::open(Input& input) {
  SlabEpochRef taken = {};
  const std::string label(input.bytes(input.byte() % 40));
  const Seen seen = see([&] {
    taken = slab_epoch_open(allocator_, label.c_str());
    return true;
  });
  judge("open", model_->open(kThread, label), seen);
  took(taken);
}

void ModelBench::release(Input& input) {
  if (references_.empty()) return;
  const Held& held = references_[input.byte() % references_.size()];
  const SlabEpochRef taken = held.reference;
  const harness::model::Taker taker = held.taker;
  const Seen seen = see([&] { return slab_epoch_release(allocator_, taken); });
  judge("release", model_->release(kThread, taken.epoch, taken.era, taker), seen);
}

void ModelBench::by_reference(std::uint8_t what, Input& input) {
  if (references_.empty()) return;
  const Held& held = references_[input.byte() % references_.size()];
  const SlabEpochRef taken = held.reference;
  const harness::model::Taker taker = held.taker;
  SlabAllocator* const a = allocator_;
  Model& m = *model_;
  switch (what) {
    case 0:
    case 1:
    case 2: {
      const Seen seen =
          see([&] { return slab_epoch_finish(a, taken, static_cast<SlabFinish>(what)); });
      return judge(
          "finish",
          m.finish(kThread, taken.epoch, taken.era, taker, static_cast<Model::Finish>(what)), seen);
    }
    case 3: {
      SlabEpochRef another = {};
      const Seen seen = see([&] {
        another = slab_epoch_ref_dup(a, taken);
        return another.epoch != UINT32_MAX;
      });
      judge("dup", m.dup(kThread, taken.epoch, taken.era), seen);
      if (seen.value != 0) references_.push_back({another, m.taker(kThread, another.epoch)});
      return;
    }
    case 4:
      return judge("close_ref", m.close_ref(taken.epoch, taken.era),
                   see([&] { return slab_epoch_close_ref(a, taken); }));
    case 5:
      return judge("discard_ref", m.discard_ref(taken.epoch, taken.era),
                   see([&] { return slab_epoch_discard_ref(a, taken); }));
    case 6:
      return judge("set_label_ref", m.set_label_ref(taken.epoch, taken.era, "late"),
                   see([&] { return slab_epoch_set_label_ref(a, taken, "late"); }));
    default:
      return judge("state_ref", m.state_ref(taken.epoch, taken.era),
                   see([&] { return slab_epoch_state_ref(a, taken); }));
  }
}

void ModelBench::epoch_step(std::uint8_t what, Input& input) {
  const std::uint8_t byte = input.byte();
  const EpochId epoch = byte % (model_->epoch_count() + 1);
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
      return judge("inc", m.inc(kThread, epoch),
                   see_void([&] { slab_epoch_inc_refcount(a, epoch); }));
    case 6:
      return judge("dec", m.dec(kThread, epoch),
                   see_void([&] { slab_epoch_dec_refcount(a, epoch); }));
    case 7:
      return judge("refcount", m.refcount(epoch),
                   see([&] { return slab_epoch_get_refcount(a, epoch); }));
    case 8:
      return byte < 0x80 ? acquire() : open(input);
    case 9:
      return byte < 0x80 ? release(input) : by_reference(byte % 8, input);
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
