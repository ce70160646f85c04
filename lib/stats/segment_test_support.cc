#include "stats/segment_test_support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/utf8.h"
#include "stats/publisher.h"
#include "stats/saturating.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr const char* kVariable = "TEMPORAL_SLAB_RUNTIME_DIR";

[[noreturn]] void die(const char* what) {
  std::perror(what);
  abort();
}

void must(bool done, const char* what) {
  if (!done) die(what);
}

}  // namespace

RuntimeFolder::RuntimeFolder() {
  char path[] = "/dev/shm/segment-test-XXXXXX";
  must(mkdtemp(path) != nullptr, "mkdtemp");
  path_ = path;
  if (const char* former = getenv(kVariable)) {
    had_former_ = true;
    former_ = former;
  }
  setenv(kVariable, path, 1);
}

RuntimeFolder::~RuntimeFolder() {
  if (had_former_) {
    setenv(kVariable, former_.c_str(), 1);
  } else {
    unsetenv(kVariable);
  }
  std::filesystem::remove_all(path_);
}

std::string RuntimeFolder::directory() const {
  return path_ + "/temporal-slab-" + std::to_string(geteuid());
}

std::string RuntimeFolder::segment(pid_t pid, unsigned number) const {
  return directory() + "/" + std::to_string(pid) + "." + std::to_string(number) + ".seg";
}

std::vector<std::string> RuntimeFolder::files() const {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory(), missing))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void hold(HolderTable& table, std::uint64_t place, std::uint64_t refs, const std::string& name) {
  HolderWords& holder = table.places[place];
  const std::uint64_t turn = get(table.turn);
  put(table.turn, turn + 1);
  put(holder.refs, 0);
  put(holder.assigned, 0);
  put(holder.thread, 1 + place);
  put(holder.tid, 5000 + place);
  store_text(holder.name, name);
  put(holder.assigned, turn + 1);
  put(holder.taken, turn + 1);
  put(holder.site, kSampleModule + 0x1235 + place);
  put(holder.refs, refs);
  put(table.used, std::max(get(table.used), place + 1));
  put(table.turn, turn + 2);
}

void fill_sample(Segment& segment) {
  std::uint64_t figure = 1000;
  for (Word& word : segment.counters) put(word, ++figure);
  const std::uint64_t sizes[kSampleClasses] = {64, 96, 128, 192, 256, 384, 512, 768};
  for (std::uint32_t i = 0; i < kSampleClasses; ++i) {
    for (Word& word : segment.classes[i].counters) put(word, ++figure);
    put(segment.classes[i].object_size, sizes[i]);
    put(segment.classes[i].slab_bytes, 4096);
  }
  put(segment.header.class_count, kSampleClasses);
  put(segment.header.retain_bytes, 4 << 20);
  put(segment.header.epoch_count, kSampleEpochs);
  put(segment.header.takeover_after_sec, 300);
  for (std::uint32_t epoch = 0; epoch < kSampleEpochs; ++epoch) {
    // Twice, so that both records have been used.
    for (std::uint64_t era = epoch; era <= 140 + epoch; era += 140) {
      open_incarnation(segment, epoch, era, std::uint64_t{1'000'000'000} * (1 + epoch),
                       kSampleClasses);
      IncarnationRecord& record = standing_record(segment, epoch);
      put(record.state, epoch > 6 ? 1 : 0);
      put(record.refcount, epoch % 3);
      if (epoch % 3 != 0) put(has_standing_holders(segment, epoch), 1);
      for (std::uint32_t place = 0; place < epoch % 3; ++place)
        hold(standing_holders(segment, epoch), place, 1,
             "holder " + std::to_string(epoch) + "." + std::to_string(place));
      write_label(record.label, "epoch " + std::to_string(epoch) + " of " + std::to_string(era));
      put(record.slow_path_hits, ++figure);
      put(record.rss_before_close, ++figure);
      put(record.rss_after_close, ++figure);
      put(record.close_madvise_bytes, ++figure);
      for (std::uint32_t i = 0; i < kSampleClasses; ++i)
        for (Word* word = &standing_cell(segment, epoch, i).live_objects;
             word <= &standing_cell(segment, epoch, i).reclaimable_slabs; ++word)
          put(*word, ++figure);
    }
  }
  put(segment.current_epoch, 6);
  for (std::uint32_t i = 0; i < 13; ++i) {
    AbandonedRecord& record = segment.abandoned[i];
    put(record.epoch_id, i);
    put(record.epoch_era, 100 + i);
    put(record.refcount, 1 + i);
    put(record.age_sec, 10 * i);
    store_text(record.label, "abandoned " + std::to_string(i));
    put(record.holders[0].refs, 1 + i);
    put(record.holders[0].site, kSampleModule + 0x2001 + i);
    put(record.holders[0].tid, 6000 + i);
    store_text(record.holders[0].name, "gone " + std::to_string(i));
    put(record.sequence, 2 * i + 2);
  }
  put(segment.abandoned_total, 13);
  ModuleRecord& module = segment.modules[0];
  put(module.begin, kSampleModule);
  put(module.end, kSampleModule + 0x10000);
  put(module.bias, kSampleModule);
  put(module.build_id_bytes, 20);
  store_text(module.build_id, "a build id, 20 bytes");
  store_text(module.path, "/usr/lib/sample");
  put(segment.module_count, 1);
}

std::unique_ptr<Segment> sample_segment() {
  auto segment = std::make_unique<Segment>();
  fill_sample(*segment);
  SegmentHeader& header = segment->header;
  put(header.layout_version, kLayoutVersion);
  put(header.segment_bytes, sizeof(Segment));
  put(header.page_size, 4096);
  put(header.publisher.pid, static_cast<std::uint64_t>(getpid()));
  store_text(header.version, "0.1.0");
  store_text(header.process, "sample process");
  store_text(header.allocator, "sample");
  put(header.magic, kSegmentMagic);
  return segment;
}

void publish_by(Segment& segment, pid_t pid, ToldBy told_by) {
  write_publisher(segment.header.publisher, told_by == ToldBy::kLock);
  put(segment.header.publisher.pid, static_cast<std::uint64_t>(pid));
}

std::unique_ptr<SegmentMemory> publish_sample(const std::string& allocator_name) {
  auto memory = std::make_unique<SegmentMemory>();
  must(memory->open(true, allocator_name) && memory->published(), "publishing");
  fill_sample(*memory->get());
  memory->seal();
  return memory;
}

void write_new_file(const std::string& path, const void* bytes, std::size_t size) {
  const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  must(fd >= 0 && write(fd, bytes, size) == static_cast<ssize_t>(size), path.c_str());
  close(fd);
}

std::vector<std::uint64_t> words_of(const Segment& segment) {
  std::vector<std::uint64_t> words(sizeof(Segment) / sizeof(Word));
  const Word* const from = reinterpret_cast<const Word*>(&segment);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = get(from[i]);
  return words;
}

BytesFile::BytesFile(const void* bytes, std::size_t size)
    : fd_(memfd_create("segment", MFD_CLOEXEC)) {
  must(fd_ >= 0 && write(fd_, bytes, size) == static_cast<ssize_t>(size), "memfd");
}

BytesFile::~BytesFile() { close(fd_); }

void BytesFile::overwrite(std::size_t offset, std::uint64_t word) {
  must(pwrite(fd_, &word, sizeof(word), static_cast<off_t>(offset)) == sizeof(word), "pwrite");
}

void BytesFile::cut(std::size_t size) {
  must(ftruncate(fd_, static_cast<off_t>(size)) == 0, "ftruncate");
}

std::string offence_of(const Snapshot& snapshot) {
  const auto is_text = [](const std::string& text, std::size_t room) {
    return text.size() < room && text.find('\0') == std::string::npos &&
           base::is_well_formed_utf8(text);
  };
  if (!is_text(snapshot.version, kVersionBytes)) return "version";
  if (!is_text(snapshot.process, kProcessBytes)) return "process";
  if (!is_text(snapshot.allocator, kLabelBytes)) return "allocator";
  const std::uint64_t epochs = snapshot.epoch_count;
  if (epochs < kFewestEpochs || epochs > kMaxEpochs) return "epoch_count";
  if (snapshot.current_epoch >= epochs) return "current_epoch";
  if (snapshot.classes.empty() || snapshot.classes.size() > kMaxClasses) return "classes";
  if (snapshot.epochs.size() != epochs) return "epochs";
  if (snapshot.active_epoch_count + snapshot.closing_epoch_count != epochs) return "counts";
  if (snapshot.abandoned.size() > kAbandonedLog) return "abandoned";
  if (snapshot.net_slabs > snapshot.total_slabs_allocated) return "net_slabs";
  for (const ClassRow& row : snapshot.classes) {
    if (row.net_slabs > row.new_slab_count) return "net_slabs of a class";
    if (row.recycle_rate_pct > 100) return "recycle_rate_pct";
    if (row.estimated_rss_bytes < row.committed_bytes) return "estimated_rss_bytes of a class";
    if (row.live_bytes < row.live_objects) return "live_bytes of a class";
  }
  const auto are_holders = [&](const std::vector<HolderRow>& holders, std::size_t room) {
    return holders.size() <= room && std::all_of(holders.begin(), holders.end(), [&](auto& row) {
             return is_text(row.thread, kThreadBytes) && row.refs > 0 &&
                    is_text(row.site, 3 * kModulePathBytes) && row.address.module <= kMaxModules;
           });
  };
  if (snapshot.modules.size() > kMaxModules) return "modules";
  for (std::size_t i = 0; i < epochs; ++i) {
    const EpochRow& row = snapshot.epochs[i];
    if (row.epoch_id != i) return "epoch_id";
    if (row.state != EpochState::kActive && row.state != EpochState::kClosing) return "state";
    if (!is_text(row.label, kLabelBytes)) return "label";
    if (row.live_bytes < row.live_objects) return "live_bytes";
    if (!are_holders(row.holders, kMaxHolders)) return "holders";
    std::uint64_t refs = 0;
    for (const HolderRow& holder : row.holders) refs = sum(refs, holder.refs);
    if (refs != row.refcount) return "refcount";
    if (row.estimated_rss_bytes < row.reclaimable_bytes) return "estimated_rss_bytes";
  }
  for (const AbandonedRow& row : snapshot.abandoned) {
    if (row.epoch_id >= epochs) return "epoch_id of an abandoned record";
    if (!is_text(row.label, kLabelBytes)) return "label of an abandoned record";
    if (!are_holders(row.holders, kAbandonedHolders)) return "holders of an abandoned record";
  }
  return "";
}

WaitingChild::WaitingChild(const std::function<void()>& body) {
  int ready[2];
  must(pipe2(ready, O_CLOEXEC) == 0, "pipe2");
  pid_ = fork();
  must(pid_ >= 0, "fork");
  if (pid_ == 0) {
    body();
    must(write(ready[1], "r", 1) == 1, "write");
    for (;;) pause();
  }
  close(ready[1]);
  char byte = 0;
  must(read(ready[0], &byte, 1) == 1, "the child ended");
  close(ready[0]);
}

WaitingChild::~WaitingChild() { kill_and_reap(); }

void WaitingChild::kill_and_reap() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

int end_of_child(const std::function<void()>& body) {
  const pid_t pid = fork();
  must(pid >= 0, "fork");
  if (pid == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  must(waitpid(pid, &status, 0) == pid, "waitpid");
  return status;
}

}  // namespace temporal_slab::stats
