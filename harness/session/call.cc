#include "harness/session/call.h"

#include <array>

namespace temporal_slab::harness::session {

std::string_view operation_name(Operation operation) {
#define TEMPORAL_SLAB_OPERATION(name, arguments) #name,
  static constexpr std::array<std::string_view, kOperations> kNames = {
      TEMPORAL_SLAB_OPERATIONS(TEMPORAL_SLAB_OPERATION)};
#undef TEMPORAL_SLAB_OPERATION
  return kNames.at(static_cast<std::size_t>(operation)).substr(1);
}

}  // namespace temporal_slab::harness::session
