#include "sync/biased_section.h"

#include "sync/once.h"

namespace temporal_slab::sync {

Bias Bias::of_this_process() {
  static constinit Once asked;
  static constinit bool registered = false;
  asked.run([] { registered = register_membarrier(); });
  return Bias(registered ? Payer::kRevoker : Payer::kBoth);
}

}  // namespace temporal_slab::sync
