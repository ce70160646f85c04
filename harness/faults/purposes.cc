#include "harness/faults/purposes.h"

#include <fcntl.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <string_view>

#include "heap/heap.h"
#include "heap/thread_heaps.h"
#include "memory/region.h"
#include "stats/segment_layout.h"

namespace temporal_slab::faults {

const char* purpose_of_mapping(std::size_t length, int fd) {
  if (fd >= 0) return length == memory::kPageBytes ? "mmap: lock" : "mmap: published segment";
  if (length == sizeof(stats::Segment)) return "mmap: private segment";
  if (length % memory::kRegionBytes == 0) return "mmap: region";
  if (length == sizeof(memory::Region)) return "mmap: record of a region";
  if (length == base::align_up(sizeof(heap::Heap), memory::kPageBytes)) return "mmap: heap";
  if (length == base::align_up(sizeof(heap::ThreadRecord), memory::kPageBytes))
    return "mmap: record of a thread";
  return "mmap: allocator";
}

const char* purpose_of_advice(int advice) {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, which older headers lack
  if (advice == kPopulateWrite) return "madvise: populate";
  if (advice == MADV_DONTFORK) return "madvise: not for children";
  return advice == MADV_DONTNEED ? "madvise: give back" : "madvise: no huge pages";
}

std::string purpose_of_syscall(long number, const long* words) {
  if (number == SYS_openat) {
    if ((words[2] & O_CREAT) != 0) return "open: new segment";
    return "open: " + name_of(reinterpret_cast<const char*>(words[1]));
  }
  if (number == SYS_read) return "read";
  if (number == SYS_write) return "write";
  if (number == SYS_close) return "close";
  if (number == SYS_getcwd) return "getcwd";
  if (number == SYS_tgkill) return "tgkill";
  if (number == SYS_fallocate) return "fallocate";
  if (number == SYS_pwrite64) return "pwrite";
  if (number == SYS_pread64) return "pread: publisher";
  if (number == SYS_getdents64) return "getdents64";
  if (number != SYS_membarrier) return "syscall " + std::to_string(number);
  const long command = words[0];
  if (command == MEMBARRIER_CMD_QUERY) return "membarrier: query";
  if (command == MEMBARRIER_CMD_GLOBAL) return "membarrier: the slow one";
  return command == MEMBARRIER_CMD_PRIVATE_EXPEDITED ? "membarrier" : "membarrier: register";
}

std::string name_of(const char* path) {
  const std::string_view text = path;
  if (text.rfind("/proc/", 0) == 0) return std::string(text.substr(text.rfind('/') + 1));
  return text.size() > 4 && text.substr(text.size() - 4) == ".seg" ? "segment" : "directory";
}

}  // namespace temporal_slab::faults
