#include <type_traits>

#include "render/findings.h"
#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

// Writes one JSON object; what is not a member's name is written by the caller.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  std::string& name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void number(std::string_view key, std::uint64_t value) { append_number(name(key), value); }
  void text(std::string_view key, std::string_view value) { append_json_string(name(key), value); }

 private:
  std::string& out_;
  bool first_ = true;
};

template <typename Row>
void append_members(Object& object, const Row& row) {
  visit_fields(row, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
      object.number(name, value);
    else
      object.text(name, value);
  });
}

template <typename Rows, typename Append>
void append_array(std::string& out, const Rows& rows, Append&& append) {
  out += '[';
  bool first = true;
  for (const auto& row : rows) {
    if (!first) out += ',';
    first = false;
    append(row);
  }
  out += ']';
}

void append_holders(std::string& out, const std::vector<stats::HolderRow>& holders) {
  append_array(out, holders, [&out](const stats::HolderRow& row) {
    Object holder(out);
    append_members(holder, row);
  });
}

void append_finding(std::string& out, const Finding& finding) {
  Object object(out);
  object.text("kind", info_of(finding.kind).name);
  for (const Fact& fact : finding.facts) {
    if (is_text(fact.info->form))
      object.text(fact.info->json_name, fact.text);
    else
      object.number(fact.info->json_name, fact.number);
  }
  append_array(object.name("text"), finding.prose,
               [&out](const std::string& line) { append_json_string(out, line); });
  append_holders(object.name("holders"), finding.holders);
  append_array(object.name("records"), finding.records, [&out](const stats::AbandonedRow& row) {
    Object record(out);
    append_members(record, row);
    append_holders(record.name("holders"), row.holders);
  });
}

}  // namespace

std::string render_findings_json(const stats::Snapshot& snapshot,
                                 const std::vector<Finding>& findings,
                                 const Thresholds& thresholds) {
  std::string out;
  {
    Object object(out);
    object.number("schema_version", 1);
    object.number("timestamp_ns", snapshot.timestamp_ns);
    object.number("pid", snapshot.pid);
    object.text("process", snapshot.process);
    object.text("allocator", snapshot.allocator);
    object.name("thresholds");
    {
      Object limits(out);
      for (const ThresholdInfo& one : kThresholds) limits.number(one.name, thresholds.*one.member);
    }
    append_array(object.name("findings"), findings,
                 [&out](const Finding& finding) { append_finding(out, finding); });
  }
  return out + '\n';
}

}  // namespace temporal_slab::render
