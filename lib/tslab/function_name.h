// The short name of a function for a site: "run", "Worker::operator()",
// "main::{lambda}", without namespaces, arguments and return type, because file and
// line stand beside it.
#pragma once

#include <string>
#include <string_view>

namespace temporal_slab::tslab {

// From a symbol as the linker has it. A name that is not mangled stays as it is.
std::string short_function_name(const char* symbol);

// From the same, demangled: "void ns::f<int>(int) [clone .cold]" gives "f<int>".
std::string short_function_name_of(std::string_view demangled);

}  // namespace temporal_slab::tslab
