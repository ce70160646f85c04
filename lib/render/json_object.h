// Writes JSON objects and arrays, one member after the other. A name is written as it is: it
// needs no escapes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {

// From its brace to its brace; of values that are neither number nor text the name is
// written here and the value by the caller.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

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

  // The fields of a row, without its arrays.
  template <typename Row>
  void fields(const Row& row) {
    visit_fields(row, [this](std::string_view key, const auto& value) {
      if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
        number(key, value);
      else if constexpr (std::is_same_v<decltype(value), const stats::EpochState&>)
        text(key, state_name(value));
      else
        text(key, value);
    });
  }

 private:
  std::string& out_;
  bool first_ = true;
};

template <typename Rows, typename Append>
void append_json_array(std::string& out, const Rows& rows, Append&& append) {
  out += '[';
  bool first = true;
  for (const auto& row : rows) {
    if (!first) out += ',';
    first = false;
    append(row);
  }
  out += ']';
}

}  // namespace temporal_slab::render
