// Any bytes as the segment of another process (R-2.6-3). The first byte says whether the rest is
// the file itself, or changes to a sound segment: each an offset in words and the word that goes
// there. What is taken must be a possible snapshot and render to valid JSON; what is refused must
// be so in one line. Both ways of looking at the bytes must agree, and neither reads without bound.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/require.h"
#include "fuzz/schema_is_due.h"
#include "fuzz/strict_json.h"
#include "render/json.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_view.h"
#include "tslab/schema_check.h"

namespace temporal_slab::fuzz {
namespace {

constexpr std::size_t kWords = sizeof(stats::Segment) / sizeof(stats::Word);
constexpr std::size_t kLongestError = 300;
// 32 classes and 64 abandoned references with every figure at its widest, and half as much again.
constexpr std::size_t kLongestJson = 128 << 10;

std::vector<std::uint64_t> changed_segment(Input& input) {
  static const std::vector<std::uint64_t> sound = stats::words_of(*stats::sample_segment());
  std::vector<std::uint64_t> words = sound;
  while (!input.empty()) {
    const std::size_t at = input.half_word() % kWords;
    words[at] = input.word();
  }
  return words;
}

class File {
 public:
  File(const void* bytes, std::size_t size) : fd_(memfd_create("segment", MFD_CLOEXEC)) {
    require(fd_ >= 0 && write(fd_, bytes, size) == static_cast<ssize_t>(size), "memfd works");
  }
  ~File() { close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

// Counts what a reader asks of a view.
class CountedView final : public stats::SegmentView {
 public:
  explicit CountedView(const stats::SegmentView& inner) : inner_(inner) {}
  bool is_whole() const override { return inner_.is_whole(); }
  bool read(std::size_t offset, stats::Word* words, std::size_t bytes) const override {
    bytes_ += bytes;
    return inner_.read(offset, words, bytes);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  const stats::SegmentView& inner_;
  mutable std::size_t bytes_ = 0;
};

struct Reading {
  bool taken;
  stats::Snapshot snapshot;
  std::string error;
};

Reading read(const stats::SegmentView& view) {
  const CountedView counted(view);
  const stats::ReadContext context = {1'000'000'000'000, 1'700'000'000'000'000'000, 4096};
  Reading reading;
  reading.taken = stats::read_snapshot(counted, context, &reading.snapshot, &reading.error);
  // Nothing moves here, so nothing needs to be read anew but to find an ACTIVE current epoch.
  require(counted.bytes() <= 100 * sizeof(stats::Segment), "a reader's work is bounded");
  stats::SegmentIdentity identity;
  std::string error;
  const bool known = stats::read_identity(counted, &identity, &error);
  require(known || !reading.taken, "what gives a snapshot says whose it is");
  return reading;
}

void check(const Reading& reading) {
  if (!reading.taken) {
    require(!reading.error.empty() && reading.error.size() <= kLongestError &&
                reading.error.find('\n') == std::string::npos,
            "a refusal is one line", reading.error);
    return;
  }
  const std::string offence = stats::offence_of(reading.snapshot);
  require(offence.empty(), "what is taken is a possible snapshot", offence);
  const std::string json = render::render_json(reading.snapshot);
  require(json.size() <= kLongestJson, "a snapshot is bounded");
  require_json(json);
  if (!schema_is_due(json)) return;
  const auto offences = tslab::check_snapshot(json, 1);
  require(offences.empty(), "its JSON is valid",
          offences.empty() ? std::string() : tslab::to_string(offences.front()));
}

void run(Input input) {
  if (input.byte() % 2 == 0) {
    const std::string_view bytes = input.bytes(sizeof(stats::Segment) + 64);
    const File file(bytes.data(), bytes.size());
    check(read(stats::FileView(file.fd())));
    return;
  }
  const std::vector<std::uint64_t> words = changed_segment(input);
  const Reading reading =
      read(stats::MemoryView(reinterpret_cast<const stats::Segment*>(words.data())));
  check(reading);
  const File file(words.data(), words.size() * sizeof(words[0]));
  const Reading again = read(stats::FileView(file.fd()));
  require(again.taken == reading.taken && again.error == reading.error,
          "a file and a mapping of the same bytes are taken alike", again.error);
  require(
      !again.taken || render::render_json(again.snapshot) == render::render_json(reading.snapshot),
      "and say the same");
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  temporal_slab::fuzz::run({data, size});
  return 0;
}
