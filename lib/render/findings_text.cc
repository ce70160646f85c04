#include "render/findings.h"
#include "render/text.h"

namespace temporal_slab::render {
namespace {

void append_value(std::string& out, const Fact& fact) {
  switch (fact.info->form) {
    case FactForm::kNumber:
      append_number(out, fact.number);
      return;
    case FactForm::kSeconds:
      append_number(out, fact.number);
      out += 's';
      return;
    case FactForm::kHundredthsPercent:
      append_number(out, fact.number / 100);
      out += '.';
      out += static_cast<char>('0' + fact.number % 100 / 10);
      out += static_cast<char>('0' + fact.number % 10);
      out += '%';
      return;
    case FactForm::kWord:
      out += fact.text;
      return;
    case FactForm::kText:
      break;
  }
  append_quoted(out, fact.text);  // else what follows a quote would pass for other facts
}

}  // namespace

std::string headline(const Finding& finding) {
  std::string out(info_of(finding.kind).name);
  for (const Fact& fact : finding.facts) {
    out += ' ';
    out += fact.info->name;
    out += '=';
    append_value(out, fact);
  }
  return out;
}

std::string render_findings(const stats::Snapshot& snapshot, const std::vector<Finding>& findings,
                            const Thresholds& thresholds) {
  std::string out = process_note(snapshot);
  if (!out.empty()) out += '\n';
  for (const Finding& finding : findings) {
    if (!out.empty()) out += '\n';
    out += headline(finding) + '\n';
    for (const std::string& line : finding.prose) {
      out += "  ";
      append_terminal_safe(out, line);
      out += '\n';
    }
  }
  if (!findings.empty()) return out;
  out += "all is well with ";
  append_who(out, snapshot);
  out += ": no reference or closed object older than ";
  append_duration(out, thresholds.age_sec);
  return out + ", no other finding\n";
}

}  // namespace temporal_slab::render
