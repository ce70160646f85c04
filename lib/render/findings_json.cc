#include "render/findings.h"
#include "render/json_object.h"

namespace temporal_slab::render {
namespace {

void append_holders(std::string& out, const std::vector<stats::HolderRow>& holders) {
  append_json_array(out, holders, [&out](const stats::HolderRow& row) {
    JsonObject holder(out);
    holder.fields(row);
  });
}

}  // namespace

void append_json(std::string& out, const Finding& finding) {
  JsonObject object(out);
  object.text("kind", info_of(finding.kind).name);
  for (const Fact& fact : finding.facts) {
    if (is_text(fact.info->form))
      object.text(fact.info->json_name, fact.text);
    else
      object.number(fact.info->json_name, fact.number);
  }
  append_json_array(object.name("text"), finding.prose,
                    [&out](const std::string& line) { append_json_string(out, line); });
  append_holders(object.name("holders"), finding.holders);
  append_json_array(object.name("records"), finding.records,
                    [&out](const stats::AbandonedRow& row) {
                      JsonObject record(out);
                      record.fields(row);
                      append_holders(record.name("holders"), row.holders);
                    });
}

std::string render_findings_json(const stats::Snapshot& snapshot,
                                 const std::vector<Finding>& findings,
                                 const Thresholds& thresholds) {
  std::string out;
  {
    JsonObject object(out);
    object.number("schema_version", 1);
    object.number("timestamp_ns", snapshot.timestamp_ns);
    object.number("pid", snapshot.pid);
    object.text("process", snapshot.process);
    object.text("allocator", snapshot.allocator);
    object.name("thresholds");
    {
      JsonObject limits(out);
      for (const ThresholdInfo& one : kThresholds) limits.number(one.name, thresholds.*one.member);
    }
    append_json_array(object.name("findings"), findings,
                      [&out](const Finding& finding) { append_json(out, finding); });
  }
  return out + '\n';
}

}  // namespace temporal_slab::render
