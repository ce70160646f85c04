#include "harness/generate/fields_reference.h"

#include <span>
#include <string_view>

#include "render/field_table.h"

namespace temporal_slab::harness {
namespace {

std::string_view type_name(render::FieldType type) {
  switch (type) {
    case render::FieldType::U64:
      return "integer";
    case render::FieldType::TEXT:
      return "text";
    case render::FieldType::STATE:
      return "ACTIVE or CLOSING";
  }
  return "";
}

void append_section(std::string& out, std::string_view title, std::string_view about,
                    std::span<const render::Field> fields) {
  out.append("\n## ").append(title).append("\n\n").append(about).append("\n\n");
  out += "| field | type | kind | unit | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const render::Field& field : fields) {
    out.append("| `").append(field.name).append("` | ").append(type_name(field.type));
    out.append(" | ").append(render::kind_name(field.kind)).append(" | ").append(field.unit);
    out.append(field.unit.empty() ? "| " : " | ").append(field.help).append(" |\n");
  }
}

}  // namespace

std::string fields_reference() {
  std::string out =
      "# Fields of a snapshot\n\n"
      "<!-- Written by ci/generate from lib/stats/fields.h; edit that. -->\n\n"
      "What `tslab stats --json` and `slab_stats_write_json` print, in the order of the\n"
      "output. Integers run from 0 to 2^64-1. A counter never falls, a gauge goes both\n"
      "ways, an info names or describes. The machine-readable form is\n"
      "[stats_v1.schema.json](stats_v1.schema.json).\n";
  append_section(out, "Top level",
                 "One allocator. The arrays `classes`, `epochs` and `abandoned` follow.",
                 render::kGlobalFields);
  append_section(out, "classes[]", "One size class each, by `class_index`.", render::kClassFields);
  append_section(out, "epochs[]", "Always 16, by `epoch_id`; the array `holders` follows in each.",
                 render::kEpochFields);
  append_section(out, "abandoned[]",
                 "References that the full ring took over: the last 64 records, oldest first; the\n"
                 "array `holders` follows in each.",
                 render::kAbandonedFields);
  append_section(out, "holders[]", "One thread each that took references and has not dropped them.",
                 render::kHolderFields);
  return out;
}

}  // namespace temporal_slab::harness
