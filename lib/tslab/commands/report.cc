#include <errno.h>
#include <sys/random.h>

#include <cstring>
#include <string_view>

#include "render/json_object.h"
#include "tslab/commands.h"
#include "tslab/input_file.h"
#include "tslab/json_documents.h"
#include "tslab/json_reader.h"
#include "tslab/page_files.h"
#include "tslab/replace_file.h"
#include "tslab/timeline.h"

namespace temporal_slab::tslab {
namespace {

// A line that is no snapshot is passed over, as the last one of a recording that was cut off
// is; the report says so.
bool read_all(const InputFile& file, Timeline* timeline, std::string* passed_over,
              std::string* error) {
  JsonDocuments documents(file.fd());
  std::size_t bad = 0;
  for (JsonDocument document;;) {
    const NextDocument next = documents.next(&document);
    if (next == NextDocument::kEnd) break;
    if (next == NextDocument::kUnreadable) {
      *error = file.cannot_read();
      return false;
    }
    stats::Snapshot snapshot;
    const std::vector<Offence> offences = next == NextDocument::kTooLong
                                              ? std::vector<Offence>{too_long()}
                                              : read_json(document.text, 1, &snapshot);
    if (offences.empty()) {
      timeline->add(snapshot);
    } else {
      if (bad++ == 0)
        *passed_over = "line " + std::to_string(document.line) + ": " + to_string(offences.front());
      if (next == NextDocument::kTooLong) break;
    }
  }
  if (bad > 1) *passed_over += ", and " + std::to_string(bad - 1) + " more";
  if (timeline->snapshots() != 0) return true;
  *error = bad == 0 ? "no snapshot in " + file.name() : file.name() + " " + *passed_over;
  return false;
}

// Nobody who chose a text of a snapshot knew it, so nothing but what is built in has it.
std::string fresh_nonce() {
  unsigned char bytes[16] = {};
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return "";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// Within a script element no text may look like its end, or like a comment's beginning.
std::string without_markup(const std::string& json) {
  std::string out;
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

// The template with each @NAME@ filled in; what is filled in is not looked at again.
std::string fill(std::string_view text, const std::string& nonce, const std::string& data) {
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"@NONCE@", nonce},
      {"@STYLE@", page_files::style()},
      {"@CHART@", page_files::chart()},
      {"@DRAWING@", page_files::drawing()},
      {"@SCRIPT@", page_files::report_script()},
      {"@DATA@", data}};
  std::string out;
  while (!text.empty()) {
    std::size_t first = text.size();
    std::pair<std::string_view, std::string_view> found;
    for (const auto& part : parts) {
      const std::size_t at = text.find(part.first);
      if (at >= first) continue;
      first = at;
      found = part;
    }
    out += text.substr(0, first);
    out += found.second;
    text.remove_prefix(first + found.first.size());
  }
  return out;
}

}  // namespace

int run_report(const CommandLine& line, const Streams& streams) {
  const InputFile file(line.file, streams.in);
  if (!file.is_open()) return complain(streams, "report: " + file.cannot_read());
  Timeline timeline(line.thresholds);
  std::string passed_over;
  std::string error;
  if (!read_all(file, &timeline, &passed_over, &error))
    return complain(streams, "report: " + error);
  const std::string nonce = fresh_nonce();
  if (nonce.empty())
    return complain(streams, std::string("report: no random number: ") + std::strerror(errno));
  std::string data;
  {
    render::JsonObject all(data);
    all.text("file", line.file == "-" ? "standard input" : line.file);
    all.text("passed_over", passed_over);
    all.number("age_sec", line.thresholds.age_sec);
    all.name("timeline") += timeline.json();
  }
  const std::string text = fill(page_files::report_html(), nonce, without_markup(data));
  if (!line.output) return print(streams, text).value_or(kExitOk);
  if (!replace_file(*line.output, text, &error)) return complain(streams, "report: " + error);
  return kExitOk;
}

}  // namespace temporal_slab::tslab
