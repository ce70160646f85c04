// Texts and snapshots drawn at random, inside of a property.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::properties {

// Any bytes but NUL; shrinks by leaving some out.
std::string some_text();

std::string some_label();

// A busy snapshot whose texts are drawn.
stats::Snapshot some_snapshot();

}  // namespace temporal_slab::properties
