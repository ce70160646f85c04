#include "harness/exposition_parser.h"

#include <cstddef>

#include "base/utf8.h"

namespace temporal_slab::harness {
namespace {

bool is_clean_utf8(std::string_view text) {
  while (!text.empty()) {
    const base::DecodedUtf8 next = base::decode_utf8(text);
    if (!next.well_formed || next.code_point == 0) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

// Takes `token` from the front of the text.
bool take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

// Takes a name of letters, digits and underscores, not a digit first.
std::string take_name(std::string_view& text) {
  std::size_t length = 0;
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (length > 0 && c >= '0' && c <= '9');
  };
  while (length < text.size() && fits(text[length])) ++length;
  const std::string name(text.substr(0, length));
  text.remove_prefix(length);
  return name;
}

// Undoes the escapes up to the closing quote, or to the end without one. False: an
// escape that there is not, or no closing quote.
bool take_escaped(std::string_view& text, bool quoted, std::string* out) {
  while (!text.empty()) {
    if (quoted && take(text, "\"")) return true;
    if (take(text, "\\\\")) {
      *out += '\\';
    } else if (take(text, "\\n")) {
      *out += '\n';
    } else if (quoted && take(text, "\\\"")) {
      *out += '"';
    } else if (text.front() == '\\') {
      return false;
    } else {
      *out += text.front();
      text.remove_prefix(1);
    }
  }
  return !quoted;
}

// Decimal, with no zeros that say nothing: 0, 10, 0.5, 12.25.
bool is_number(std::string_view text) {
  const auto digits = [&text] {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    const std::string_view taken = text.substr(0, count);
    text.remove_prefix(count);
    return taken;
  };
  const std::string_view whole = digits();
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
  if (!take(text, ".")) return text.empty();
  const std::string_view part = digits();
  return text.empty() && !part.empty() && part.back() != '0';
}

class Parser {
 public:
  explicit Parser(std::map<std::string, ExpositionFamily>* out) : out_(out) {}

  // What is wrong with the next line; "" if nothing is.
  std::string line(std::string_view text) {
    if (!is_clean_utf8(text)) return "no clean UTF-8";
    if (take(text, "# HELP ")) return help(text);
    if (take(text, "# TYPE ")) return type(text);
    return sample(text);
  }

  std::string end() const {
    return family_ != nullptr && family_->samples.empty() ? family_->name + " has no sample" : "";
  }

 private:
  std::string help(std::string_view text) {
    if (const std::string offence = end(); !offence.empty()) return offence;
    ExpositionFamily family;
    family.name = take_name(text);
    if (family.name.empty() || !take(text, " ") || text.empty()) return "a HELP without its text";
    if (!take_escaped(text, false, &family.help)) return "an escape that there is not";
    const auto [place, is_new] = out_->emplace(family.name, family);
    if (!is_new) return family.name + " comes twice";
    family_ = &place->second;
    return "";
  }

  std::string type(std::string_view text) {
    const std::string name = take_name(text);
    if (family_ == nullptr || name != family_->name || !family_->type.empty())
      return "a TYPE that does not follow its HELP";
    if (text != " counter" && text != " gauge") return "neither counter nor gauge";
    family_->type = text.substr(1);
    if (name.ends_with("_total") != (family_->type == "counter"))
      return name + " is a " + family_->type;
    return "";
  }

  std::string sample(std::string_view text) {
    const std::string name = take_name(text);
    if (family_ == nullptr || family_->type.empty() || name != family_->name)
      return "a sample outside of its family";
    ExpositionLabels labels;
    if (take(text, "{")) {
      do {
        const std::string label = take_name(text);
        std::string value;
        if (label.empty() || !take(text, "=\"") || !take_escaped(text, true, &value))
          return "a label that cannot be read";
        if (!labels.emplace(label, value).second) return "label " + label + " comes twice";
      } while (take(text, ","));
      if (!take(text, "}")) return "labels without an end";
    }
    if (!take(text, " ")) return "no value";
    if (!is_number(text)) return "the value " + std::string(text);
    if (!family_->samples.emplace(labels, text).second) return "a series that comes twice";
    return "";
  }

  std::map<std::string, ExpositionFamily>* const out_;
  ExpositionFamily* family_ = nullptr;
};

}  // namespace

std::optional<std::string> parse_exposition(std::string_view text,
                                            std::map<std::string, ExpositionFamily>* out) {
  out->clear();
  Parser parser(out);
  std::size_t number = 0;
  std::string offence;
  while (offence.empty() && !text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    if (end == text.npos)
      offence = "no newline at its end";
    else
      offence = parser.line(text.substr(0, end));
    if (end != text.npos) text.remove_prefix(end + 1);
  }
  if (offence.empty()) offence = parser.end();
  if (offence.empty()) return std::nullopt;
  return "line " + std::to_string(number) + ": " + offence;
}

}  // namespace temporal_slab::harness
