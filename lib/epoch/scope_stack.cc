#include "epoch/scope_stack.h"

#include "sync/atomic.h"

namespace temporal_slab::epoch {

ScopeStack& this_thread_scopes() {
  // Constant-initialised and trivially destroyed: usable until the thread is gone.
  static thread_local constinit ScopeStack scopes;
  return scopes;
}

std::uint64_t this_thread_id() {
  static sync::Atomic<std::uint64_t> last_id{0};
  static thread_local constinit std::uint64_t id = 0;
  if (id == 0) id = last_id.fetch_add(1, sync::kRelaxed) + 1;
  return id;
}

}  // namespace temporal_slab::epoch
