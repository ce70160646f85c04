// What debug information says of an address: "function file:line".
//
// It is the innermost frame, inlined or not, that does not stand in a header of this
// library: the C++ wrappers there stand for the call behind them. Nothing else is
// passed over.
//
// An optimiser makes a function's last call a jump, so that the return address lies
// in the function's caller. Where the debug information lists calls, and there is one
// way only from that caller's call to the library, the function that made the jump is
// named and not its caller.
#pragma once

#include <elfutils/libdwfl.h>

#include <string>

namespace temporal_slab::tslab {

// `address` is the last byte of a call, in the module's own numbers (biased as libdwfl
// has them). "" without debug information for it.
std::string place_in_source(Dwfl_Module* module, Dwarf_Addr address);

}  // namespace temporal_slab::tslab
