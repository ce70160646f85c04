// Domains, on the right thread and on wrong ones.
#include "harness/session/say.h"

namespace temporal_slab::harness::session {

using model::Answer;
using model::DomainId;

bool Session::run_domain_call(const Call& call) {
  std::vector<DomainId> usable;
  for (DomainId id = 0; id < domains_.size(); ++id)
    if (!model_.domains()[id].destroyed) usable.push_back(id);
  const std::optional<DomainId> innermost = model_.domain_current(thread_);

  const auto make = [&](const Answer& answer, const std::function<epoch_domain_t*()>& call_it) {
    epoch_domain_t* made = nullptr;
    expect(answer, observe([&] { return (made = call_it()) != nullptr ? 1u : 0u; }));
    if (made != nullptr) domains_.push_back(made);
  };
  const auto use = [&](const char* name, bool (*function)(epoch_domain_t*),
                       Answer (model::Model::*rule)(model::ThreadId, DomainId), DomainId id) {
    say(name, "(d", id, ");");
    expect((model_.*rule)(thread_, id), observe([&] { return function(domains_[id]) ? 1u : 0u; }));
  };
  const auto use_any = [&](const char* name, bool (*function)(epoch_domain_t*),
                           Answer (model::Model::*rule)(model::ThreadId, DomainId)) {
    if (!usable.empty()) use(name, function, rule, usable[call.a % usable.size()]);
  };

  using model::Model;
  switch (call.operation) {
    case Operation::kDomainCreate:
      say("epoch_domain_t* d", domains_.size(), " = epoch_domain_create(a);");
      make(model_.domain_create(thread_), [&] { return epoch_domain_create(allocator_); });
      break;
    case Operation::kDomainWrap:
      say("epoch_domain_t* d", domains_.size(), " = epoch_domain_wrap(a, ", epoch_of(call.a), ", ",
          call.b % 2 == 0 ? "false);" : "true);");
      make(model_.domain_wrap(thread_, epoch_of(call.a), call.b % 2 != 0),
           [&] { return epoch_domain_wrap(allocator_, epoch_of(call.a), call.b % 2 != 0); });
      break;
    case Operation::kDomainForeign:
      say("epoch_domain_t* d", domains_.size(), " = epoch_domain_create(other);");
      make(model_.foreign_domain(thread_), [&] { return epoch_domain_create(other_); });
      break;
    case Operation::kDomainEnter:
      // Mostly one of the thread's own: others' are refused.
      if (call.b % 4 != 0)
        std::erase_if(usable, [&](DomainId id) { return model_.domains()[id].thread != thread_; });
      use_any("epoch_domain_enter", epoch_domain_enter, &Model::domain_enter);
      break;
    case Operation::kDomainExit:
      use_any("epoch_domain_exit", epoch_domain_exit, &Model::domain_exit);
      break;
    case Operation::kDomainExitInnermost:
      if (innermost) use("epoch_domain_exit", epoch_domain_exit, &Model::domain_exit, *innermost);
      break;
    case Operation::kDomainDestroy:
      use_any("epoch_domain_destroy", epoch_domain_destroy, &Model::domain_destroy);
      break;
    case Operation::kDomainForceClose:
      use_any("epoch_domain_force_close", epoch_domain_force_close, &Model::domain_force_close);
      break;
    default:
      return false;
  }
  // R-2.5-3
  const std::optional<DomainId> now = model_.domain_current(thread_);
  if (epoch_domain_current() != (now ? domains_[*now] : nullptr))
    fail(now ? text_of("the thread's current domain must be d", *now)
             : "the thread's current domain must be none");
  SlabAllocator* const of = !now ? nullptr : model_.domains()[*now].foreign ? other_ : allocator_;
  if (epoch_domain_allocator() != of) fail("epoch_domain_allocator is another's");
  return true;
}

}  // namespace temporal_slab::harness::session
