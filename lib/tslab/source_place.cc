#include "tslab/source_place.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "tslab/function_name.h"

namespace temporal_slab::tslab {
namespace {

// A chain of jumps is not followed further.
constexpr int kMostJumps = 8;
// Deeper trees of scopes than compilers make.
constexpr int kMostDepth = 64;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// The entries around one where it stands, itself first.
class Scopes {
 public:
  explicit Scopes(Dwarf_Die* die) : count_(dwarf_getscopes_die(die, &entries_)) {
    owned_.reset(entries_);
  }

  Dwarf_Die* begin() { return entries_; }
  Dwarf_Die* end() { return entries_ + (count_ > 0 ? count_ : 0); }

 private:
  Dwarf_Die* entries_ = nullptr;
  int count_;
  std::unique_ptr<Dwarf_Die[], Free> owned_;
};

struct Place {
  std::string path;
  int line = 0;
};

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// True for this library's public headers, wherever they are installed.
bool is_ours(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view folder = path.substr(0, slash);
  if (folder != "temporal_slab" && !folder.ends_with("/temporal_slab")) return false;
  // From CMakeLists.txt: " a.h b.hpp ".
  static constexpr std::string_view kHeaders = TEMPORAL_SLAB_HEADER_NAMES;
  std::string name(1, ' ');
  name += path.substr(slash + 1);
  name += ' ';
  return kHeaders.find(name) != std::string_view::npos;
}

std::string file_in(Dwarf_Die* unit, Dwarf_Word index) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrcfiles(unit, &files, &count) != 0 || index >= count) return "";
  const char* const path = dwarf_filesrc(files, index, nullptr, nullptr);
  return path == nullptr ? "" : path;
}

bool read_number(Dwarf_Die* die, unsigned name, Dwarf_Word* out) {
  Dwarf_Attribute attribute;
  return dwarf_attr(die, name, &attribute) != nullptr && dwarf_formudata(&attribute, out) == 0;
}

// Also what a definition or an inlined copy leaves to where it came from.
const char* text_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

bool flag_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  bool flag = false;
  return dwarf_attr(die, name, &attribute) != nullptr && dwarf_formflag(&attribute, &flag) == 0 &&
         flag;
}

// Where a function was declared first: an inlined copy and a definition point to it.
Dwarf_Die declaration_of(Dwarf_Die die) {
  for (int step = 0; step < kMostDepth; ++step) {
    Dwarf_Attribute attribute;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr &&
        dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr)
      break;
    Dwarf_Die origin;
    if (dwarf_formref_die(&attribute, &origin) == nullptr) break;
    die = origin;
  }
  return die;
}

bool is_declared_by_us(Dwarf_Die* function) {
  const char* const path = dwarf_decl_file(function);
  return path != nullptr && is_ours(path);
}

// "run", "Worker::operator()" and, as a lambda is a class without a name inside of a
// function, "main::{lambda}".
std::string name_of(Dwarf_Die* function, int depth = 0) {
  const char* const text = text_of(function, DW_AT_name);
  if (text == nullptr || depth == kMostDepth) return "";
  const std::string name = text;
  if (!name.starts_with("operator()")) return name;
  Dwarf_Die declaration = declaration_of(*function);
  bool is_lambda = false;
  bool self = true;
  for (Dwarf_Die& scope : Scopes(&declaration)) {
    if (std::exchange(self, false)) continue;
    const int tag = dwarf_tag(&scope);
    if (tag == DW_TAG_subprogram && is_lambda) {
      const std::string outer = name_of(&scope, depth + 1);
      if (!outer.empty()) return outer + "::{lambda}";
    }
    if (is_lambda || (tag != DW_TAG_class_type && tag != DW_TAG_structure_type)) continue;
    const char* const owner = dwarf_diename(&scope);
    if (owner != nullptr && owner[0] != '<' && owner[0] != '$')
      return std::string(owner) + "::" + name;
    is_lambda = true;
  }
  // Line tables alone have no classes, and Clang loses what a lambda in a generic one is
  // in. Symbols know, where there is one.
  const char* const symbol = text_of(function, DW_AT_linkage_name);
  if (symbol != nullptr) return short_function_name(symbol);
  return is_lambda ? "{lambda}" : name;
}

// One module and the addresses of its debug information.
class Module {
 public:
  explicit Module(Dwfl_Module* module) : module_(module) {}

  // The site, with jumps undone where they can be.
  std::string site(Dwarf_Addr address) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = unit_of(address, &bias);
    if (unit == nullptr) return "";
    if (const std::optional<Dwarf_Addr> jump = jump_behind(unit, address - bias, bias)) {
      Dwarf_Addr bias_there = 0;
      Dwarf_Die* const unit_there = unit_of(*jump, &bias_there);
      if (unit_there != nullptr)
        if (std::string name = name_at(unit_there, *jump, bias_there); !name.empty()) return name;
    }
    return name_at(unit, address, bias);
  }

 private:
  // The compilation unit of an address, which counts from where the unit's file does
  // once `*bias` is taken off. The table by which libdw looks units up is left out by
  // Clang; then, and where only some units are in it, it answers with none or with a
  // neighbour, and each unit is asked.
  Dwarf_Die* unit_of(Dwarf_Addr address, Dwarf_Addr* bias) {
    Dwarf_Die* unit = dwfl_module_addrdie(module_, address, bias);
    if (unit != nullptr && dwarf_haspc(unit, address - *bias) > 0) return unit;
    unit = dwfl_module_nextcu(module_, nullptr, bias);
    while (unit != nullptr && dwarf_haspc(unit, address - *bias) <= 0)
      unit = dwfl_module_nextcu(module_, unit, bias);
    return unit;
  }

  // "function file:line" of the innermost frame that is not ours.
  std::string name_at(Dwarf_Die* unit, Dwarf_Addr biased, Dwarf_Addr bias) {
    const Dwarf_Addr address = biased - bias;
    Place place;
    Dwarf_Line* const line = dwarf_getsrc_die(unit, address);
    const char* const path = line == nullptr ? nullptr : dwarf_linesrc(line, nullptr, nullptr);
    if (path != nullptr && dwarf_lineno(line, &place.line) == 0) place.path = path;
    std::vector<Dwarf_Die> frames = frames_at(unit, address);
    std::string name;
    if (frames.empty()) {  // as Clang's line tables alone leave it, where nothing is inlined
      const char* const symbol = dwfl_module_addrname(module_, biased);
      if (symbol != nullptr) name = short_function_name(symbol);
    }
    for (; !frames.empty() && name.empty(); frames.pop_back()) {
      Dwarf_Die* const frame = &frames.back();
      Dwarf_Word call_line = 0;
      Dwarf_Word call_file = 0;
      if (is_ours(place.path) && read_number(frame, DW_AT_call_line, &call_line) &&
          read_number(frame, DW_AT_call_file, &call_file)) {
        place = {file_in(unit, call_file), static_cast<int>(call_line)};
      } else {
        name = name_of(frame);
      }
    }
    if (name.empty() || place.path.empty() || place.line <= 0) return "";
    return name + " " + base_name(place.path) + ":" + std::to_string(place.line);
  }

  // The function whose code an address is, and then what is inlined into it there, from
  // the outside in.
  static std::vector<Dwarf_Die> frames_at(Dwarf_Die* unit, Dwarf_Addr address) {
    std::vector<Dwarf_Die> frames;
    std::optional<Dwarf_Die> scope = find_function(
        *unit, [&](Dwarf_Die* function) { return dwarf_haspc(function, address) > 0; });
    while (scope) {
      const int tag = dwarf_tag(&*scope);
      if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) frames.push_back(*scope);
      std::optional<Dwarf_Die> inner;
      for_each_child(&*scope, [&](Dwarf_Die* child) {
        if (holds_code(child) && dwarf_haspc(child, address) > 0) inner = *child;
      });
      scope = inner;
    }
    return frames;
  }

  static std::optional<Dwarf_Die> function_at(Dwarf_Die* unit, Dwarf_Addr address) {
    const std::vector<Dwarf_Die> frames = frames_at(unit, address);
    return frames.empty() ? std::nullopt : std::optional(frames.front());
  }

  // The first function of a unit for which `matches` is true. They stand in namespaces,
  // in classes (also in classes of functions, as lambdas do), and beside each other.
  template <typename Matches>
  static std::optional<Dwarf_Die> find_function(Dwarf_Die in, const Matches& matches,
                                                int depth = 0) {
    std::optional<Dwarf_Die> found;
    if (depth == kMostDepth) return found;
    for_each_child(&in, [&](Dwarf_Die* child) {
      if (found) return;
      switch (dwarf_tag(child)) {
        case DW_TAG_subprogram:
          if (matches(child)) found = *child;
          break;
        case DW_TAG_namespace:
        case DW_TAG_module:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
        case DW_TAG_union_type:
        case DW_TAG_lexical_block:
          break;
        default:
          return;
      }
      if (!found) found = find_function(*child, matches, depth + 1);
    });
    return found;
  }

  // An entry inside of a function that stands for a part of its code.
  static bool holds_code(Dwarf_Die* die) {
    const int tag = dwarf_tag(die);
    return tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
           tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
  }

  template <typename See>
  static void for_each_child(Dwarf_Die* in, const See& see) {
    Dwarf_Die child;
    if (dwarf_child(in, &child) != 0) return;
    do see(&child);
    while (dwarf_siblingof(&child, &child) == 0);
  }

  // Calls `see` with each call that stands in an entry.
  template <typename See>
  static void for_each_call(Dwarf_Die* in, const See& see, int depth = 0) {
    if (depth == kMostDepth) return;
    for_each_child(in, [&](Dwarf_Die* child) {
      const int tag = dwarf_tag(child);
      if (tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site) see(child);
      if (holds_code(child)) for_each_call(child, see, depth + 1);
    });
  }

  static bool read_address(Dwarf_Die* die, unsigned name, Dwarf_Addr* out) {
    Dwarf_Attribute attribute;
    return dwarf_attr(die, name, &attribute) != nullptr && dwarf_formaddr(&attribute, out) == 0;
  }

  // An address within the instruction of a call or jump, or 0.
  static Dwarf_Addr address_of(Dwarf_Die* call) {
    Dwarf_Addr address = 0;
    if (read_address(call, DW_AT_call_return_pc, &address) ||
        read_address(call, DW_AT_low_pc, &address))
      return address - 1;
    return read_address(call, DW_AT_call_pc, &address) ? address : 0;
  }

  // What is called, if the compiler knew it.
  static std::optional<Dwarf_Die> callee_of(Dwarf_Die* call) {
    Dwarf_Attribute attribute;
    Dwarf_Die callee;
    if ((dwarf_attr(call, DW_AT_call_origin, &attribute) == nullptr &&
         dwarf_attr(call, DW_AT_abstract_origin, &attribute) == nullptr) ||
        dwarf_formref_die(&attribute, &callee) == nullptr)
      return std::nullopt;
    return callee;
  }

  // Where the jump into the library stands, if the call that ends at `address` (of the
  // unit) is of another function and one way only leads on from that.
  std::optional<Dwarf_Addr> jump_behind(Dwarf_Die* unit, Dwarf_Addr address, Dwarf_Addr bias) {
    std::optional<Dwarf_Die> caller = function_at(unit, address);
    std::optional<Dwarf_Die> callee;
    if (caller)
      for_each_call(&*caller, [&](Dwarf_Die* call) {
        if (address_of(call) == address) callee = callee_of(call);
      });
    if (!callee || is_declared_by_us(&*callee)) return std::nullopt;
    std::set<Dwarf_Addr> jumps;
    follow(*callee, bias, kMostJumps, &jumps);
    if (jumps.size() != 1) return std::nullopt;
    return *jumps.begin();
  }

  // Into `*jumps`: each jump to the library that `function` makes, itself or by a jump
  // to another function; as an address within the jump, biased.
  void follow(Dwarf_Die function, Dwarf_Addr bias, int most, std::set<Dwarf_Addr>* jumps) {
    if (most == 0 || !find_code(&function, &bias)) return;
    for_each_call(&function, [&](Dwarf_Die* call) {
      if (!flag_of(call, DW_AT_call_tail_call) && !flag_of(call, DW_AT_GNU_tail_call)) return;
      std::optional<Dwarf_Die> callee = callee_of(call);
      if (!callee) return;
      if (!is_declared_by_us(&*callee)) {
        follow(*callee, bias, most - 1, jumps);
      } else if (const Dwarf_Addr jump = address_of(call); jump != 0) {
        jumps->insert(jump + bias);
      }
    });
  }

  // Makes of any entry of a function the one that has its code.
  bool find_code(Dwarf_Die* function, Dwarf_Addr* bias) {
    Dwarf_Addr entry = 0;
    if (dwarf_entrypc(function, &entry) == 0) return true;
    Dwarf_Die unit;
    if (dwarf_diecu(function, &unit, nullptr, nullptr) == nullptr) return false;
    const Dwarf_Off declared = offset_of_declaration(*function);
    const std::optional<Dwarf_Die> code = find_function(unit, [&](Dwarf_Die* other) {
      return dwarf_entrypc(other, &entry) == 0 && offset_of_declaration(*other) == declared;
    });
    if (code) *function = *code;
    return code || find_symbol(function, bias);
  }

  static Dwarf_Off offset_of_declaration(Dwarf_Die die) {
    die = declaration_of(die);
    return dwarf_dieoffset(&die);
  }

  // By the name that linkers know, for code of another unit.
  bool find_symbol(Dwarf_Die* function, Dwarf_Addr* bias) {
    const char* name = text_of(function, DW_AT_linkage_name);
    if (name == nullptr) name = text_of(function, DW_AT_MIPS_linkage_name);
    if (name == nullptr) name = text_of(function, DW_AT_name);
    const int count = name == nullptr ? 0 : dwfl_module_getsymtab(module_);
    for (int i = 1; i < count; ++i) {
      GElf_Sym symbol;
      GElf_Addr address = 0;
      const char* const other =
          dwfl_module_getsym_info(module_, i, &symbol, &address, nullptr, nullptr, nullptr);
      if (other == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
          symbol.st_shndx == SHN_UNDEF || std::string_view(other) != name)
        continue;
      Dwarf_Die* const unit = unit_of(address, bias);
      const std::optional<Dwarf_Die> code =
          unit == nullptr ? std::nullopt : function_at(unit, address - *bias);
      if (!code) return false;
      *function = *code;
      return true;
    }
    return false;
  }

  Dwfl_Module* const module_;
};

}  // namespace

std::string place_in_source(Dwfl_Module* module, Dwarf_Addr address) {
  return Module(module).site(address);
}

}  // namespace temporal_slab::tslab
