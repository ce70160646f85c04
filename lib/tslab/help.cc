#include "tslab/help.h"

#include <algorithm>
#include <vector>

#include "render/finding_kinds.h"
#include "render/fleet.h"
#include "render/table_keys.h"

namespace temporal_slab::tslab {
namespace {

constexpr std::size_t kNameWidth = 22;

void append_row(std::string& out, std::string name, std::string_view text) {
  name.resize(std::max(kNameWidth, name.size() + 1), ' ');
  out += "  " + name;
  for (const char c : text)
    out += c == '\n' ? "\n" + std::string(kNameWidth + 2, ' ') : std::string(1, c);
  out += '\n';
}

void append_flags(std::string& out, std::span<const Flag> flags) {
  for (const Flag flag : flags) {
    const FlagInfo& info = info_of(flag);
    append_row(out,
               std::string(info.name) + (info.value.empty() ? "" : " ") + std::string(info.value),
               info.help);
  }
}

bool is_source(Flag flag) {
  return flag == Flag::kPid || flag == Flag::kName || flag == Flag::kInput || flag == Flag::kStdin;
}

// Lists that follow from other tables.
std::string extras_of(const Command& command) {
  if (command.run == run_top)
    return "\nKEY, the first being the default:\n  for epochs   " +
           render::key_names(render::kEpochKeys) + "\n  for classes  " +
           render::key_names(render::kClassKeys) + "\n";
  if (command.run == run_ps) {
    std::string out = "\nKEY:\n";
    for (const render::FleetKey& key : render::kFleetKeys)
      append_row(out, std::string(key.name), key.help);
    return out;
  }
  if (command.run == run_diff) return "\nNAME:\n" + regressions_help();
  if (command.run != run_doctor) return "";
  std::string out = "\nfindings:\n";
  for (const render::FindingKindInfo& kind : render::kFindingKinds)
    append_row(out, std::string(kind.name), kind.help);
  return out;
}

}  // namespace

std::string help() {
  std::string out =
      "usage: tslab COMMAND [OPTION]...\n"
      "\n"
      "Shows the allocators of programs that use temporal-slab. A program publishes one\n"
      "with SlabOptions.publish or TEMPORAL_SLAB_PUBLISH=1 and does nothing for being\n"
      "looked at: it may run, be stopped, or have crashed.\n"
      "\n"
      "commands:\n";
  for (const Command& command : kCommands)
    append_row(out, std::string(command.name), command.summary);
  out += "\noptions:\n";
  append_flags(out, kFlagsWithoutCommand);
  out +=
      "\n"
      "exit codes: 0 done; 1 validate found offences, doctor findings, diff --fail-on a\n"
      "regression; 2 anything else, said in one line on stderr with nothing on stdout,\n"
      "but what doctor --all found in those that it could read\n"
      "\n"
      "tslab COMMAND --help says more. For a start:\n";
  for (const Command& command : kCommands) out += "  " + std::string(command.example) + "\n";
  return out;
}

std::string help_of(const Command& command) {
  std::string out = "usage: tslab " + std::string(command.name);
  if (!command.usage.empty()) out.append(" ").append(command.usage);
  std::string summary(command.summary);
  summary.front() = static_cast<char>(summary.front() - 'a' + 'A');
  out += "\n\n" + summary + ".\n" + std::string(command.details);
  std::vector<Flag> options;
  std::vector<Flag> sources;
  for (const Flag flag : command.flags) (is_source(flag) ? sources : options).push_back(flag);
  out += "\noptions:\n";
  append_flags(out, options);
  if (!sources.empty()) {
    out += "\nSOURCE, one of these; without it the only one that is published, or that lives:\n";
    append_flags(out, sources);
  }
  out += extras_of(command);
  return out + "\nexample:\n  " + std::string(command.example) + "\n";
}

}  // namespace temporal_slab::tslab
