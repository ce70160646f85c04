// Reads a Prometheus text exposition back, and is strict about it: what any of the
// parsers in use might refuse is an offence here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace temporal_slab::harness {

using ExpositionLabels = std::map<std::string, std::string>;  // values with escapes undone

struct ExpositionFamily {
  std::string name;
  std::string help;
  std::string type;
  std::map<ExpositionLabels, std::string> samples;  // values as they are written
};

// Fills `out` by name. Else the first offence, as "line N: what is wrong". Each family
// has a HELP line, a TYPE line and then its samples, at least one; none comes twice, nor
// does a series; every value is a decimal number that is not negative; counters, and they
// alone, end in _total; texts are well-formed UTF-8 without NUL.
std::optional<std::string> parse_exposition(std::string_view text,
                                            std::map<std::string, ExpositionFamily>* out);

}  // namespace temporal_slab::harness
