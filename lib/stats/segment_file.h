// One published segment's file, from its creation to its removal.
//
// It is removed when its owner says so, or at exit() and return from main, by the
// process that made it and by no child of it (R-2.6-1); from that moment of exit() on
// threads that still run make none. _exit, quick_exit and crashes leave it for post
// mortem reading (R-2.6-2).
//
// Nothing here uses malloc.
//
// Threads. A file belongs to one thread at a time. The list of this process's
// files, which is what exit removes, has a lock of its own. It is held while a file
// is made, for which exit() and fork() wait; shortly when one is removed; and at exit.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "stats/segment_path.h"

namespace temporal_slab::stats {

// Around a fork, whose child must not find the list in the middle of a change.
void lock_segment_files();
void unlock_segment_files();

class SegmentFile {
 public:
  SegmentFile() = default;
  SegmentFile(const SegmentFile&) = delete;
  SegmentFile& operator=(const SegmentFile&) = delete;
  ~SegmentFile() { remove(); }

  // Makes a file of zeros with all its blocks reserved, so that writing to its
  // memory cannot fail later, and returns its memory, shared. nullptr with errno,
  // ESHUTDOWN when the process exits: nothing is left behind.
  void* create(std::size_t bytes);

  // Unlinks the file if this process made it and it still lies there. The memory
  // stays mapped: it is the caller's.
  void remove();

  // In a child, whose parent has the file: nothing more is known of it here.
  void forget();

  bool exists() const { return creator_ != 0; }

  // "" when there is none.
  const char* path() const { return path_; }

 private:
  friend void remove_segment_files_at_exit();

  void* create_in(int directory_fd, std::size_t bytes);
  void unlink_own() const;
  void enlist();
  void delist();

  SegmentFile* next_ = nullptr;
  SegmentFile* previous_ = nullptr;
  pid_t creator_ = 0;  // 0: no file
  dev_t device_ = 0;
  ino_t inode_ = 0;
  char path_[kPathBytes] = {};
};

}  // namespace temporal_slab::stats
