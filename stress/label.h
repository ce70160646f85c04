// Labels that say of themselves where they belong, so that a reader notices one
// that is torn, or is shown for another epoch or another era.
//
//   "<epoch>.<era, or - if not known>.<serial>.<check>"
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace temporal_slab::stress {

std::string make_label(EpochId epoch, std::optional<std::uint64_t> era, std::uint64_t serial);

// True if the label is empty, or whole and made for this epoch and, if it says an
// era, for this one.
bool label_belongs(std::string_view label, EpochId epoch, std::uint64_t era);

}  // namespace temporal_slab::stress
