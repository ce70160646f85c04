#include "tslab/schema_check.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "render/schema.h"

namespace temporal_slab::tslab {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// The validator compares numbers by way of int64, where 2^64 - 1 is -1. Cut to the
// largest int64, bounds and values keep their order; the reader has looked at the
// exact ones.
void cut_to_int64(json& value) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (value.is_structured())
    for (json& item : value) cut_to_int64(item);
  else if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargest)
    value = kLargest;
}

json parse(std::string_view text) {
  json document = json::parse(text);
  cut_to_int64(document);
  return document;
}

const valijson::Schema& schema() {
  static const valijson::Schema* const parsed = [] {
    const json document = parse(render::render_schema());
    auto* result = new valijson::Schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(Adapter(document), *result);
    return result;
  }();
  return *parsed;
}

// The validator gives a path in pieces: "<root>", "[epochs]", "[3]".
std::string path_of(const std::vector<std::string>& pieces) {
  std::string path = "$";
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::string& piece = pieces[i];
    const bool index = piece.find_first_not_of("[]0123456789") == std::string::npos;
    path += index ? piece : "." + piece.substr(1, piece.size() - 2);
  }
  return path;
}

}  // namespace

std::vector<Offence> check_schema(std::string_view text, std::size_t most) {
  const json document = parse(text);
  std::vector<Offence> offences;
  valijson::ValidationResults results;
  valijson::Validator().validate(schema(), Adapter(document), &results);
  valijson::ValidationResults::Error error;
  while (offences.size() < most && results.popError(error))
    offences.push_back({path_of(error.context), error.description});
  return offences;
}

std::vector<Offence> check_snapshot(std::string_view text, std::size_t most) {
  stats::Snapshot snapshot;
  std::vector<Offence> offences = read_json(text, most, &snapshot);
  return offences.empty() ? check_schema(text, most) : offences;
}

}  // namespace temporal_slab::tslab
