#include "tslab/manual.h"

#include <temporal_slab/export.h>

#include "tslab/commands.h"
#include "tslab/help.h"

namespace temporal_slab::tslab {
namespace {

// Text in which nothing is an order to the formatter.
std::string literal(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

// Lines as they stand.
std::string verbatim(std::string_view text) { return ".nf\n" + literal(text) + ".fi\n"; }

}  // namespace

std::string manual_page() {
  std::string out =
      ".\\\" Printed by `tslab manual`.\n"
      ".TH TSLAB 1 \"\" \"temporal-slab " TEMPORAL_SLAB_VERSION
      "\" \"User Commands\"\n"
      ".SH NAME\n"
      "tslab \\- shows the allocators of programs that use temporal\\-slab\n"
      ".SH SYNOPSIS\n"
      ".B tslab\n"
      ".I COMMAND\n"
      "[\\fIOPTION\\fR]...\n"
      ".SH DESCRIPTION\n";
  out += verbatim(help());
  out += ".SH COMMANDS\n";
  for (const Command& command : kCommands)
    out += ".SS " + std::string(command.name) + "\n" + verbatim(help_of(command));
  out +=
      ".SH ENVIRONMENT\n"
      ".TP\n"
      ".B TEMPORAL_SLAB_RUNTIME_DIR\n"
      "Where segments lie, in a folder of this user; /dev/shm without it.\n"
      ".TP\n"
      ".B TEMPORAL_SLAB_DEBUG_PATH\n"
      "Where the debug information of stripped files lies, as folders with colons between\n"
      "them, each with a .build\\-id in it; without it /usr/lib/debug and beside the file.\n"
      ".TP\n"
      ".B TEMPORAL_SLAB_PUBLISH\n"
      "With 1 a program publishes all its allocators.\n";
  return out;
}

}  // namespace temporal_slab::tslab
