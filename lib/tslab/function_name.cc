#include "tslab/function_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace temporal_slab::tslab {
namespace {

constexpr std::string_view kOperator = "operator";

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// Reads a demangled name from left to right and keeps its components: what stands
// between "::" outside of all brackets.
class Components {
 public:
  explicit Components(std::string_view text) : text_(text) {
    while (at_ < text_.size() && !ended_) step();
    if (!component_.empty()) done_.push_back(component_);
  }

  const std::vector<std::string>& all() const { return done_; }

 private:
  bool follows(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void step() {
    const char here = text_[at_];
    if (component_.empty() && follows(kOperator)) {
      take_operator();
    } else if (follows("::")) {
      done_.push_back(component_);
      component_.clear();
      at_ += 2;
    } else if (here == '(' && !component_.empty()) {
      skip_bracket();
      skip_qualifiers();
      ended_ = !follows("::");
    } else if (here == '(' || here == '<' || here == '{' || here == '\'') {
      const std::size_t from = at_;
      skip_bracket();
      component_ += text_.substr(from, at_ - from);
    } else if (here == '[') {  // "[abi:cxx11]", "[clone .cold]"
      skip_bracket();
    } else if (here == ' ') {  // what came before was the return type
      ++at_;
      if (follows("[clone")) return;
      done_.clear();
      component_.clear();
    } else {
      component_ += here;
      ++at_;
    }
  }

  // Operators have brackets and blanks in their names: "operator()", "operator<<",
  // "operator bool", "operator new[]".
  void take_operator() {
    const std::size_t from = at_;
    at_ += kOperator.size();
    if (follows("()")) at_ += 2;
    while (at_ < text_.size() && text_[at_] != '(' && !follows(" <")) ++at_;
    component_ = text_.substr(from, at_ - from);
    if (follows(" <")) ++at_;
  }

  // To behind the bracket that closes the one here.
  void skip_bracket() {
    const bool quoted = text_[at_] == '\'';
    const std::size_t from = at_++;
    for (int depth = 1; at_ < text_.size() && depth > 0; ++at_) {
      const char here = text_[at_];
      const bool arrow = here == '>' && text_[at_ - 1] == '-';
      if (quoted) {
        depth -= here == '\'';
      } else if (here == '(' || here == '<' || here == '{' || here == '[') {
        ++depth;
      } else if (here == ')' || (here == '>' && !arrow) || here == '}' || here == ']') {
        --depth;
      }
    }
    if (at_ == from) ++at_;
  }

  void skip_qualifiers() {
    for (bool more = true; more;) {
      more = false;
      for (const std::string_view word : {" const", " volatile", " &&", " &", " noexcept"}) {
        if (!follows(word)) continue;
        at_ += word.size();
        more = true;
        break;
      }
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::string component_;
  std::vector<std::string> done_;
};

bool is_lambda(std::string_view name) {
  return name.starts_with("{lambda") || name.starts_with("'lambda") || name.starts_with("$_") ||
         name.starts_with("<lambda");
}

// Of the first `count` components.
std::string short_name(const std::vector<std::string>& components, std::size_t count) {
  if (count == 0) return "";
  const std::string& last = components[count - 1];
  if (count == 1 || !last.starts_with("operator()")) return last;
  const std::string& owner = components[count - 2];
  if (!is_lambda(owner)) return owner + "::" + last;
  if (count == 2 || components[count - 3].starts_with("(anonymous")) return "{lambda}";
  return short_name(components, count - 2) + "::{lambda}";
}

}  // namespace

std::string short_function_name_of(std::string_view demangled) {
  const Components components(demangled);
  const std::string name = short_name(components.all(), components.all().size());
  return name.empty() ? std::string(demangled) : name;
}

std::string short_function_name(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char[], Free> text(abi::__cxa_demangle(symbol, nullptr, nullptr, &status));
  return text == nullptr ? symbol : short_function_name_of(text.get());
}

}  // namespace temporal_slab::tslab
