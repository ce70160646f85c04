#include "harness/session/session.h"

#include <unistd.h>

#include <cerrno>

#include "harness/session/say.h"

namespace temporal_slab::harness::session {

using model::Answer;
using model::error_text;

namespace {

constexpr int kUntouched = 4095;  // no call sets it

}  // namespace

Session::Session(const Config& config)
    : config_(config), model_(config.max_bytes != 0, config.ring) {
  SlabOptions options;
  slab_options_init(&options);
  options.retain_bytes = config.retain_bytes;
  options.max_bytes = config.max_bytes;
  options.epoch_count = config.ring.epochs;
  options.takeover_after_sec = config.ring.takes_over ? 0 : 1'000'000;
  // Handles of an allocator that is gone, then one's that lives on beside.
  for (int i = 0; i < 2; ++i) {
    other_ = slab_allocator_create();
    for (const std::uint32_t size : {64u, 200u}) {
      SlabHandle handle = 0;
      void* pointer = alloc_obj_epoch(other_, size, 0, &handle);
      foreign_handles_.push_back(handle);
      if (i == 1) foreign_pointers_.push_back(pointer);
    }
    if (i == 0) slab_allocator_free(other_);
  }
  allocator_ = slab_allocator_create_with(&options);
  foreign_pointers_.push_back(this);
  foreign_pointers_.push_back(allocator_);
  foreign_pointers_.push_back(reinterpret_cast<void*>(std::uintptr_t{1}));
  foreign_pointers_.push_back(reinterpret_cast<void*>(~std::uintptr_t{63}));
}

Session::~Session() {
  slab_allocator_free(allocator_);
  slab_allocator_free(other_);
}

bool Session::run(const Call& call) {
  if (!failure_.empty()) return false;
  const std::size_t member = call.thread % kCrew;
  if (call.operation == Operation::kThreadRestart) {
    if (member == 0) return true;
    say("/* thread ", threads_[member], " exits */");
    crew_.end(member);
    model_.thread_exit(threads_[member]);
    threads_[member] = ++last_thread_;
  } else {
    thread_ = threads_[member];
    crew_.run(member, [&] {
      holding_.is_on(thread_, ::gettid());
      run_here(call);
    });
    holding_.after_call(model_);
    thread_ = 0;
  }
  if (failure_.empty()) look_at_ring();
  return failure_.empty();
}

void Session::run_here(const Call& call) {
  if (run_object_call(call) || run_misuse_call(call) || run_epoch_call(call) ||
      run_domain_call(call))
    return;
  switch (call.operation) {
    case Operation::kNullAllocator:
      return run_null_call(call.a);
    case Operation::kFigures:
      say("/* figures */");
      return check_figures();
    case Operation::kJson:
      say("slab_stats_write_json(a, fd);");
      return check_json();
    default:
      say("/* walk */");
      return walk();
  }
}

std::uint32_t Session::epoch_of(std::uint32_t argument) const {
  if (argument < kBehindCurrent || argument >= kBehindCurrent + model_.epoch_count())
    return argument;
  return (model_.current() + model_.epoch_count() - (argument - kBehindCurrent)) %
         model_.epoch_count();
}

Session::Seen Session::observe(const std::function<std::uint64_t()>& call) {
  errno = kUntouched;
  const std::uint64_t value = call();
  return {errno == kUntouched ? 0 : errno, value};
}

void Session::expect(const Answer& answer, const Seen& seen) {
  if (!answer.allows(seen.error))
    fail("errno must tell " + answer.text() + ", tells " + error_text(seen.error));
  else if (seen.value != answer.value())
    fail("must return " + std::to_string(answer.value()) + ", returned " +
         std::to_string(seen.value));
}

void Session::fail(const std::string& what) {
  if (!failure_.empty()) return;
  failure_ = what;
  if (keeps_lines_) lines_.push_back("  /* " + what + " */");
}

// R-2.2-1 R-2.2-4 R-2.3-1 R-2.4-2: the whole ring, after each call.
void Session::look_at_ring() {
  const std::uint32_t current = epoch_current(allocator_);
  if (current != model_.current())
    fail("current epoch must be " + std::to_string(model_.current()) + ", is " +
         std::to_string(current));
  for (std::uint32_t i = 0; i < model_.epoch_count() && failure_.empty(); ++i) {
    const model::Incarnation& must = model_.epoch(i);
    const auto differs = [&](const char* what, const auto& expected, const auto& found) {
      std::ostringstream text;
      text << what << " of epoch " << i << " must be " << expected << ", is " << found;
      fail(text.str());
    };
    SlabEpochStats is;
    slab_stats_epoch(allocator_, 0, i, &is);
    if (is.epoch_era != must.era) differs("era", must.era, is.epoch_era);
    const bool active = is.state == EPOCH_ACTIVE;
    if (active != must.active) differs("ACTIVE", must.active, active);
    if (is.refcount != must.refs) differs("refcount", must.refs, is.refcount);
    if (is.label != must.label) differs("label", must.label, is.label);
  }
}

bool Session::finish() {
  const auto end = [&](Operation operation, std::uint32_t a) {
    return run({operation, 0, a, 0, {}});
  };
  end(Operation::kFigures, 0);
  end(Operation::kWalk, 0);
  while (failure_.empty() && !live_.empty()) end(Operation::kFree, 0);
  for (std::uint32_t i = 0; i < model_.epoch_count(); ++i) end(Operation::kClose, i);
  end(Operation::kJson, 0);
  return end(Operation::kWalk, 0);
}

}  // namespace temporal_slab::harness::session
