// The published allocators of this user, for root those of all users: finding them, opening one,
// removing what dead ones left.
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

// A file of the directory that is named as a segment and is a plain file of that
// user; links and other users' files are not listed.
struct Published {
  uid_t user = 0;            // whose directory it lies in
  pid_t pid = 0;             // of its file name: a number of the process's own pid namespace
  std::uint32_t number = 0;  // the n in it
  std::string path;
  Liveness liveness;
  bool is_unfinished = false;            // its making was begun, and goes on or was given up
  std::uint64_t uptime_sec = 0;          // of its process; of a dead one to the last known moment
  std::uint64_t last_known_ago_sec = 0;  // how long ago that was; 0 of others
  SegmentIdentity identity;              // empty if error is not
  std::string error;                     // why its bytes are no segment; "" if they are

  // Which file it was, so that no other is removed in its place.
  dev_t device = 0;
  ino_t inode = 0;

  bool is(Life life) const { return liveness.life == life; }
};

// Of one directory at most so many dead ones are listed, and so many others; and at most
// this many entries are looked at.
inline constexpr std::size_t kMaxPublished = 16384;
inline constexpr std::size_t kMaxDirectoryEntries = 1 << 16;

struct Listing {
  std::vector<Published> segments;  // by user, pid and number
  bool is_whole = true;             // false: there are more than can be listed
};

// Lists those of this user; root sees those of all users (R-2.6-9). No directory means none.
// False with `error`: this user's directory cannot be trusted or read. Another user's that cannot
// is passed over.
bool list_published(Listing* out, std::string* error);

// Which one is meant; nothing set means the only one.
struct Selector {
  std::optional<pid_t> pid;
  std::optional<std::string> name = {};      // of the allocator
  std::optional<std::uint32_t> number = {};  // of the file
};

// "PID[.N][:NAME]", as `--pid` takes it. False with `error`.
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
  Liveness liveness() const;

  // Whether `published().pid` is the number of that process here.
  bool has_pid_here() const;

 private:
  friend bool open_listed(const Published&, OpenSegment*, std::string*);

  int fd_ = -1;
  Published published_;
};

// Opens the one that the selector means. Among those that fit the living come first, then those
// of which it is not known; what is then still not one alone is an error that lists the candidates.
bool open_published(const Selector& selector, OpenSegment* out, std::string* error);

// Opens one that was listed without an error. False with `error`: it is gone, or
// another file took its place.
bool open_listed(const Published& listed, OpenSegment* out, std::string* error);

// Whether the file that was listed is there still, and no other in its place.
bool is_there(const Published& listed);

// Removes the file of a dead one (`tslab ps --reap`), or one whose making was begun and given up.
// False with `error`: its process lives, or that is not known, or the file is no longer the same.
bool remove_published(const Published& published, std::string* error);

}  // namespace temporal_slab::stats
