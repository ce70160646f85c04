// See system_calls.cc.
#pragma once

namespace temporal_slab::modelled {

// Unmaps what an abandoned run left. Not while a run is under way.
void unmap_what_is_left();

}  // namespace temporal_slab::modelled
