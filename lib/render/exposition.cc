#include "render/exposition.h"

#include <algorithm>

#include "base/utf8.h"
#include "render/text.h"

namespace temporal_slab::render {
namespace {

// Labels of series here, also of those of `serve`.
constexpr std::string_view kOwnLabels[] = {"allocator", "class",   "condition",   "epoch",
                                           "era",       "label",   "object_size", "pid",
                                           "process",   "segment", "state"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_help(std::string& out, std::string_view help) {
  for (const char c : help) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
}

}  // namespace

void Exposition::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = prefix_ + "_" + std::string(name);
  text_.append("# HELP ").append(name_).append(" ");
  append_help(text_, help);
  text_.append("\n# TYPE ").append(name_);
  text_.append(type == MetricType::kCounter ? " counter\n" : " gauge\n");
}

void Exposition::sample(std::span<const MetricLabel> labels, std::string_view value) {
  text_ += name_;
  if (!labels.empty()) {
    char before = '{';
    for (const MetricLabel& label : labels) {
      text_ += before;
      text_.append(label.name).append("=\"").append(label.value).append("\"");
      before = ',';
    }
    text_ += '}';
  }
  text_.append(" ").append(value).append("\n");
}

bool is_metric_prefix(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMetricPrefix && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_label_name(std::string_view text) {
  return is_metric_prefix(text) && !text.starts_with("__") &&
         std::find(std::begin(kOwnLabels), std::end(kOwnLabels), text) == std::end(kOwnLabels);
}

std::string allowed_label_names() {
  std::string text = std::string(kAllowedMetricPrefix) + ", not two underscores first, none of ";
  for (const std::string_view name : kOwnLabels) {
    if (name != kOwnLabels[0]) text += ", ";
    text += name;
  }
  return text;
}

std::string label_value(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const base::DecodedUtf8 next = base::decode_utf8(text);
    if (!next.well_formed || next.code_point == 0)
      out += base::kReplacementUtf8;
    else if (next.code_point == '\n')
      out += "\\n";
    else if (next.code_point == '"' || next.code_point == '\\')
      out.append("\\").append(text.substr(0, 1));
    else
      out += text.substr(0, next.length);
    text.remove_prefix(next.length);
  }
  return out;
}

std::string decimal(std::uint64_t value, unsigned digits) {
  std::string out;
  append_number(out, value);
  if (digits == 0) return out;
  if (out.size() <= digits) out.insert(0, digits + 1 - out.size(), '0');
  out.insert(out.size() - digits, 1, '.');
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace temporal_slab::render
