#include "tslab/site_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "tslab/function_name.h"
#include "tslab/source_place.h"

namespace temporal_slab::tslab {
namespace {

// Files of hundreds of megabytes exist; past this it is no program.
constexpr off_t kLargestFile = off_t{16} << 30;

// Null is libdw's own: beside the file, in .debug there, and in /usr/lib/debug.
char* debug_path = std::getenv("TEMPORAL_SLAB_DEBUG_PATH");

const Dwfl_Callbacks kCallbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &debug_path,
};

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
  name->second = place_in_source(file.module, address);
  if (!name->second.empty()) return name->second;
  if (const char* const symbol = dwfl_module_addrname(file.module, address); symbol != nullptr)
    name->second = short_function_name(symbol) + " " + holder.site;
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
