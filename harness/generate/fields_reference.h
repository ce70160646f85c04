// The reference of all fields for people: schemas/FIELDS.md.
#pragma once

#include <string>

namespace temporal_slab::harness {

std::string fields_reference();

}  // namespace temporal_slab::harness
