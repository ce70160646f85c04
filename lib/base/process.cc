#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "base/files.h"

namespace temporal_slab::base {
namespace {

// Room for any line of /proc/PID/stat: 52 numbers of at most 20 digits, a name.
constexpr std::size_t kProcFileBytes = 2048;
constexpr std::size_t kProcPathBytes = 32;

// Reads a small file of /proc in one go, so that it is of one moment. Returns how
// many bytes, 0 if it cannot be read. Leaves errno alone.
std::size_t read_proc_file(const char* path, char (&out)[kProcFileBytes]) {
  const int errno_before = errno;
  std::size_t length = 0;
  const int fd = open_file(path, O_RDONLY);
  if (fd >= 0) {
    ssize_t got = 0;
    do {
      got = read_file(fd, out, sizeof(out));
    } while (got < 0 && errno == EINTR);
    length = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    close_file(fd);
  }
  errno = errno_before;
  return length;
}

// Takes the next field and the blank before it; false at the end or if it is no
// number.
bool next_number(std::string_view* text, std::uint64_t* out) {
  while (!text->empty() && text->front() == ' ') text->remove_prefix(1);
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, *out);
  if (error != std::errc{} || (stop != end && *stop != ' ' && *stop != '\n')) return false;
  text->remove_prefix(static_cast<std::size_t>(stop - text->data()));
  return true;
}

bool skip_fields(std::string_view* text, int count) {
  for (int i = 0; i < count; ++i) {
    while (!text->empty() && text->front() == ' ') text->remove_prefix(1);
    if (text->empty()) return false;
    text->remove_prefix(std::min(text->find(' '), text->size()));
  }
  return true;
}

std::uint64_t rss_bytes_of(const char* statm_path) {
  char buffer[kProcFileBytes];
  std::string_view text(buffer, read_proc_file(statm_path, buffer));
  std::uint64_t pages = 0;
  if (!skip_fields(&text, 1) || !next_number(&text, &pages)) return 0;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

bool parse_process_stat(std::string_view text, ProcessStat* out) {
  // The name ends at the last parenthesis: no field after it can hold one.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return false;
  text.remove_prefix(name_end + 2);
  ProcessStat stat;
  stat.state = text.front();
  if (!skip_fields(&text, 17) || !next_number(&text, &stat.threads) || !skip_fields(&text, 1) ||
      !next_number(&text, &stat.start_ticks))
    return false;
  *out = stat;
  return true;
}

bool read_process_stat(pid_t pid, ProcessStat* out) {
  char path[kProcPathBytes];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", static_cast<int>(pid));
  char buffer[kProcFileBytes];
  return parse_process_stat({buffer, read_proc_file(path, buffer)}, out);
}

bool read_own_stat(ProcessStat* out) {
  char buffer[kProcFileBytes];
  return parse_process_stat({buffer, read_proc_file("/proc/self/stat", buffer)}, out);
}

bool has_ended(const ProcessStat& stat) {
  // A first thread that ended before the others shows as a zombie too.
  const bool ended = stat.state == 'Z' || stat.state == 'X';
  return ended && stat.threads <= 1;
}

std::uint64_t age_ns(std::uint64_t ticks) {
  const std::uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);  // what the kernel counts start ticks by
  const auto ticks_per_sec = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  const std::uint64_t most = now_ns / (1'000'000'000 / ticks_per_sec);
  return ticks > most ? 0 : now_ns - ticks * (1'000'000'000 / ticks_per_sec);
}

std::uint64_t pid_namespace() {
  const int errno_before = errno;
  struct stat info = {};
  const bool known = stat("/proc/self/ns/pid", &info) == 0;
  errno = errno_before;
  return known ? info.st_ino : 0;
}

bool proc_is_of_this_namespace() {
  // This process's numbers, from /proc's namespace down to its own: one, if that is the same.
  constexpr std::string_view kNumbers = "\nNSpid:\t";
  char buffer[kProcFileBytes];
  std::string_view text(buffer, read_proc_file("/proc/self/status", buffer));
  const std::size_t at = text.find(kNumbers);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + kNumbers.size());
  const std::string_view line = text.substr(0, text.find('\n'));
  return !line.empty() && line.find('\t') == std::string_view::npos;
}

void boot_id(std::uint64_t (&out)[2]) {
  char buffer[kProcFileBytes];
  const std::string_view text(buffer, read_proc_file("/proc/sys/kernel/random/boot_id", buffer));
  out[0] = 0;
  out[1] = 0;
  std::size_t digits = 0;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == '-') continue;
    std::uint64_t digit = 0;
    if (digits == 32 || std::from_chars(&c, &c + 1, digit, 16).ec != std::errc{}) break;
    out[digits / 16] = out[digits / 16] * 16 + digit;
    ++digits;
  }
  if (digits == 32) return;
  out[0] = 0;
  out[1] = 0;
}

std::uint64_t rss_bytes(pid_t pid) {
  char path[kProcPathBytes];
  std::snprintf(path, sizeof(path), "/proc/%d/statm", static_cast<int>(pid));
  return rss_bytes_of(path);
}

std::uint64_t own_rss_bytes() { return rss_bytes_of("/proc/self/statm"); }

std::size_t own_process_name(char* out, std::size_t capacity) {
  if (capacity == 0) return 0;
  const char* const name = program_invocation_short_name;  // "" at the least
  const std::size_t length = strnlen(name, capacity - 1);
  std::memcpy(out, name, length);
  out[length] = '\0';
  return length;
}

}  // namespace temporal_slab::base
