#include "render/schema.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "render/field_table.h"
#include "render/text.h"
#include "stats/segment_layout.h"
#include "stats/snapshot.h"

namespace temporal_slab::render {
namespace {

// Writes lines of an indented object; the comma goes before each line but the
// first, since only then it is known that one more follows.
class Writer {
 public:
  void open(std::string_view name, char bracket) {
    line();
    if (!name.empty()) key(name);
    out_ += bracket;
    ++depth_;
    first_ = true;
  }

  void close(char bracket) {
    --depth_;
    first_ = true;
    line();
    out_ += bracket;
    first_ = false;
  }

  // One line: `"name": raw`, or `raw` alone without a name.
  void item(std::string_view name, std::string_view raw) {
    line();
    if (!name.empty()) key(name);
    out_ += raw;
  }

  void text(std::string_view name, std::string_view value) {
    item(name, {});
    append_json_string(out_, value);
  }

  void number(std::string_view name, std::uint64_t value) {
    item(name, {});
    append_number(out_, value);
  }

  std::string take() && { return std::move(out_) + "\n"; }

 private:
  void line() {
    if (!first_) out_ += ',';
    if (!out_.empty()) out_ += '\n';
    out_.append(2 * depth_, ' ');
    first_ = false;
  }

  void key(std::string_view name) {
    append_json_string(out_, name);
    out_ += ": ";
  }

  std::string out_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

// What this version of the format fixes to one value.
const std::uint64_t* fixed_value(std::string_view name) {
  static constexpr std::uint64_t kSchema = stats::kSchemaVersion;
  if (name == "schema_version") return &kSchema;
  return nullptr;
}

struct Range {
  std::uint64_t least;
  std::uint64_t most;
};
Range range_of(std::string_view name) {
  if (name == "epoch_count") return {stats::kFewestEpochs, stats::kMaxEpochs};
  if (name == "epoch_id" || name == "current_epoch") return {0, stats::kMaxEpochs - 1};
  return {0, std::numeric_limits<std::uint64_t>::max()};
}

std::string value_schema(const Field& field) {
  std::string out = "{ ";
  if (const std::uint64_t* fixed = fixed_value(field.name)) {
    out += "\"type\": \"integer\", \"const\": ";
    append_number(out, *fixed);
  } else if (field.type == FieldType::U64) {
    const auto [least, most] = range_of(field.name);
    out += "\"type\": \"integer\", \"minimum\": ";
    append_number(out, least);
    out += ", \"maximum\": ";
    append_number(out, most);
  } else if (field.type == FieldType::STATE) {
    out += "\"type\": \"string\", \"enum\": [";
    append_json_string(out, state_name(stats::EpochState::kActive));
    out += ", ";
    append_json_string(out, state_name(stats::EpochState::kClosing));
    out += ']';
  } else {
    out += "\"type\": \"string\"";
  }
  std::string description(field.help);
  if (!field.unit.empty()) description.append(" (").append(field.unit).append(")");
  out += ", \"description\": ";
  append_json_string(out, description);
  return out + " }";
}

struct Array {
  std::string_view name;
  std::string_view definition;
  std::uint64_t min_items;
  std::uint64_t max_items;  // 0: no limit
  std::string_view description;
};

void append_object(Writer& w, std::span<const Field> fields, std::span<const Array> arrays) {
  w.text("type", "object");
  w.open("required", '[');
  for (const Field& field : fields) w.text({}, field.name);
  for (const Array& array : arrays) w.text({}, array.name);
  w.close(']');
  w.open("properties", '{');
  for (const Field& field : fields) w.item(field.name, value_schema(field));
  for (const Array& array : arrays) {
    w.open(array.name, '{');
    w.text("description", array.description);
    w.text("type", "array");
    if (array.min_items != 0) w.number("minItems", array.min_items);
    if (array.max_items != 0) w.number("maxItems", array.max_items);
    w.item("items", "{ \"$ref\": \"#/definitions/" + std::string(array.definition) + "\" }");
    w.close('}');
  }
  w.close('}');
}

void append_definition(Writer& w, std::string_view name, std::span<const Field> fields,
                       std::span<const Array> arrays) {
  w.open(name, '{');
  append_object(w, fields, arrays);
  w.item("additionalProperties", "false");
  w.close('}');
}

constexpr Array kHolders[] = {
    {"holders", "holder", 0, 0, "threads that took references and have not dropped them"}};

constexpr Array kTopLevel[] = {
    {"classes", "class", 0, 0, "size classes, by class_index"},
    {"epochs", "epoch", stats::kFewestEpochs, stats::kMaxEpochs,
     "the ring, by epoch_id: epoch_count of them"},
    {"abandoned", "abandoned", 0, stats::kAbandonedLog,
     "references that the full ring took over, the last ones, oldest first"}};

}  // namespace

std::string render_schema() {
  Writer w;
  w.open({}, '{');
  w.text("$schema", "http://json-schema.org/draft-07/schema#");
  w.text("title", "temporal-slab snapshot, schema version 1");
  w.text("description",
         "Everything observable of one allocator at one time. Integers are exact up to 2^64-1: a "
         "reader that holds numbers as doubles loses digits. Fields may be added at the top "
         "level, and none is ever renamed.");
  append_object(w, kGlobalFields, kTopLevel);
  w.open("definitions", '{');
  append_definition(w, "class", kClassFields, {});
  append_definition(w, "epoch", kEpochFields, kHolders);
  append_definition(w, "abandoned", kAbandonedFields, kHolders);
  append_definition(w, "holder", kHolderFields, {});
  w.close('}');
  w.close('}');
  return std::move(w).take();
}

}  // namespace temporal_slab::render
