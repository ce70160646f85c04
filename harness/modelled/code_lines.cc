// Lines of this program's own code, from its debug information.
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "harness/modelled/places.h"

namespace temporal_slab::modelled {
namespace {

struct End {
  void operator()(Dwfl* session) const { dwfl_end(session); }
};

}  // namespace

std::string line_of_code(const void* code) {
  static const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo,
                                           nullptr, nullptr};
  static const std::unique_ptr<Dwfl, End> session = [] {
    std::unique_ptr<Dwfl, End> begun(dwfl_begin(&callbacks));
    dwfl_linux_proc_report(begun.get(), getpid());
    dwfl_report_end(begun.get(), nullptr, nullptr);
    return begun;
  }();
  // The call's return address stands behind it.
  const Dwarf_Addr address = reinterpret_cast<Dwarf_Addr>(code) - 1;
  int line = 0;
  const char* file = nullptr;
  if (Dwfl_Line* const found = dwfl_getsrc(session.get(), address); found != nullptr)
    file = dwfl_lineinfo(found, nullptr, &line, nullptr, nullptr, nullptr);
  if (file == nullptr) return "?";
  const std::string path = file;
  return path.substr(path.rfind('/') + 1) + ":" + std::to_string(line);
}

}  // namespace temporal_slab::modelled
