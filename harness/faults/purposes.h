// What lib/ makes a call to the system for, as the fault tests name it.
#pragma once

#include <cstddef>
#include <string>

namespace temporal_slab::faults {

const char* purpose_of_mapping(std::size_t length, int fd);
const char* purpose_of_advice(int advice);
// Of a call that syscall() makes, with its first three arguments.
std::string purpose_of_syscall(long number, const long* words);
std::string name_of(const char* path);

}  // namespace temporal_slab::faults
