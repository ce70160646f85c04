#include "render/text.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/utf8.h"

namespace temporal_slab::render {
namespace {

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(value >> shift) & 0xF];
}

}  // namespace

std::string_view state_name(stats::EpochState state) {
  return state == stats::EpochState::kActive ? "ACTIVE" : "CLOSING";
}

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_megabytes(std::string& out, std::uint64_t bytes) {
  constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
  std::uint64_t whole = bytes / kMegabyte;
  const std::uint64_t scaled = bytes % kMegabyte * 100;
  std::uint64_t hundredths = scaled / kMegabyte;
  const std::uint64_t rest = scaled % kMegabyte;
  if (rest > kMegabyte / 2 || (rest == kMegabyte / 2 && hundredths % 2 == 1)) ++hundredths;
  if (hundredths == 100) {
    ++whole;
    hundredths = 0;
  }
  append_number(out, whole);
  out += '.';
  out += static_cast<char>('0' + hundredths / 10);
  out += static_cast<char>('0' + hundredths % 10);
  out += "MB";
}

void append_duration(std::string& out, std::uint64_t seconds) {
  struct Unit {
    std::uint64_t seconds;
    char name;
    std::uint64_t part_seconds;
    char part_name;
  };
  constexpr Unit kUnits[] = {{86400, 'd', 3600, 'h'}, {3600, 'h', 60, 'm'}, {60, 'm', 1, 's'}};
  for (const Unit& unit : kUnits) {
    if (seconds < unit.seconds) continue;
    const std::uint64_t part = seconds % unit.seconds / unit.part_seconds;
    append_number(out, seconds / unit.seconds);
    out += unit.name;
    if (part < 10) out += '0';
    append_number(out, part);
    out += unit.part_name;
    return;
  }
  append_number(out, seconds);
  out += 's';
}

void append_time(std::string& out, std::uint64_t realtime_ns) {
  using std::chrono::sys_days;
  const auto two_digits = [&out](std::uint64_t value) {
    if (value < 10) out += '0';
    append_number(out, value);
  };
  const std::uint64_t seconds = realtime_ns / 1'000'000'000;
  const std::uint64_t of_day = seconds % 86400;
  const std::chrono::year_month_day date(
      sys_days(std::chrono::days(static_cast<int>(seconds / 86400))));
  append_number(out, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  out += '-';
  two_digits(static_cast<unsigned>(date.month()));
  out += '-';
  two_digits(static_cast<unsigned>(date.day()));
  out += 'T';
  two_digits(of_day / 3600);
  out += ':';
  two_digits(of_day / 60 % 60);
  out += ':';
  two_digits(of_day % 60);
  out += 'Z';
}

std::string process_note(const stats::Snapshot& snapshot) {
  std::string note;
  if (snapshot.process_state == "dead") {
    note = "the process is dead; ages and uptime are as of ";
    append_time(note, snapshot.last_known_ns);
    note += ", its last known moment";
  } else if (snapshot.process_state == "unknown") {
    note = "it is not known whether the process lives: ";
    append_terminal_safe(note, snapshot.process_state_reason);
  }
  return note;
}

bool disturbs_terminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void append_terminal_safe(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const base::DecodedUtf8 next = base::decode_utf8(text);
    const std::string_view bytes = text.substr(0, next.length);
    if (next.well_formed && !disturbs_terminal(next.code_point)) {
      out += bytes;
    } else {
      for (const char byte : bytes) {
        out += "\\x";
        append_hex(out, static_cast<unsigned char>(byte), 2);
      }
    }
    text.remove_prefix(next.length);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t quote = std::min(text.find('"'), text.size());
    append_terminal_safe(out, text.substr(0, quote));
    if (quote < text.size()) out += "\\x22";
    text.remove_prefix(std::min(quote + 1, text.size()));
  }
  out += '"';
}

void append_who(std::string& out, const stats::Snapshot& snapshot) {
  append_terminal_safe(out, snapshot.allocator.empty() ? "(unnamed)" : snapshot.allocator);
  out += " of ";
  append_terminal_safe(out, snapshot.process.empty() ? "(unnamed)" : snapshot.process);
  out += " (pid ";
  append_number(out, snapshot.pid);
  out += ')';
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const base::DecodedUtf8 next = base::decode_utf8(text);
    if (!next.well_formed) {
      out += base::kReplacementUtf8;
    } else if (next.code_point == '"' || next.code_point == '\\') {
      out += '\\';
      out += text.front();
    } else if (disturbs_terminal(next.code_point)) {
      out += "\\u";
      append_hex(out, next.code_point, 4);  // all of them are below U+10000
    } else {
      out += text.substr(0, next.length);
    }
    text.remove_prefix(next.length);
  }
  out += '"';
}

}  // namespace temporal_slab::render
