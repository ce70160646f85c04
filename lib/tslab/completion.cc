#include "tslab/completion.h"

#include <span>

#include "render/fleet.h"
#include "render/table_keys.h"
#include "tslab/commands.h"

namespace temporal_slab::tslab {
namespace {

std::string words_of(std::span<const Flag> flags) {
  std::string words;
  for (const Flag flag : flags) (words += words.empty() ? "" : " ") += info_of(flag).name;
  return words;
}

template <typename Keys>
std::string words_of_keys(const Keys& keys) {
  std::string words;
  for (const auto& key : keys) (words += words.empty() ? "" : " ") += key.name;
  return words;
}

}  // namespace

std::string bash_completion() {
  std::string commands;
  std::string cases;
  std::string files;
  std::string takes_value;
  for (const Command& command : kCommands) {
    const std::string name(command.name);
    (commands += commands.empty() ? "" : " ") += name;
    cases += "    " + name + ") words='" + words_of(command.flags) + "' ;;\n";
    if (command.files != 0 && command.run != run_completion)
      (files += files.empty() ? "" : "|") += name;
  }
  for (const FlagInfo& flag : kFlags)
    if (!flag.value.empty()) (takes_value += takes_value.empty() ? "" : "|") += flag.name;
  return "# bash completion of tslab, printed by `tslab completion bash`.\n"
         "_tslab() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command= words= i what=epochs\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "    --classes) what=classes ;;\n"
         "    -*) ;;\n"
         "    *)\n"
         "      case ${COMP_WORDS[i-1]} in\n"
         "      " +
         takes_value +
         "|-o) ;;\n"
         "      *) [ -n \"$command\" ] || command=${COMP_WORDS[i]} ;;\n"
         "      esac ;;\n"
         "    esac\n"
         "  done\n"
         "  case $previous in\n"
         "  --by)\n"
         "    if [ $what = classes ]; then words='" +
         words_of_keys(render::kClassKeys) +
         "'\n"
         "    else words='" +
         words_of_keys(render::kEpochKeys) +
         "'; fi ;;\n"
         "  --sort) words='" +
         words_of_keys(render::kFleetKeys) +
         "' ;;\n"
         "  --pid) words=$(tslab ps 2> /dev/null | awk '$1 ~ /^[0-9.]+$/ { print $1 }') ;;\n"
         "  --input|--since|--output|-o) mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "    return ;;\n"
         "  " +
         takes_value +
         ") return ;;\n"
         "  *)\n"
         "    case $command in\n"
         "    '') words='" +
         commands + " " + words_of(kFlagsWithoutCommand) + "' ;;\n" + cases +
         "    esac\n"
         "    [ \"$command\" != completion ] || words+=' bash' ;;\n"
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  case $command in\n"
         "  " +
         files +
         ") [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _tslab tslab\n";
}

}  // namespace temporal_slab::tslab
