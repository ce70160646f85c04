// Pieces of text that several renderers write: numbers, sizes, states, and texts
// of unknown origin made safe for where they go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stats/snapshot.h"

namespace temporal_slab::render {

std::string_view state_name(stats::EpochState state);

void append_number(std::string& out, std::uint64_t value);

// Bytes as MB of 1048576 bytes with two decimals: "4.00MB". Exact for every value;
// a half goes to the even neighbour, as printf does it.
void append_megabytes(std::string& out, std::uint64_t bytes);

// "42s", "10m12s", "3h05m", "2d07h"
void append_duration(std::string& out, std::uint64_t seconds);

// Nanoseconds of CLOCK_REALTIME as "2026-01-31T23:59:59Z".
void append_time(std::string& out, std::uint64_t realtime_ns);

// What is to be said of a snapshot whose process is not known to be alive: "the process is dead;
// ages and uptime are as of 2026-01-31T23:59:59Z, its last known moment", or why it is unknown. ""
// of others. Safe for a terminal.
std::string process_note(const stats::Snapshot& snapshot);

// True for what a label must not do to a terminal or a log: control characters
// (C0, DEL, C1), bidirectional overrides, embeddings, isolates and marks, and
// U+2028 / U+2029, which break lines.
bool disturbs_terminal(char32_t code_point);

// Each byte of a character that disturbs, and each byte that is no UTF-8, becomes
// \xNN (two lower-case digits). All else, also a backslash, stays as it is: what
// is shown is for reading; the JSON output is what can be parsed back.
void append_terminal_safe(std::string& out, std::string_view text);

// The same in quotes, a quote within as \x22: it does not end the text.
void append_quoted(std::string& out, std::string_view text);

// "NAME of PROCESS (pid N)"
void append_who(std::string& out, const stats::Snapshot& snapshot);

// A JSON string, quotes included: valid JSON and valid UTF-8 whatever the bytes
// (R-3-6). Ill-formed parts become U+FFFD; what disturbs a terminal is escaped, so
// that JSON can be looked at too.
void append_json_string(std::string& out, std::string_view text);

}  // namespace temporal_slab::render
