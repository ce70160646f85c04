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

  // Makes a file of zeros and returns its memory, shared. The first `fixed_bytes` have blocks, so
  // that writing to them cannot fail later. nullptr with errno, ESHUTDOWN when the process exits:
  // nothing is left behind.
  void* create(std::size_t bytes, std::size_t fixed_bytes);

  // What is behind `fixed_bytes` has no blocks yet: before it is written to, or read through the
  // memory, they have to be had by `populate`.
  bool is_sparse() const { return is_sparse_; }
  // 0, ENOSPC when the file system is full, or another errno.
  static int populate(void* from, std::size_t bytes);

  // This process's memory keeps a lock on the file, and readers see it (stats/publisher.h).
  bool is_locked() const { return locked_; }

  // Unlinks the file if this process made it and it still lies there. The memory
  // stays mapped: it is the caller's.
  void remove();

  // The same, and goes on knowing of it. Any thread.
  void unlink_own() const;

  // In a child, whose parent has the file: nothing more is known of it here.
  void forget();

  // 0 while `remove` would find it and may, else why not: EACCES when the process has become
  // another user, ENOENT when the file is gone.
  int why_out_of_reach() const;

  bool exists() const { return creator_ != 0; }

  // "" when there is none.
  const char* path() const { return path_; }

 private:
  friend void remove_segment_files_at_exit();

  void* create_in(int directory_fd, std::size_t bytes, std::size_t fixed_bytes);
  int set_up(int directory_fd, int fd, const char* name, std::size_t bytes, std::size_t fixed_bytes,
             void** memory);
  void unmap_lock();
  void enlist();
  void delist();

  SegmentFile* next_ = nullptr;
  SegmentFile* previous_ = nullptr;
  pid_t creator_ = 0;  // 0: no file
  void* lock_page_ = nullptr;
  bool locked_ = false;
  bool is_sparse_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  char path_[kPathBytes] = {};
};

}  // namespace temporal_slab::stats
