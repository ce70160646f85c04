// Domains: scopes that a thread enters and leaves over many steps.
#include <temporal_slab/epoch_domain.h>

#include <cerrno>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

constexpr std::size_t kMostEntered = 4;

// Which incarnation a domain is bound to, where the ring says so: it is not known
// if the ring turned while the domain was made.
struct Made {
  epoch_domain_t* domain;
  EpochId epoch;
  std::uint64_t era;
  bool known;
};

Made make(World& world, Worker& me) {
  const bool current = me.random.one_in(2);
  const EpochId epoch = current ? epoch_current(world.allocator)  //
                                : likely_active_epoch(world, me.random);
  const std::uint64_t era = slab_epoch_era(world.allocator, epoch);
  epoch_domain_t* domain = current ? epoch_domain_create(world.allocator)
                                   : epoch_domain_wrap(world.allocator, epoch, me.random.one_in(2));
  if (domain == nullptr) fail("a domain could not be made: " + error_name(errno));
  const bool known = slab_epoch_era(world.allocator, epoch) == era &&
                     (!current || epoch_current(world.allocator) == epoch);
  return {domain, epoch, era, known};
}

// Entering is refused only when the incarnation is gone (R-2.5-1).
void check_refused(World& world, const Made& made) {
  if (errno != ESTALE) fail("epoch_domain_enter: " + error_name(errno));
  if (made.known && slab_epoch_era(world.allocator, made.epoch) == made.era)
    fail(text("epoch_domain_enter: ESTALE, but epoch %u still has era %llu", made.epoch,
              static_cast<unsigned long long>(made.era)));
}

void enter(World& world, Worker& me) {
  const Made made = make(world, me);
  errno = 0;
  if (!epoch_domain_enter(made.domain)) {
    check_refused(world, made);
    ++me.tally.domains_stale;
    if (!epoch_domain_destroy(made.domain)) fail("epoch_domain_destroy: " + error_name(errno));
    return;
  }
  ++me.tally.domain_enters;
  me.entered.push_back(made.domain);
  // Nests without another reference. With references on every epoch the incarnation
  // may be taken over while this thread is inside.
  errno = 0;
  if (epoch_domain_enter(made.domain)) {
    if (!epoch_domain_exit(made.domain)) fail("leaving a nested domain: " + error_name(errno));
  } else {
    check_refused(world, made);
    ++me.tally.domains_lost;
  }
}

void check_misuse(Worker& me) {
  epoch_domain_t* domain = me.entered.back();
  errno = 0;
  if (epoch_domain_destroy(domain) || errno != EBUSY)
    fail("destroying an entered domain: accepted or " + error_name(errno));
  if (me.entered.size() < 2) return;
  errno = 0;
  if (epoch_domain_exit(me.entered.front()) || errno != EINVAL)
    fail("leaving domains in the wrong order: accepted or " + error_name(errno));
}

void leave(Worker& me) {
  epoch_domain_t* domain = me.entered.back();
  me.entered.pop_back();
  if (epoch_domain_current() != domain) fail("epoch_domain_current is not the domain entered last");
  if (!epoch_domain_exit(domain)) fail("epoch_domain_exit: " + error_name(errno));
  if (!epoch_domain_destroy(domain)) fail("epoch_domain_destroy: " + error_name(errno));
  ++me.tally.domain_exits;
}

}  // namespace

void enter_or_leave_domain(World& world, Worker& me) {
  if (me.entered.empty() || (me.entered.size() < kMostEntered && me.random.one_in(2))) {
    enter(world, me);
    return;
  }
  if (me.random.one_in(4)) check_misuse(me);
  leave(me);
}

void leave_domains(Worker& me) {
  while (!me.entered.empty()) leave(me);
}

}  // namespace temporal_slab::stress
