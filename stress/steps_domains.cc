// Domains: scopes that a thread enters and leaves over many steps.
#include <temporal_slab/epoch_domain.h>

#include <cerrno>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

constexpr std::size_t kMostEntered = 4;

void enter(World& world, Worker& me) {
  const EpochId epoch = likely_active_epoch(world, me.random);
  epoch_domain_t* domain = me.random.one_in(2)
                               ? epoch_domain_create(world.allocator)
                               : epoch_domain_wrap(world.allocator, epoch, me.random.one_in(2));
  if (domain == nullptr) fail("a domain could not be made: " + error_name(errno));
  errno = 0;
  if (!epoch_domain_enter(domain)) {
    if (errno != ESTALE) fail("epoch_domain_enter: " + error_name(errno));
    ++me.tally.domains_stale;
    if (!epoch_domain_destroy(domain)) fail("epoch_domain_destroy: " + error_name(errno));
    return;
  }
  ++me.tally.domain_enters;
  me.entered.push_back(domain);
  // Nests without another reference.
  if (!epoch_domain_enter(domain) || !epoch_domain_exit(domain))
    fail("a domain does not nest: " + error_name(errno));
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
