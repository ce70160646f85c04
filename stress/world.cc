#include "stress/world.h"

#include <fcntl.h>
#include <unistd.h>

#include <iterator>

#include "stress/report.h"

namespace temporal_slab::stress {

World::World(const Options& options_in, const Scenario& scenario_in)
    : options(options_in),
      scenario(scenario_in),
      max_bytes(options_in.max_bytes.value_or(scenario_in.max_bytes)),
      retain_bytes(options_in.retain_bytes.value_or(scenario_in.retain_bytes)),
      calls(options_in.threads),
      objects(options_in.threads) {
  for (unsigned i = 0; i < options.threads; ++i) {
    workers.push_back(std::make_unique<Worker>(i, mix(options.seed) + mix(i + 1)));
    mailboxes.push_back(std::make_unique<Mailbox>());
  }
  SlabOptions create{};
  slab_options_init(&create);
  // Scopes are open in rings of all sizes, which are held where they are full.
  static constexpr std::uint32_t kRings[] = {2, 3, 5, 16, 17, 64, 256};
  if (scenario.scopes_are_exact)
    create.epoch_count = kRings[mix(options.seed) % std::size(kRings)];
  else
    create.takeover_after_sec = 0;
  create.name = "stress";
  create.publish = true;
  create.max_bytes = max_bytes;
  create.retain_bytes = retain_bytes;
  allocator = slab_allocator_create_with(&create);
  if (allocator == nullptr) fail("slab_allocator_create_with: " + error_name(errno));
  null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null_fd < 0) fail("/dev/null: " + error_name(errno));
}

World::~World() {
  slab_allocator_free(allocator);
  close(null_fd);
}

Tally World::total() const {
  Tally sum;
  for (const auto& worker : workers) sum += worker->tally;
  return sum;
}

}  // namespace temporal_slab::stress
