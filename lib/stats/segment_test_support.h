// What the tests of segments share: a runtime folder of their own, a segment full
// of figures, and files and children to read it from.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stats/segment_layout.h"
#include "stats/segment_memory.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {

inline constexpr std::uint32_t kSampleEpochs = 16;  // of a segment of these tests

// A fresh folder that TEMPORAL_SLAB_RUNTIME_DIR names while this stands.
class RuntimeFolder {
 public:
  RuntimeFolder();
  ~RuntimeFolder();
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string directory() const;  // where segments lie in it
  std::string segment(pid_t pid, unsigned number) const;
  std::vector<std::string> files() const;  // in directory(), sorted

 private:
  std::string path_;
  std::string former_;
  bool had_former_ = false;
};

inline constexpr std::uint32_t kSampleClasses = 8;

// Eight classes and figures in every word, each different. Epoch 6 is current;
// epochs 7 to 15 are CLOSING; 13 records were abandoned. Who
// holds a reference of epoch e is called "holder e.place".
void fill_sample(Segment& segment);

// The module in which all the sample's sites lie, from this address on.
inline constexpr std::uint64_t kSampleModule = 0x7000'0000'0000;

// Lets one thread hold so many references in a place of a table.
void hold(HolderTable& table, std::uint64_t place, std::uint64_t refs, const std::string& name);

std::unique_ptr<Segment> sample_segment();

// Lets a segment be that of a process of this boot and pid namespace: told by a lock, or by its pid
// alone. In a file that nobody locks the one that a lock tells is dead.
enum class ToldBy { kLock, kPid };
void publish_by(Segment& segment, pid_t pid, ToldBy told_by);

// A published segment of this process, sealed.
std::unique_ptr<SegmentMemory> publish_sample(const std::string& allocator_name);

void write_new_file(const std::string& path, const void* bytes, std::size_t size);

// The bytes of a segment, and a file of bytes that is gone once it is closed.
std::vector<std::uint64_t> words_of(const Segment& segment);
class BytesFile {
 public:
  BytesFile(const void* bytes, std::size_t size);
  ~BytesFile();
  BytesFile(const BytesFile&) = delete;
  BytesFile& operator=(const BytesFile&) = delete;

  int fd() const { return fd_; }
  void overwrite(std::size_t offset, std::uint64_t word);
  void cut(std::size_t size);

 private:
  int fd_;
};

// The first thing in a snapshot that no reader may let through, or "".
std::string offence_of(const Snapshot& snapshot);

// A child that runs `body`, says so, and waits until it is killed.
class WaitingChild {
 public:
  explicit WaitingChild(const std::function<void()>& body);
  ~WaitingChild();
  WaitingChild(const WaitingChild&) = delete;
  WaitingChild& operator=(const WaitingChild&) = delete;

  pid_t pid() const { return pid_; }
  void kill_and_reap();

 private:
  pid_t pid_;
};

// Runs `body` in a child and returns what wait says of its end.
int end_of_child(const std::function<void()>& body);

}  // namespace temporal_slab::stats
