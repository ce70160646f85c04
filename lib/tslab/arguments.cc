#include "tslab/arguments.h"

#include <algorithm>

namespace temporal_slab::tslab {
namespace {

const FlagInfo* find_info(std::string_view name) {
  if (name == "-h") return &info_of(Flag::kHelp);
  if (name == "-o") return &info_of(Flag::kOutput);
  for (const FlagInfo& info : kFlags)
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace

const GivenFlag* Arguments::find(Flag flag) const {
  const auto last = std::find_if(flags.rbegin(), flags.rend(), [flag](const GivenFlag& one) {
    return one.info == &info_of(flag);
  });
  return last == flags.rend() ? nullptr : &*last;
}

Arguments split_arguments(std::span<const char* const> arguments) {
  Arguments out;
  bool flags_end = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (flags_end || argument.size() < 2 || argument.front() != '-') {
      out.words.push_back(argument);
    } else if (argument == "--") {
      flags_end = true;
    } else {
      GivenFlag one;
      const std::size_t equals = argument.find('=');
      one.name = argument.substr(0, equals);
      one.info = find_info(one.name);
      if (equals != std::string_view::npos)
        one.value = argument.substr(equals + 1);
      else if (one.info != nullptr && !one.info->value.empty() && i + 1 < arguments.size() &&
               !std::string_view(arguments[i + 1]).starts_with("--"))
        one.value = arguments[++i];
      out.flags.push_back(one);
    }
  }
  return out;
}

}  // namespace temporal_slab::tslab
