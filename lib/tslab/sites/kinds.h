// The ways in which a reference is taken by kinds.cc.
#pragma once

#include <temporal_slab/temporal_slab.hpp>

struct Kind {
  const char* name;  // that of its thread, at most 15 bytes
  void (*take)(temporal_slab::Allocator&);
};

// Ends with a name that is null.
extern "C" [[gnu::visibility("default")]] const Kind* site_kinds();
