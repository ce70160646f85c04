#include "tslab/json_reader.h"

#include <bitset>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "render/text.h"
#include "stats/segment_layout.h"
#include "tslab/json_documents.h"
#include "tslab/json_rows.h"

namespace temporal_slab::tslab {
namespace {

using nlohmann::json;

constexpr std::size_t kMostQuotedBytes = 64;
constexpr int kNumberOverflow = 406;  // the parser's number for it

const std::string kWholeNumber = "must be a whole number from 0 to 18446744073709551615";
const std::string kObject = "must be an object";
const std::string kArray = "must be an array";
const std::string kText = "must be a text";

std::string cut(std::string_view text) {
  if (text.size() <= kMostQuotedBytes) return std::string(text);
  return std::string(text.substr(0, kMostQuotedBytes)) + "...";
}

// A value that is neither an object nor an array; what is no text and no whole
// number is known by its description alone.
struct Scalar {
  std::string description;
  std::optional<std::uint64_t> number = std::nullopt;
  std::string* text = nullptr;
};

// An object or array that is open.
struct Frame {
  std::variant<Row, Rows> what;
  std::bitset<kMostMembers> seen = {};  // of an object
  std::string key = {};                 // of an object: whose value comes or came
  Target target = {};                   // of an object: where that goes
  std::size_t elements = 0;             // of an array: begun so far

  Row* row() { return std::get_if<Row>(&what); }
  Rows* rows() { return std::get_if<Rows>(&what); }
};

// Takes what the parser finds, in turn. Each function returns whether to go on.
class Handler final : public nlohmann::json_sax<json> {
 public:
  Handler(std::size_t most, std::size_t bytes) : most_(most), bytes_(bytes) {}

  std::vector<Offence> offences;
  stats::Snapshot snapshot;

  bool null() override { return scalar({"null"}); }
  bool boolean(bool value) override { return scalar({value ? "true" : "false"}); }
  bool number_integer(json::number_integer_t value) override {  // below 0, or -0
    return scalar({value == 0 ? "-0" : std::to_string(value)});
  }
  bool number_unsigned(json::number_unsigned_t value) override {
    return scalar({std::to_string(value), value});
  }
  bool number_float(json::number_float_t, const std::string& digits) override {
    return scalar({cut(digits)});
  }
  bool string(std::string& value) override { return scalar({"a text", std::nullopt, &value}); }
  bool binary(json::binary_t&) override { return false; }  // JSON has none

  bool start_object(std::size_t) override;
  bool key(std::string& name) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& last_token,
                   const json::exception& error) override;

 private:
  std::string path() const;
  bool note(std::string what);
  bool must_be(const std::string& wanted, const Scalar& found) {
    return note("is " + found.description + ", " + wanted);
  }
  bool descend();
  bool refuse(const std::string& found);
  bool scalar(const Scalar& value);
  bool put(std::monostate, const Scalar&) { return true; }
  bool put(std::uint64_t* member, const Scalar& value);
  bool put(std::string* member, const Scalar& value);
  bool put(stats::EpochState* member, const Scalar& value);
  bool put(const Rows&, const Scalar& value) { return must_be(kArray, value); }
  std::optional<std::uint64_t> fixed_value(const std::uint64_t* member);

  const std::size_t most_;
  const std::size_t bytes_;  // of the text
  std::vector<Frame> frames_;
  std::size_t skipped_ = 0;  // objects and arrays that are open and passed over
};

std::string Handler::path() const {
  std::string text = "$";
  for (const Frame& frame : frames_)
    if (std::holds_alternative<Row>(frame.what))
      text += frame.key.empty() ? "" : "." + frame.key;
    else if (frame.elements != 0)
      text += "[" + std::to_string(frame.elements - 1) + "]";
  return text;
}

bool Handler::note(std::string what) {
  offences.push_back({path(), std::move(what)});
  return offences.size() < most_;
}

// Goes into an object or array that is passed over.
bool Handler::descend() {
  if (frames_.size() + ++skipped_ <= kMostJsonDepth) return true;
  note("is nested deeper than " + std::to_string(kMostJsonDepth));
  return false;
}

// Passes over an object or array that begins where another kind of value must stand.
bool Handler::refuse(const std::string& found) {
  bool go_on = true;
  if (frames_.empty() || frames_.back().rows() != nullptr) {
    go_on = note("is " + found + ", " + kObject);
  } else if (frames_.back().target.index() != 0) {
    go_on =
        std::visit([&](auto target) { return put(target, Scalar{found}); }, frames_.back().target);
  }
  return descend() && go_on;
}

bool Handler::scalar(const Scalar& value) {
  if (skipped_ != 0) return true;
  if (frames_.empty()) return must_be(kObject, value);
  Frame& frame = frames_.back();
  if (frame.rows() != nullptr) {
    ++frame.elements;
    return must_be(kObject, value);
  }
  return std::visit([&](auto target) { return put(target, value); }, frame.target);
}

// What the format fixes to one value.
std::optional<std::uint64_t> Handler::fixed_value(const std::uint64_t* member) {
  if (member == &snapshot.schema_version) return stats::kSchemaVersion;
  if (frames_.size() != 3) return std::nullopt;
  const std::size_t index = frames_[1].elements - 1;
  Row& row = *frames_.back().row();
  if (auto* const* epoch = std::get_if<stats::EpochRow*>(&row))
    return member == &(*epoch)->epoch_id ? std::optional(index) : std::nullopt;
  if (auto* const* size_class = std::get_if<stats::ClassRow*>(&row))
    return member == &(*size_class)->class_index ? std::optional(index) : std::nullopt;
  return std::nullopt;
}

bool Handler::put(std::uint64_t* member, const Scalar& value) {
  if (!value.number) return must_be(kWholeNumber, value);
  *member = *value.number;
  const std::optional<std::uint64_t> fixed = fixed_value(member);
  if (!fixed || *fixed == *member) return true;
  return must_be("must be " + std::to_string(*fixed), value);
}

bool Handler::put(std::string* member, const Scalar& value) {
  if (value.text == nullptr) return must_be(kText, value);
  *member = std::move(*value.text);
  return true;
}

bool Handler::put(stats::EpochState* member, const Scalar& value) {
  std::string found = value.description;
  if (value.text != nullptr) {
    for (const auto state : {stats::EpochState::kActive, stats::EpochState::kClosing})
      if (*value.text == render::state_name(state)) {
        *member = state;
        return true;
      }
    found = "\"" + cut(*value.text) + "\"";
  }
  return must_be("must be \"ACTIVE\" or \"CLOSING\"", {found});
}

bool Handler::start_object(std::size_t) {
  if (skipped_ != 0) return descend();
  if (frames_.empty()) {
    frames_.push_back({.what = Row(&snapshot)});
    return true;
  }
  Rows* const rows = frames_.back().rows();
  if (rows == nullptr) return refuse("an object");
  ++frames_.back().elements;
  // A new row may move those before it, none of which is open.
  const Row row = std::visit([](auto* list) { return Row(&list->emplace_back()); }, *rows);
  frames_.push_back({.what = row});
  return true;
}

bool Handler::key(std::string& name) {
  if (skipped_ != 0) return true;
  Frame& frame = frames_.back();
  frame.key = cut(name);
  frame.target = std::monostate();
  bool known = false;
  bool twice = false;
  visit_members(*frame.row(), [&](std::size_t number, std::string_view member, Target target) {
    if (name != member) return;
    known = true;
    twice = frame.seen[number];
    if (!twice) frame.target = target;
    frame.seen.set(number);
  });
  if (twice) return note("stands twice");
  return known || frames_.size() == 1 || note("is an unknown field");
}

bool Handler::end_object() {
  if (skipped_ != 0) {
    --skipped_;
    return true;
  }
  Frame& frame = frames_.back();
  bool go_on = true;
  visit_members(*frame.row(), [&](std::size_t number, std::string_view member, const Target&) {
    if (frame.seen[number] || !go_on) return;
    frame.key = member;
    go_on = note("is missing");
  });
  frames_.pop_back();
  return go_on;
}

bool Handler::start_array(std::size_t) {
  if (skipped_ != 0) return descend();
  if (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.rows() != nullptr) ++frame.elements;
    if (const Rows* const rows = std::get_if<Rows>(&frame.target); frame.row() && rows) {
      frames_.push_back({.what = *rows});
      return true;
    }
  }
  return refuse("an array");
}

bool Handler::end_array() {
  if (skipped_ != 0) {
    --skipped_;
    return true;
  }
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  const Rows& rows = std::get<Rows>(frame.what);
  const std::string found = "has " + std::to_string(frame.elements) + " entries, must have ";
  if (std::holds_alternative<std::vector<stats::EpochRow>*>(rows) &&
      (frame.elements < stats::kFewestEpochs || frame.elements > stats::kMaxEpochs))
    return note(found + std::to_string(stats::kFewestEpochs) + " to " +
                std::to_string(stats::kMaxEpochs));
  if (std::holds_alternative<std::vector<stats::AbandonedRow>*>(rows) &&
      frame.elements > stats::kAbandonedLog)
    return note(found + "at most " + std::to_string(stats::kAbandonedLog));
  return true;
}

bool Handler::parse_error(std::size_t position, const std::string&, const json::exception& error) {
  if (error.id == kNumberOverflow)
    note("is too large, " + kWholeNumber);
  else if (position > bytes_)
    note("is no JSON: it ends after " + std::to_string(bytes_) + " bytes");
  else
    note("is no JSON at byte " + std::to_string(position));
  return false;
}

}  // namespace

std::string to_string(const Offence& offence) { return offence.path + ": " + offence.what; }

Offence too_long() { return {"$", "is longer than " + std::to_string(kMostJsonBytes) + " bytes"}; }

std::vector<Offence> read_json(std::string_view text, std::size_t most, stats::Snapshot* out) {
  if (text.size() > kMostJsonBytes) return {too_long()};
  // The parser would take it for the end.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
    return {{"$", "is no JSON at byte " + std::to_string(nul + 1)}};
  Handler handler(most, text.size());
  json::sax_parse(text.begin(), text.end(), &handler);
  if (handler.offences.empty() && handler.snapshot.epoch_count != handler.snapshot.epochs.size())
    return {{"$.epoch_count", "is " + std::to_string(handler.snapshot.epoch_count) + ", must be " +
                                  std::to_string(handler.snapshot.epochs.size()) +
                                  ": so many entries has $.epochs"}};
  if (handler.offences.empty()) *out = std::move(handler.snapshot);
  return std::move(handler.offences);
}

}  // namespace temporal_slab::tslab
