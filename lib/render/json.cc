#include "render/json.h"

#include "render/json_object.h"

namespace temporal_slab::render {
namespace {

void append_arrays(JsonObject&, std::string&, const stats::ClassRow&) {}
void append_arrays(JsonObject&, std::string&, const stats::HolderRow&) {}
void append_arrays(JsonObject& object, std::string& out, const stats::EpochRow& row);
void append_arrays(JsonObject& object, std::string& out, const stats::AbandonedRow& row);

template <typename Row>
void append_array(JsonObject& object, std::string& out, std::string_view name,
                  const std::vector<Row>& rows) {
  append_json_array(object.name(name), rows, [&out](const Row& row) {
    JsonObject one(out);
    one.fields(row);
    append_arrays(one, out, row);
  });
}

void append_arrays(JsonObject& object, std::string& out, const stats::EpochRow& row) {
  append_array(object, out, "holders", row.holders);
}

void append_arrays(JsonObject& object, std::string& out, const stats::AbandonedRow& row) {
  append_array(object, out, "holders", row.holders);
}

}  // namespace

void append_json(std::string& out, const stats::Snapshot& snapshot) {
  JsonObject object(out);
  object.fields(snapshot);
  append_array(object, out, "classes", snapshot.classes);
  append_array(object, out, "epochs", snapshot.epochs);
  append_array(object, out, "abandoned", snapshot.abandoned);
}

std::string render_json(const stats::Snapshot& snapshot) {
  std::string out;
  out.reserve(32 * 1024);
  append_json(out, snapshot);
  out += '\n';
  return out;
}

}  // namespace temporal_slab::render
