// How a failure ends the program: within a screen, with the command that
// reproduces it.
#pragma once

#include <string>

#include "stress/options.h"

namespace temporal_slab::stress {

struct Worker;

// Text in the manner of printf.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

// Says what failure reports end with. Call once, before any thread runs.
void set_reproduce_command(const Options& options);

// Says which worker the calling thread is, so that a failure can name it.
void set_this_worker(const Worker* worker);

// Prints what differed, where, and how to run it again; then ends the process
// with status 1 at once, while other threads still run. If several threads fail
// together, the first one reports.
[[noreturn]] void fail(const std::string& what);

// "ESTALE" rather than 116.
std::string error_name(int error);

}  // namespace temporal_slab::stress
