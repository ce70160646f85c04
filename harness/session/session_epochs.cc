// Epochs, references and labels.
#include "harness/session/say.h"

namespace temporal_slab::harness::session {

using model::Answer;

namespace {

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << '"' << std::oct;
  for (const char c : text)
    if (c < ' ' || c > '~' || c == '"' || c == '\\')
      out << '\\' << (static_cast<unsigned char>(c) >> 6)
          << (static_cast<unsigned char>(c) >> 3 & 7) << (static_cast<unsigned char>(c) & 7);
    else
      out << c;
  out << '"';
  return out.str();
}

}  // namespace

void Session::expect_to_leave(const Answer& answer, const Seen& seen) {
  expect(answer, seen);
  check_reserve(seen);
}

// R-2.2-6: after a call that left an epoch, if it was not refused.
void Session::check_reserve(const Seen& seen) {
  if (seen.error != 0) return;
  std::uint64_t kept = 0;
  for (std::uint32_t i = 0; i < model::kClasses; ++i) {
    SlabClassStats of_class;
    slab_stats_class(allocator_, i, &of_class);
    kept += of_class.cache_size * of_class.slab_bytes;
    for (std::uint32_t e = 0; e < model_.epoch_count(); ++e) {
      SlabEpochStats of_epoch;
      slab_stats_epoch(allocator_, i, e, &of_epoch);
      kept += of_epoch.reclaimable_slab_count * of_class.slab_bytes;
    }
  }
  if (kept > config_.retain_bytes)
    fail("bytes of empty slabs must be at most " + std::to_string(config_.retain_bytes) + ", are " +
         std::to_string(kept));
}

bool Session::run_epoch_call(const Call& call) {
  SlabAllocator* const a = allocator_;
  const std::uint32_t e = epoch_of(call.a);
  const auto nothing = [](auto&& work) {
    return observe([&] {
      work();
      return std::uint64_t{0};
    });
  };
  switch (call.operation) {
    case Operation::kAdvance:
      say("epoch_advance(a);");
      expect_to_leave(model_.advance(), nothing([&] { epoch_advance(a); }));
      return true;
    case Operation::kTurn:
      // Far enough, holding each epoch that is left, the ring takes over (R-2.2-3).
      for (std::uint32_t i = call.a % 40; i > 0 && failure().empty(); --i) {
        if (call.b % 2 != 0) run_epoch_call({Operation::kAcquire, call.thread, 0, 0, {}});
        run_epoch_call({Operation::kAdvance, call.thread, 0, 0, {}});
      }
      return true;
    case Operation::kClose:
      say("epoch_close(a, ", e, ");");
      expect_to_leave(model_.close(e), nothing([&] { epoch_close(a, e); }));
      return true;
    case Operation::kTryClose:
      say("slab_epoch_try_close(a, ", e, ");");
      expect(model_.try_close(e), observe([&] { return slab_epoch_try_close(a, e); }));
      return true;
    case Operation::kDiscard:
      say("slab_epoch_discard(a, ", e, ");");
      expect_to_leave(model_.discard(e), observe([&] { return slab_epoch_discard(a, e); }));
      forget_dead();
      return true;
    case Operation::kSetLabel:
      say("slab_epoch_set_label(a, ", e, ", ", quoted(call.text), ");");
      expect(model_.set_label(e, call.text),
             nothing([&] { slab_epoch_set_label(a, e, call.text.c_str()); }));
      return true;
    case Operation::kSetLabelNull:
      say("slab_epoch_set_label(a, ", e, ", NULL);");
      expect(model_.set_label(e, {}), nothing([&] { slab_epoch_set_label(a, e, nullptr); }));
      return true;
    case Operation::kInc:
      say("slab_epoch_inc_refcount(a, ", e, ");");
      expect(model_.inc(thread_, e), nothing([&] { slab_epoch_inc_refcount(a, e); }));
      return true;
    case Operation::kDec:
      say("slab_epoch_dec_refcount(a, ", e, ");");
      expect(model_.dec(thread_, e), nothing([&] { slab_epoch_dec_refcount(a, e); }));
      return true;
    case Operation::kRead: {
      say("/* era, state, refcount, label of epoch ", e, " */");
      expect(model_.era(e), observe([&] { return slab_epoch_era(a, e); }));
      expect(model_.state(e), observe([&] { return slab_epoch_state(a, e); }));
      expect(model_.refcount(e), observe([&] { return slab_epoch_get_refcount(a, e); }));
      char label[SLAB_LABEL_BYTES];
      expect(model_.label_length(e), observe([&] { return slab_epoch_get_label(a, e, label); }));
      return true;
    }
    case Operation::kAcquire: {
      SlabEpochRef taken{};
      say("SlabEpochRef r", references_.size(), " = slab_epoch_acquire(a);");
      expect(model_.acquire(thread_), nothing([&] { taken = slab_epoch_acquire(a); }));
      if (taken.epoch != model_.current() || taken.era != model_.epoch(model_.current()).era)
        fail("acquired epoch " + std::to_string(taken.epoch) + ", era " +
             std::to_string(taken.era));
      references_.push_back({taken, model_.taker(thread_, taken.epoch)});
      return true;
    }
    case Operation::kRelease: {
      if (references_.empty()) return true;
      const std::size_t index = call.a % references_.size();
      const SlabEpochRef reference = references_[index].reference;
      const model::Taker taker = references_[index].taker;
      say("slab_epoch_release(a, r", index, ");");
      const Seen seen = observe([&] { return slab_epoch_release(a, reference); });
      expect(model_.release(thread_, reference.epoch, reference.era, taker), seen);
      // Some are kept, to be released once too often.
      if (call.b % 4 != 0)
        references_.erase(references_.begin() + static_cast<std::ptrdiff_t>(index));
      return true;
    }
    case Operation::kReleaseForged: {
      say("slab_epoch_release(a, (SlabEpochRef){", e, ", 0, ", call.b, "});");
      const Seen seen = observe([&] { return slab_epoch_release(a, {e, 0, call.b}); });
      expect(model_.release(thread_, e, call.b, {}), seen);
      return true;
    }
    case Operation::kOpen: {
      SlabEpochRef taken{};
      say("SlabEpochRef r", references_.size(), " = slab_epoch_open(a, ", quoted(call.text), ");");
      const Seen seen = observe([&] {
        taken = slab_epoch_open(a, call.text.c_str());
        return std::uint64_t{1};
      });
      expect(model_.open(thread_, call.text), seen);
      if (taken.epoch != model_.current() || taken.era != model_.epoch(model_.current()).era)
        fail("opened epoch " + std::to_string(taken.epoch) + ", era " + std::to_string(taken.era));
      references_.push_back({taken, model_.taker(thread_, taken.epoch)});
      return true;
    }
    case Operation::kDup: {
      if (references_.empty()) return true;
      const std::size_t index = call.a % references_.size();
      const SlabEpochRef reference = references_[index].reference;
      SlabEpochRef taken{};
      say("SlabEpochRef r", references_.size(), " = slab_epoch_ref_dup(a, r", index, ");");
      const Seen seen = observe([&] {
        taken = slab_epoch_ref_dup(a, reference);
        return std::uint64_t{taken.epoch == UINT32_MAX ? 0U : 1U};
      });
      expect(model_.dup(thread_, reference.epoch, reference.era), seen);
      if (taken.epoch != UINT32_MAX)
        references_.push_back({taken, model_.taker(thread_, taken.epoch)});
      return true;
    }
    case Operation::kFinish: {
      if (references_.empty()) return true;
      const std::size_t index = call.a % references_.size();
      const SlabEpochRef reference = references_[index].reference;
      const model::Taker taker = references_[index].taker;
      static constexpr const char* kNames[] = {"KEEP", "CLOSE", "DISCARD"};
      const std::uint32_t how = call.b / 4 % 3;
      say("slab_epoch_finish(a, r", index, ", SLAB_FINISH_", kNames[how], ");");
      const Seen seen =
          observe([&] { return slab_epoch_finish(a, reference, static_cast<SlabFinish>(how)); });
      expect(model_.finish(thread_, reference.epoch, reference.era, taker,
                           static_cast<model::Model::Finish>(how)),
             seen);
      if (call.b % 4 != 0)
        references_.erase(references_.begin() + static_cast<std::ptrdiff_t>(index));
      forget_dead();
      return true;
    }
    case Operation::kRefCalls: {
      if (references_.empty()) return true;
      const SlabEpochRef r = references_[call.a % references_.size()].reference;
      say("/* by reference {", r.epoch, ", ", r.holder, ", ", r.era, "}: ", call.b % 4, " */");
      switch (call.b % 4) {
        case 0:
          expect(model_.state_ref(r.epoch, r.era),
                 observe([&] { return slab_epoch_state_ref(a, r); }));
          break;
        case 1:
          expect(model_.set_label_ref(r.epoch, r.era, call.text),
                 observe([&] { return slab_epoch_set_label_ref(a, r, call.text.c_str()); }));
          break;
        case 2:
          expect(model_.close_ref(r.epoch, r.era),
                 observe([&] { return slab_epoch_close_ref(a, r); }));
          break;
        default:
          expect(model_.discard_ref(r.epoch, r.era),
                 observe([&] { return slab_epoch_discard_ref(a, r); }));
          forget_dead();
      }
      return true;
    }
    default:
      return false;
  }
}

}  // namespace temporal_slab::harness::session
