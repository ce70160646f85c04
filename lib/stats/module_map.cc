#include "stats/module_map.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/bits.h"
#include "base/files.h"
#include "stats/segment_memory.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint64_t kPageShift = 12;

struct Module {
  std::uint64_t address = 0;  // what is looked for
  bool found = false;
  std::uint64_t begin = ~std::uint64_t{0};
  std::uint64_t end = 0;
  std::uint64_t bias = 0;
  std::string_view build_id;
  const char* name = "";
};

// Finds the build-id in one note segment, which the loader has mapped.
std::string_view build_id_in(const char* notes, std::size_t bytes) {
  constexpr std::string_view kGnu("GNU", 4);
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes, sizeof(head));
    const std::size_t name_bytes = base::align_up(std::size_t{head.n_namesz}, std::size_t{4});
    const std::size_t all_bytes =
        sizeof(head) + name_bytes + base::align_up(std::size_t{head.n_descsz}, std::size_t{4});
    if (all_bytes > bytes) break;
    const char* const name = notes + sizeof(head);
    if (head.n_type == NT_GNU_BUILD_ID && std::string_view(name, head.n_namesz) == kGnu)
      return {name + name_bytes, head.n_descsz};
    notes += all_bytes;
    bytes -= all_bytes;
  }
  return {};
}

int look_at(dl_phdr_info* info, std::size_t, void* data) {
  auto* const module = static_cast<Module*>(data);
  const std::uint64_t bias = info->dlpi_addr;
  bool holds_it = false;
  std::uint64_t begin = ~std::uint64_t{0};
  std::uint64_t end = 0;
  std::string_view build_id;
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    const std::uint64_t from = bias + part.p_vaddr;
    if (part.p_type == PT_LOAD) {
      begin = std::min(begin, from);
      end = std::max(end, from + part.p_memsz);
      holds_it |= module->address >= from && module->address < from + part.p_memsz;
    } else if (part.p_type == PT_NOTE && build_id.empty()) {
      build_id = build_id_in(reinterpret_cast<const char*>(from), part.p_memsz);
    }
  }
  if (!holds_it) return 0;
  module->found = true;
  module->begin = begin;
  module->end = end;
  module->bias = bias;
  module->build_id = build_id;
  module->name = info->dlpi_name;
  return 1;
}

// The absolute path of what the loader calls `name`; "" is the program itself. One
// that is too long is left out: half a path names another file.
std::string_view path_of(std::string_view name, char (&out)[kModulePathBytes]) {
  std::size_t length = 0;
  if (name.empty()) {
    const ssize_t got = readlink("/proc/self/exe", out, sizeof(out));
    if (got < 0 || got == static_cast<ssize_t>(sizeof(out))) return {};
    return {out, static_cast<std::size_t>(got)};
  }
  if (name[0] != '/') {
    if (!base::working_folder(out, sizeof(out))) return {};
    length = std::strlen(out);
    out[length++] = '/';  // in the place of the NUL
  }
  if (length + name.size() >= sizeof(out)) return {};
  name.copy(out + length, name.size());
  return {out, length + name.size()};
}

}  // namespace

bool ModuleMap::knows(std::uint64_t address, Sites* others) const {
  // Acquire pairs with look_up's last store: the records counted are whole.
  const std::uint64_t count = segment_.module_count.load(sync::kAcquire);
  for (std::uint64_t i = 0; i < count; ++i) {
    const ModuleRecord& record = segment_.modules[i];
    const std::uint64_t begin = get(record.begin);
    const std::uint64_t end = get(record.end);
    if (address < begin || address >= end) continue;
    *others = {begin + 1, end - begin};  // a call's last byte is the one before its site
    return true;
  }
  const std::uint64_t page = address >> kPageShift;
  return unknown_pages_[page % unknown_pages_.size()].load(sync::kRelaxed) == page;
}

void ModuleMap::look_up(std::uint64_t address) {
  const std::unique_lock<sync::Mutex> lock(mutex_, std::try_to_lock);
  Sites others;
  if (!lock.owns_lock() || knows(address, &others)) return;
  const int errno_before = errno;
  Module module;
  module.address = address;
  const std::uint64_t count = get(segment_.module_count);
  if (count < kMaxModules) dl_iterate_phdr(look_at, &module);
  if (module.found) {
    ModuleRecord& record = segment_.modules[count];
    if (memory_ != nullptr) memory_->reserve(&record, sizeof(record));
    put(record.begin, module.begin);
    put(record.end, module.end);
    put(record.bias, module.bias);
    // One that does not fit is none: then nothing in the file is believed.
    const bool fits = module.build_id.size() < kBuildIdBytes;
    put(record.build_id_bytes, fits ? module.build_id.size() : 0);
    store_text(record.build_id, fits ? module.build_id : std::string_view());
    char path[kModulePathBytes];
    store_text(record.path, path_of(module.name, path));
    put(segment_.module_count, count + 1);
  } else {
    const std::uint64_t page = address >> kPageShift;
    unknown_pages_[page % unknown_pages_.size()].store(page, sync::kRelaxed);
  }
  errno = errno_before;
}

}  // namespace temporal_slab::stats
