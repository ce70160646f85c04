// Names the sites of a snapshot: "function file:line" instead of "module+0xoffset",
// from what the files of their modules say.
//
// A file is believed if its build-id is the one that the process had mapped: one that
// was replaced meanwhile names nothing. Debug information is found where debuggers
// find it. Without any, the symbol table still gives "function module+0xoffset".
//
// Which function it is stands in source_place.h.
//
// Threads. An object belongs to one thread at a time.
#pragma once

#include <elfutils/libdwfl.h>

#include <map>
#include <memory>
#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::tslab {

class SiteNames {
 public:
  // Rewrites each site for which something better is known. What was found is kept,
  // so that a site is looked up once.
  void apply(stats::Snapshot* snapshot);

 private:
  struct End {
    void operator()(Dwfl* session) const { dwfl_end(session); }
  };
  struct File {
    std::unique_ptr<Dwfl, End> session;
    Dwfl_Module* module = nullptr;  // null: nothing is believed
    std::map<std::uint64_t, std::string> names;
  };

  static File open(const stats::ModuleRow& module);
  const std::string& name_of(const stats::ModuleRow& module, const stats::HolderRow& holder);

  std::map<std::string, File> files_;  // by path and build-id
};

}  // namespace temporal_slab::tslab
