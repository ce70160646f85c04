// What the model says of the calls.
#include <cerrno>

#include "harness/modelled/library.h"

namespace temporal_slab::modelled {
namespace {

using model::Answer;

// The one outcome that an answer allows, no memory lacking.
Result result_of(const Answer& answer) {
  for (const int error : {0, EINVAL, ESTALE, EBUSY, EAGAIN, EPERM, EOVERFLOW})
    if (answer.allows(error)) return {error, answer.value()};
  return {ENOMEM, 0};
}

constexpr std::array kNames = {
#define TEMPORAL_SLAB_NAME(name, arguments) #name,
    TEMPORAL_SLAB_MODELLED_CALLS(TEMPORAL_SLAB_NAME)
#undef TEMPORAL_SLAB_NAME
};

}  // namespace

std::string label_text(std::uint32_t number) {
  return number == 0 ? "" : "label " + std::string(20, static_cast<char>('a' + number % 26));
}

std::uint64_t label_number(const std::string& text) {
  for (std::uint32_t number = 0; number < 26; ++number)
    if (label_text(number) == text) return number;
  return 99;
}

Result Spec::allocated(const Answer& answer, Own* own, std::size_t index, bool has_handle) {
  own->objects[index] = answer.allows(0) ? model_.objects().size() - 1 : kNothing;
  own->has_handle[index] = has_handle;
  return {result_of(answer).error, 0};
}

// A pointer names whatever lies there, so what has none but that is freed once.
Result Spec::free(Own* own, std::size_t index) {
  const std::size_t object = own->objects[index];
  if (object == kNothing) return {};
  if (own->has_handle[index]) return result_of(model_.free(object));
  own->objects[index] = kNothing;
  return {result_of(model_.free(object)).error, 0};
}

void Spec::took(Own* own, std::uint32_t epoch, std::uint8_t thread) {
  own->epoch = epoch;
  own->era = model_.epoch(epoch).era;
  own->taker = model_.taker(thread, epoch);
}

Result Spec::release(std::uint8_t thread, const Own& whose) {
  return result_of(model_.release(thread, whose.epoch, whose.era, whose.taker));
}

Result Spec::apply(const Call& call) {
  Own& own = own_.at(call.thread);
  switch (call.make) {
    case Make::kInc:
      return result_of(model_.inc(call.thread, call.a));
    case Make::kDec:
      return {result_of(model_.dec(call.thread, call.a)).error, 0};
    case Make::kGet:
      return result_of(model_.refcount(call.a));
    case Make::kAcquire:
      model_.acquire(call.thread);
      took(&own, model_.current(), call.thread);
      return {0, own.era};
    case Make::kRelease:
      return release(call.thread, own);
    case Make::kReleaseOf:
      return release(call.thread, own_.at(call.a));
    case Make::kOpen:
      model_.open(call.thread, label_text(call.a));
      took(&own, model_.current(), call.thread);
      return {0, own.era};
    case Make::kDup: {
      const Own whose = own_.at(call.a);
      const Answer answer = model_.dup(call.thread, whose.epoch, whose.era);
      if (answer.allows(0)) took(&own, whose.epoch, call.thread);
      return result_of(answer);
    }
    case Make::kFinishOf: {
      const Own& whose = own_.at(call.a);
      return result_of(model_.finish(call.thread, whose.epoch, whose.era, whose.taker,
                                     static_cast<model::Model::Finish>(call.b)));
    }
    case Make::kAllocRef: {
      const Own& whose = own_.at(call.a);
      return allocated(model_.alloc_ref(kObjectBytes, whose.epoch, whose.era, 0), &own,
                       call.b % kObjects, true);
    }
    case Make::kSetLabelRef: {
      const Own& whose = own_.at(call.a);
      return result_of(model_.set_label_ref(whose.epoch, whose.era, label_text(call.b)));
    }
    case Make::kCloseRef: {
      const Own& whose = own_.at(call.a);
      return result_of(model_.close_ref(whose.epoch, whose.era));
    }
    case Make::kDiscardRef: {
      const Own& whose = own_.at(call.a);
      return result_of(model_.discard_ref(whose.epoch, whose.era));
    }
    case Make::kStateRef: {
      const Own& whose = own_.at(call.a);
      return result_of(model_.state_ref(whose.epoch, whose.era));
    }
    case Make::kAdvance:
      return result_of(model_.advance());
    case Make::kClose:
      return {result_of(model_.close(call.a)).error, 0};
    case Make::kTryClose:
      return result_of(model_.try_close(call.a));
    case Make::kDiscard:
      return result_of(model_.discard(call.a));
    case Make::kAlloc:
      return allocated(model_.alloc_epoch(kObjectBytes, call.a, 0), &own, call.b % kObjects, true);
    case Make::kAllocBig:
      return allocated(model_.alloc_epoch(kBigBytes, call.a, 0), &own, call.b % kObjects, true);
    case Make::kMalloc:
      return allocated(model_.malloc(call.thread, kObjectBytes, 0), &own, call.a % kObjects, false);
    case Make::kFree:
      return free(&own, call.a % kObjects);
    case Make::kFreeShared: {
      const Own& prefix = own_.front();
      const std::size_t object = prefix.objects[call.a % kObjects];
      if (object == kNothing || !prefix.has_handle[call.a % kObjects]) return {};
      return result_of(model_.free(object));
    }
    case Make::kFreeAnyhow: {
      const Own& whose = own_.at(call.a);
      const std::size_t object = whose.objects[call.b % kObjects];
      if (object != kNothing && whose.has_handle[call.b % kObjects]) model_.free(object);
      return {};
    }
    case Make::kSetLabel:
      return result_of(model_.set_label(call.a, label_text(call.b)));
    case Make::kGetLabel:
      return {0, label_number(model_.epoch(call.a).label)};
    case Make::kEra:
      return result_of(model_.era(call.a));
    case Make::kState:
      return result_of(model_.state(call.a));
    case Make::kCurrent:
      return {0, model_.current()};
    case Make::kWrap:
      model_.domain_wrap(call.thread, call.a, call.b != 0);
      own.domain = model_.domains().size() - 1;
      return {};
    case Make::kEnter:
      return own.domain == kNothing ? Result{}
                                    : result_of(model_.domain_enter(call.thread, own.domain));
    case Make::kExit:
      return own.domain == kNothing ? Result{}
                                    : result_of(model_.domain_exit(call.thread, own.domain));
    case Make::kMeet:
    case Make::kCount:
      break;
  }
  return {};
}

std::string Spec::text(const Call& call) {
  return std::string(kNames[static_cast<std::size_t>(call.make)] + 1) + "(" +
         std::to_string(call.a) + ", " + std::to_string(call.b) + ")";
}

std::string Spec::text(const Result& result) {
  return result.error == 0 ? std::to_string(result.value) : model::error_text(result.error);
}

std::string Spec::state() const {
  std::string text = "current " + std::to_string(model_.current());
  for (std::uint32_t e = 0; e < model_.epoch_count(); ++e) {
    const model::Incarnation& epoch = model_.epoch(e);
    if (epoch.era == 0 && epoch.refs == 0 && epoch.label.empty() && e != 0) continue;
    text += "; " + std::to_string(e) + ": era " + std::to_string(epoch.era) +
            (epoch.active ? " ACTIVE" : " CLOSING") + " refs " + std::to_string(epoch.refs) +
            " \"" + epoch.label + "\"";
  }
  return text;
}

}  // namespace temporal_slab::modelled
