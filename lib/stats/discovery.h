// The published allocators of this user: finding them, opening one, removing what
// dead ones left.
//
// Every error is one line without a newline at its end. Names that others chose
// stand in it as they are, control characters too: whoever prints it makes it safe
// for a terminal.
//
// Threads. Nothing here has state. Everything uses malloc, boundedly.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stats/segment_reader.h"

namespace temporal_slab::stats {

// A file of the directory that is named as a segment and is a plain file of this
// user; links and other users' files are not listed.
struct Published {
  pid_t pid = 0;             // of its file name
  std::uint32_t number = 0;  // the n in it
  std::string path;
  bool alive = false;            // its process runs
  std::uint64_t uptime_sec = 0;  // since its process started, also when that is dead
  SegmentIdentity identity;      // empty if error is not
  std::string error;             // why its bytes are no segment; "" if they are

  // Which file it was, so that no other is removed in its place.
  dev_t device = 0;
  ino_t inode = 0;
};

// At most this many are listed, and this many entries of the directory looked at.
inline constexpr std::size_t kMaxPublished = 4096;
inline constexpr std::size_t kMaxDirectoryEntries = 16384;

// Lists them by pid and number. No directory means none. False with `error`: the
// directory cannot be trusted or read, or holds more than is looked at.
bool list_published(std::vector<Published>* out, std::string* error);

// Which one is meant; nothing set means the only one.
struct Selector {
  std::optional<pid_t> pid;
  std::optional<std::string> name;  // of the allocator
};

// "PID" or "PID:NAME", as `--pid` takes it. False with `error`.
bool parse_pid_selector(const std::string& text, Selector* out, std::string* error);

// An open segment; the file stays readable also when its process removes it.
class OpenSegment {
 public:
  OpenSegment() = default;
  OpenSegment(OpenSegment&& other) noexcept;
  OpenSegment& operator=(OpenSegment&& other) noexcept;
  ~OpenSegment();

  const Published& published() const { return published_; }

  // Of now: whether the process lives and how much of it is resident are asked
  // anew each time.
  bool snapshot(Snapshot* out, std::string* error) const;

 private:
  friend bool open_listed(const Published&, OpenSegment*, std::string*);

  int fd_ = -1;
  Published published_;
};

// Opens the one that the selector means. Among those that fit a pid or a name the
// living come first; what is then still not one alone is an error that lists the
// candidates.
bool open_published(const Selector& selector, OpenSegment* out, std::string* error);

// Opens one that was listed without an error. False with `error`: it is gone, or
// another file took its place.
bool open_listed(const Published& listed, OpenSegment* out, std::string* error);

// Removes the file of a dead one (`tslab ps --reap`). False with `error`: its
// process lives, or the file is no longer the same.
bool remove_published(const Published& published, std::string* error);

}  // namespace temporal_slab::stats
