#include "render/text.h"
#include "tslab/commands.h"
#include "tslab/input_file.h"
#include "tslab/json_documents.h"
#include "tslab/schema_check.h"

namespace temporal_slab::tslab {
namespace {

constexpr std::size_t kMostOffences = 100;  // of one snapshot

std::string lines_of(const std::vector<Offence>& offences, std::size_t line) {
  const std::string place = "line " + std::to_string(line) + ": ";
  std::string text;
  for (const Offence& offence : offences) {
    text += place;
    render::append_terminal_safe(text, to_string(offence));
    text += '\n';
  }
  if (offences.size() == kMostOffences) text += place + "what else is wrong is not listed\n";
  return text;
}

std::string count_of(std::size_t snapshots) {
  return std::to_string(snapshots) + (snapshots == 1 ? " snapshot" : " snapshots");
}

}  // namespace

int run_validate(const CommandLine& line, const Streams& streams) {
  const InputFile file(line.file, streams.in);
  if (!file.is_open()) return complain(streams, "validate: " + file.cannot_read());
  JsonDocuments documents(file.fd());
  std::size_t snapshots = 0;
  std::size_t invalid = 0;
  bool more = true;
  while (more) {
    JsonDocument document;
    std::vector<Offence> offences;
    switch (documents.next(&document)) {
      case NextDocument::kFound:
        ++snapshots;
        offences = check_snapshot(document.text, kMostOffences);
        break;
      case NextDocument::kTooLong:
        ++snapshots;
        offences = {too_long()};
        more = false;
        break;
      case NextDocument::kUnreadable:
        return complain(streams, "validate: " + file.cannot_read());
      case NextDocument::kEnd:
        more = false;
        break;
    }
    if (offences.empty()) continue;
    ++invalid;
    // A reader that goes away after the first lines has not changed the verdict.
    if (const std::optional<int> stop = print(streams, lines_of(offences, document.line)))
      return *stop == kExitOk ? kExitInvalid : *stop;
  }
  const bool valid = snapshots != 0 && invalid == 0;
  const std::string verdict =
      valid ? "valid: " + count_of(snapshots)
            : "invalid: " + std::to_string(invalid) + " of " + count_of(snapshots);
  const int exit_code = valid ? kExitOk : kExitInvalid;
  const std::optional<int> stop = print(streams, verdict + "\n");
  return stop == kExitError ? kExitError : exit_code;
}

}  // namespace temporal_slab::tslab
