#include "render/json.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

void append_value(std::string& out, std::uint64_t value) { append_number(out, value); }

void append_value(std::string& out, const std::string& value) { append_json_string(out, value); }

void append_value(std::string& out, stats::EpochState value) {
  append_json_string(out, state_name(value));
}

// A field's name needs no escapes. The separator follows from what stands before.
void append_key(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

template <typename Row>
void append_fields(std::string& out, const Row& row) {
  visit_fields(row, [&out](std::string_view name, const auto& value) {
    append_key(out, name);
    append_value(out, value);
  });
}

void append_arrays(std::string&, const stats::ClassRow&) {}
void append_arrays(std::string&, const stats::HolderRow&) {}
void append_arrays(std::string& out, const stats::EpochRow& row);
void append_arrays(std::string& out, const stats::AbandonedRow& row);

template <typename Row>
void append_array(std::string& out, std::string_view name, const std::vector<Row>& rows) {
  append_key(out, name);
  out += '[';
  for (const Row& row : rows) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_fields(out, row);
    append_arrays(out, row);
    out += '}';
  }
  out += ']';
}

void append_arrays(std::string& out, const stats::EpochRow& row) {
  append_array(out, "holders", row.holders);
}

void append_arrays(std::string& out, const stats::AbandonedRow& row) {
  append_array(out, "holders", row.holders);
}

}  // namespace

std::string render_json(const stats::Snapshot& snapshot) {
  std::string out;
  out.reserve(32 * 1024);
  out += '{';
  append_fields(out, snapshot);
  append_array(out, "classes", snapshot.classes);
  append_array(out, "epochs", snapshot.epochs);
  append_array(out, "abandoned", snapshot.abandoned);
  out += "}\n";
  return out;
}

}  // namespace temporal_slab::render
