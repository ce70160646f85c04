#include "tslab/site_names.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace temporal_slab::tslab {
namespace {

// Files of hundreds of megabytes exist; past this it is no program.
constexpr off_t kLargestFile = off_t{16} << 30;

const Dwfl_Callbacks kCallbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// Without its arguments: the line says which one it is.
std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char[], Free> text(abi::__cxa_demangle(symbol, nullptr, nullptr, &status));
  const std::string name = text == nullptr ? symbol : text.get();
  constexpr std::string_view kUnnamed = "(anonymous namespace)";
  std::size_t arguments = name.find('(');
  while (arguments != std::string::npos && name.compare(arguments, kUnnamed.size(), kUnnamed) == 0)
    arguments = name.find('(', arguments + kUnnamed.size());
  return name.substr(0, arguments);
}

bool is_artificial(Dwarf_Die* function) {
  Dwarf_Attribute attribute;
  bool artificial = false;
  return dwarf_attr_integrate(function, DW_AT_artificial, &attribute) != nullptr &&
         dwarf_formflag(&attribute, &artificial) == 0 && artificial;
}

// A place in our own C++ headers, whose functions stand for the call behind them. They are marked
// artificial, but Clang drops the mark of members, and all marks where it writes line tables alone.
bool is_ours(std::string_view path) {
  return path.ends_with(".hpp") && path.find("/temporal_slab/") != std::string_view::npos;
}

std::string file_of_call(Dwarf_Die* unit, Dwarf_Word index) {
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

using Scopes = std::unique_ptr<Dwarf_Die[], Free>;

struct Place {
  std::string path;
  int line = 0;
};

// The compilation unit of an address, which counts from where the unit's file does once
// `*bias` is taken off. Clang leaves out the table by which libdw looks units up: then each
// is asked.
Dwarf_Die* unit_of(Dwfl_Module* module, Dwarf_Addr address, Dwarf_Addr* bias) {
  if (Dwarf_Die* const unit = dwfl_module_addrdie(module, address, bias); unit != nullptr)
    return unit;
  Dwarf_Die* unit = dwfl_module_nextcu(module, nullptr, bias);
  while (unit != nullptr && dwarf_haspc(unit, address - *bias) <= 0)
    unit = dwfl_module_nextcu(module, unit, bias);
  return unit;
}

// Where the code at an address of the unit stands in the source.
Place place_of(Dwarf_Die* unit, Dwarf_Addr address) {
  Place place;
  Dwarf_Line* const line = dwarf_getsrc_die(unit, address);
  const char* const path = line == nullptr ? nullptr : dwarf_linesrc(line, nullptr, nullptr);
  if (path != nullptr && dwarf_lineno(line, &place.line) == 0) place.path = path;
  return place;
}

// "function file:line", or "" without debug information for the address.
std::string name_in_source(Dwfl_Module* module, Dwarf_Addr address) {
  Dwarf_Addr bias = 0;
  Dwarf_Die* const unit = unit_of(module, address, &bias);
  if (unit == nullptr) return "";
  Place place = place_of(unit, address - bias);
  Dwarf_Die* innermost = nullptr;
  const int depth = dwarf_getscopes(unit, address - bias, &innermost);
  const Scopes owned_innermost(innermost);
  // What encloses it in the code; the list above goes on with where it was defined.
  Dwarf_Die* scopes = nullptr;
  const int count = depth > 0 ? dwarf_getscopes_die(&innermost[0], &scopes) : 0;
  const Scopes owned_scopes(scopes);
  std::string name;
  for (int i = 0; i < count && name.empty(); ++i) {
    Dwarf_Die* const scope = &scopes[i];
    const int tag = dwarf_tag(scope);
    if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine) continue;
    Dwarf_Word line = 0;
    Dwarf_Word file = 0;
    if (tag == DW_TAG_inlined_subroutine && (is_artificial(scope) || is_ours(place.path)) &&
        read_number(scope, DW_AT_call_line, &line) && read_number(scope, DW_AT_call_file, &file)) {
      place = {file_of_call(unit, file), static_cast<int>(line)};
      continue;
    }
    Dwarf_Attribute attribute;
    const char* const text = dwarf_formstring(dwarf_attr_integrate(scope, DW_AT_name, &attribute));
    if (text == nullptr) break;
    name = text;
  }
  if (name.empty() || place.path.empty() || place.line <= 0) return "";
  return name + " " + base_name(place.path) + ":" + std::to_string(place.line);
}

}  // namespace

SiteNames::File SiteNames::open(const stats::ModuleRow& module) {
  File file;
  if (module.path.empty() || module.build_id.empty()) return file;
  // A path of a damaged segment may name anything: nothing is waited for.
  const int fd = ::open(module.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return file;
  struct stat info = {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > kLargestFile) {
    close(fd);
    return file;
  }
  file.session.reset(dwfl_begin(&kCallbacks));
  Dwfl_Module* const found =
      file.session == nullptr
          ? nullptr
          : dwfl_report_offline(file.session.get(), "module", module.path.c_str(), fd);
  if (found == nullptr) {
    close(fd);  // else it is the session's
    return file;
  }
  dwfl_report_end(file.session.get(), nullptr, nullptr);
  GElf_Addr bias = 0;
  const unsigned char* id = nullptr;
  GElf_Addr id_address = 0;
  if (dwfl_module_getelf(found, &bias) == nullptr) return file;
  const int bytes = dwfl_module_build_id(found, &id, &id_address);
  if (bytes > 0 && module.build_id == std::string_view(reinterpret_cast<const char*>(id),
                                                       static_cast<std::size_t>(bytes)))
    file.module = found;
  return file;
}

const std::string& SiteNames::name_of(const stats::ModuleRow& module,
                                      const stats::HolderRow& holder) {
  const std::string key = module.path + '\0' + module.build_id;
  auto at = files_.find(key);
  if (at == files_.end()) at = files_.emplace(key, open(module)).first;
  File& file = at->second;
  const auto [name, fresh] = file.names.try_emplace(holder.address.offset);
  if (!fresh || file.module == nullptr) return name->second;
  GElf_Addr bias = 0;
  dwfl_module_getelf(file.module, &bias);
  const Dwarf_Addr address = holder.address.offset + bias;
  name->second = name_in_source(file.module, address);
  if (!name->second.empty()) return name->second;
  if (const char* const symbol = dwfl_module_addrname(file.module, address); symbol != nullptr)
    name->second = demangled(symbol) + " " + holder.site;
  return name->second;
}

void SiteNames::apply(stats::Snapshot* snapshot) {
  const auto name_all = [&](auto& rows) {
    for (auto& row : rows) {
      for (stats::HolderRow& holder : row.holders) {
        if (holder.address.offset == 0 || holder.address.module >= snapshot->modules.size())
          continue;
        const std::string& name = name_of(snapshot->modules[holder.address.module], holder);
        if (!name.empty()) holder.site = name;
      }
    }
  };
  name_all(snapshot->epochs);
  name_all(snapshot->abandoned);
}

}  // namespace temporal_slab::tslab
