// The arguments of a command line, told apart: flags with their values, and words.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tslab/flags.h"

namespace temporal_slab::tslab {

struct GivenFlag {
  std::string_view name;
  const FlagInfo* info = nullptr;         // null: no flag has this name
  std::optional<std::string_view> value;  // of `--flag VALUE` or `--flag=VALUE`
};

struct Arguments {
  std::vector<GivenFlag> flags;
  std::vector<std::string_view> words;

  // The last one of this flag; null if it is not given.
  const GivenFlag* find(Flag flag) const;
};

// `--flag VALUE` takes the next argument unless that begins with two dashes, and only
// for a flag that has a value. After `--` all are words; so is "-".
Arguments split_arguments(std::span<const char* const> arguments);

}  // namespace temporal_slab::tslab
