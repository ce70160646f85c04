#include <span>

#include "render/field_table.h"
#include "render/findings.h"
#include "render/text.h"

namespace temporal_slab::render {
namespace {

constexpr std::string_view kNumber =
    "{ \"type\": \"integer\", \"minimum\": 0, \"maximum\": 18446744073709551615";
constexpr std::string_view kText = "{ \"type\": \"string\"";

std::string property(std::string_view name, std::string_view type, std::string_view help) {
  std::string out;
  append_json_string(out, name);
  out += ": ";
  out += type;
  out += ", \"description\": ";
  append_json_string(out, help);
  return out + " }";
}

void append_lines(std::string& out, std::string_view indent,
                  const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += indent;
    out += lines[i] + (i + 1 == lines.size() ? "\n" : ",\n");
  }
}

// An object of a row's fields, all of them required.
std::string row(std::string_view name, std::span<const Field> fields, std::string_view array) {
  std::vector<std::string> properties;
  std::string required;
  for (const Field& field : fields) {
    properties.push_back(
        property(field.name, field.type == FieldType::U64 ? kNumber : kText, field.help));
    append_json_string(required, field.name);
    required += ", ";
  }
  if (array.empty()) {
    required.resize(required.size() - 2);
  } else {
    append_json_string(required, array);
    properties.push_back(
        "\"holders\": { \"type\": \"array\", \"items\": { \"$ref\": "
        "\"#/definitions/holder\" } }");
  }
  std::string out = "    \"" + std::string(name) + "\": {\n      \"type\": \"object\",\n" +
                    "      \"required\": [" + required + "],\n" +
                    "      \"additionalProperties\": false,\n      \"properties\": {\n";
  append_lines(out, "        ", properties);
  return out + "      }\n    }";
}

}  // namespace

std::string render_findings_schema() {
  std::string kinds;
  for (const FindingKindInfo& kind : kFindingKinds) {
    if (!kinds.empty()) kinds += ", ";
    append_json_string(kinds, kind.name);
  }
  std::vector<std::string> thresholds;
  std::string threshold_names;
  for (const ThresholdInfo& one : kThresholds) {
    thresholds.push_back(property(one.name, kNumber, "tslab doctor " + std::string(one.option)));
    if (!threshold_names.empty()) threshold_names += ", ";
    append_json_string(threshold_names, one.name);
  }
  std::vector<std::string> facts = {"\"kind\": { \"type\": \"string\", \"enum\": [" + kinds +
                                    "] }"};
  for (const FactInfo* fact : facts::kAll)
    facts.push_back(property(fact->json_name, is_text(fact->form) ? kText : kNumber, fact->help));
  facts.emplace_back(
      "\"text\": { \"type\": \"array\", \"items\": { \"type\": \"string\" }, "
      "\"description\": \"what happened and what to do, in lines\" }");
  facts.emplace_back(
      "\"holders\": { \"type\": \"array\", \"items\": { \"$ref\": "
      "\"#/definitions/holder\" } }");
  facts.emplace_back(
      "\"records\": { \"type\": \"array\", \"items\": { \"$ref\": "
      "\"#/definitions/record\" } }");

  std::string out =
      "{\n"
      "  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
      "  \"title\": \"temporal-slab findings, schema version 1\",\n"
      "  \"description\": \"What tslab doctor --json prints. A finding has the facts of its kind. "
      "Fields may be added, and none is ever renamed.\",\n"
      "  \"type\": \"object\",\n"
      "  \"required\": [\"schema_version\", \"timestamp_ns\", \"pid\", \"process\", "
      "\"allocator\", \"thresholds\", \"findings\"],\n"
      "  \"properties\": {\n"
      "    \"schema_version\": { \"type\": \"integer\", \"const\": 1 },\n";
  append_lines(out, "    ",
               {property("timestamp_ns", kNumber, "when the snapshot was taken"),
                property("pid", kNumber, "process of the allocator"),
                property("process", kText, "name of that process"),
                property("allocator", kText, "name of the allocator"),
                "\"thresholds\": { \"$ref\": \"#/definitions/thresholds\" }",
                "\"findings\": { \"type\": \"array\", \"items\": { \"$ref\": "
                "\"#/definitions/finding\" } }"});
  out +=
      "  },\n"
      "  \"definitions\": {\n"
      "    \"thresholds\": {\n"
      "      \"type\": \"object\",\n"
      "      \"required\": [" +
      threshold_names + "],\n      \"properties\": {\n";
  append_lines(out, "        ", thresholds);
  out +=
      "      }\n    },\n"
      "    \"finding\": {\n"
      "      \"type\": \"object\",\n"
      "      \"required\": [\"kind\", \"text\", \"holders\", \"records\"],\n"
      "      \"properties\": {\n";
  append_lines(out, "        ", facts);
  out += "      }\n    },\n";
  out += row("record", kAbandonedFields, "holders") + ",\n" + row("holder", kHolderFields, "");
  return out + "\n  }\n}\n";
}

}  // namespace temporal_slab::render
