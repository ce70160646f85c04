#include "epoch/scope_stack.h"

#include "sync/thread.h"

namespace temporal_slab::epoch {

std::uint64_t this_thread_id() {
  struct Number {
    std::uint64_t value;
  };
  static constinit sync::Atomic<std::uint64_t> last_id{0};
  std::uint64_t& id = sync::this_threads<Number>().value;
  if (id == 0) id = last_id.fetch_add(1, sync::kRelaxed) + 1;
  return id;
}

}  // namespace temporal_slab::epoch
