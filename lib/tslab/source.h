// Where commands take snapshots from: the segment of a published allocator,
// whose process does nothing for it and may be stopped or dead, or a JSON file.
//
// Every error is one line without "tslab: ". Names that others chose stand in it as
// they are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stats/discovery.h"
#include "stats/snapshot.h"

namespace temporal_slab::tslab {

struct SourceChoice {
  std::optional<std::string> input;  // a JSON file, "-" for standard input
  stats::Selector selector;          // without input: which published allocator
};

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  // The state of now. Of a file: the last snapshot in it.
  virtual bool snapshot(stats::Snapshot* out, std::string* error) = 0;

  // Why there can be one snapshot only; "" when there can be more.
  virtual std::string why_not_again() const = 0;

  // Why later snapshots would be no different: "process 4211 ended". "" while they
  // may be.
  virtual std::string end() const = 0;

  // A descriptor that is readable once the watched process has ended; -1: none.
  virtual int end_fd() const = 0;
};

// Null with `error` when it cannot be had. `stdin_fd` stays the caller's.
std::unique_ptr<Source> open_source(const SourceChoice& choice, int stdin_fd, std::string* error);

// Those of all published allocators that can be read, by pid and number, with sites named.
// `unreadable`: of the others which and why, one line; "" of none. False with `error` when
// they cannot be listed, or there is none.
bool read_all_published(std::vector<stats::Snapshot>* out, std::string* unreadable,
                        std::string* error);

// The last snapshot of a JSON file, "-" being standard input.
bool read_snapshot_file(const std::string& path, int stdin_fd, stats::Snapshot* out,
                        std::string* error);

// The two kinds of them.
std::unique_ptr<Source> open_segment_source(const stats::Selector& selector, std::string* error);
std::unique_ptr<Source> open_input_source(const std::string& path, int stdin_fd,
                                          std::string* error);

}  // namespace temporal_slab::tslab
