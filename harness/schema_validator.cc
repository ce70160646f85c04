#include "harness/schema_validator.h"

#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "harness/golden.h"

namespace temporal_slab::harness {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr std::size_t kMostOffences = 10;

// valijson compares numbers by way of int64, where 2^64 - 1 is -1. The parser has
// told integers of 64 bits from all else, so bounds and values keep their order
// when both are cut to the largest int64.
void clamp_to_int64(json& value) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (value.is_structured())
    for (json& item : value) clamp_to_int64(item);
  else if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargest)
    value = kLargest;
}

// Each is read once.
const valijson::Schema& schema(const std::string& path) {
  static std::map<std::string, valijson::Schema> parsed;
  const auto [place, fresh] = parsed.try_emplace(path);
  if (fresh) {
    json document = json::parse(std::ifstream(source_path(path)));
    clamp_to_int64(document);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(Adapter(document), place->second);
  }
  return place->second;
}

// Parses, and throws also for a key that stands twice: the parser itself would
// quietly keep the last one.
json parse_strictly(std::string_view text) {
  std::vector<std::set<std::string>> open_objects;
  return json::parse(text, [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == json::parse_event_t::object_end) open_objects.pop_back();
    if (event == json::parse_event_t::key &&
        !open_objects.back().insert(value.get<std::string>()).second)
      throw std::runtime_error("the key " + value.dump() + " stands twice in one object");
    return true;
  });
}

// valijson writes <root>[epochs][3][refcount] in pieces "<root>", "[epochs]", "[3]".
std::string path_of(const std::vector<std::string>& context) {
  std::string path = "$";
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string& piece = context[i];
    const bool index = piece.find_first_not_of("[]0123456789") == std::string::npos;
    path += index ? piece : "." + piece.substr(1, piece.size() - 2);
  }
  return path;
}

// Such an error stands beside the one of the part itself.
bool only_says_that_a_part_failed(const std::string& description) {
  return description.starts_with("Failed to validate against schema associated with") ||
         description.starts_with("Failed to validate item");
}

}  // namespace

std::optional<std::string> validate_json(std::string_view text, const std::string& schema_path) {
  json document;
  try {
    document = parse_strictly(text);
  } catch (const std::exception& error) {
    return std::string("$: ") + error.what();
  }
  clamp_to_int64(document);
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(schema(schema_path), Adapter(document), &results)) return std::nullopt;
  std::string offences;
  valijson::ValidationResults::Error error;
  for (std::size_t lines = 0; lines < kMostOffences && results.popError(error);) {
    if (only_says_that_a_part_failed(error.description)) continue;
    offences += path_of(error.context) + ": " + error.description + "\n";
    ++lines;
  }
  return offences;
}

namespace {

testing::AssertionResult is_valid(std::string_view text, const std::string& schema_path) {
  const std::optional<std::string> offences = validate_json(text, schema_path);
  if (!offences) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "not valid against " << schema_path << ":\n" << *offences;
}

}  // namespace

testing::AssertionResult is_valid_snapshot_json(std::string_view text) {
  return is_valid(text, kSnapshotSchema);
}

testing::AssertionResult is_valid_findings_json(std::string_view text) {
  return is_valid(text, kFindingsSchema);
}

}  // namespace temporal_slab::harness
