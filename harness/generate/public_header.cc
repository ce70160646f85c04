#include "harness/generate/public_header.h"

#include <cstddef>
#include <span>
#include <string_view>

#include "render/field_table.h"

namespace temporal_slab::harness {
namespace {

constexpr std::string_view kTop = R"(/*
 * Statistics of an allocator: plain structs, and the whole snapshot as JSON or for
 * Prometheus.
 *
 * Use the structs for a program's own checks and metrics; to look at a program
 * from outside, publish its allocator and use tslab, which costs the program
 * nothing.
 *
 * Errors. A call that cannot do its work leaves *out as it was, returns false if
 * it returns anything, and sets errno: EINVAL for a NULL pointer, a size class of
 * SLAB_CLASS_COUNT or above, an epoch that the ring does not have. Those that write
 * a whole snapshot also know ENOMEM, when memory for it cannot be had, and EIO, when
 * a stray write damaged the allocator's figures. A call that succeeds leaves errno as
 * it was.
 *
 * Threads. Every function may be called from any thread at any time; none stops
 * or waits for another thread (R-3-5). Each struct describes one incarnation of
 * an epoch, never a mixture (R-3-3). While other threads are inside calls, two
 * figures of one struct may be some calls apart; when none is, sums agree exactly
 * (R-3-4). No figure goes below zero or wraps (R-3-1).
 *
 * Signals. What fills a struct may be called in a signal handler, whatever that has
 * interrupted: a call of this library on the same thread, or malloc. What writes a
 * whole snapshot uses malloc: not in a handler that may have interrupted malloc.
 *
 * Cost. In proportion to epochs times size classes, not to objects.
 *
 * Written by ci/generate from lib/stats/fields.h; edit that.
 */
#ifndef TEMPORAL_SLAB_SLAB_STATS_H
#define TEMPORAL_SLAB_SLAB_STATS_H

#include <temporal_slab/slab_alloc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of texts, with their NUL. */
enum { SLAB_VERSION_BYTES = 16, SLAB_PROCESS_BYTES = 64 };

)";

constexpr std::string_view kEpochStruct = R"(
/* One size class of one epoch. */
typedef struct {
  /* number of the advance that opened this incarnation */
  uint64_t epoch_era;
  /* ACTIVE accepts allocations, CLOSING drains */
  EpochLifecycleState state;
  /* references held on this incarnation, by all classes together */
  uint64_t refcount;
  /* what the application says this incarnation is for */
  char label[SLAB_LABEL_BYTES];
  /* gauge, objects: objects of the class alive here, carried ones included */
  uint64_t live_objects;
  /* gauge, ns: CLOCK_MONOTONIC when this incarnation was opened; 0 if the epoch never was */
  uint64_t open_since_ns;
  /* gauge, slabs: slabs of this incarnation with live objects and free slots */
  uint64_t partial_slab_count;
  /* gauge, slabs: slabs of this incarnation without a free slot */
  uint64_t full_slab_count;
  /* gauge, slabs: slabs of this incarnation with no live object */
  uint64_t reclaimable_slab_count;
  /* gauge, slabs: slabs of older eras that still hold objects */
  uint64_t carried_slab_count;
} SlabEpochStats;

/* The three below, of a caller whose struct has that many bytes: these structs grow at their
 * ends, and a newer library fills what an older caller has. EINVAL too for a size of 0, or
 * one that is larger than this library knows. */
TEMPORAL_SLAB_API void slab_stats_global_sized(SlabAllocator* allocator, SlabGlobalStats* out,
                                               size_t struct_size);
TEMPORAL_SLAB_API void slab_stats_class_sized(SlabAllocator* allocator, uint32_t size_class,
                                              SlabClassStats* out, size_t struct_size);
TEMPORAL_SLAB_API void slab_stats_epoch_sized(SlabAllocator* allocator, uint32_t size_class,
                                              EpochId epoch, SlabEpochStats* out,
                                              size_t struct_size);

/* Fill *out with the figures of the whole allocator. Lock-free, and may be called in
 * any signal handler. Cost: with a look at /proc for the resident bytes. */
static inline void slab_stats_global(SlabAllocator* allocator, SlabGlobalStats* out) {
  slab_stats_global_sized(allocator, out, sizeof(SlabGlobalStats));
}

/* Fill *out with the figures of one size class, over all epochs. Lock-free, and may
 * be called in any signal handler. */
static inline void slab_stats_class(SlabAllocator* allocator, uint32_t size_class,
                                    SlabClassStats* out) {
  slab_stats_class_sized(allocator, size_class, out, sizeof(SlabClassStats));
}

/* Fill *out with what one size class has standing in one epoch. Lock-free, and may be
 * called in any signal handler. */
static inline void slab_stats_epoch(SlabAllocator* allocator, uint32_t size_class, EpochId epoch,
                                    SlabEpochStats* out) {
  slab_stats_epoch_sized(allocator, size_class, epoch, out, sizeof(SlabEpochStats));
}

/* Write the whole snapshot to fd: one line of JSON and a newline, valid against
 * schemas/stats_v1.schema.json whatever the labels (R-3-6). Writes that are cut
 * short or interrupted are gone on with. False with the errno of write when one
 * fails; part of the line may be written then, and a closed pipe raises SIGPIPE
 * as any write to it does. It uses malloc: not in a signal handler that may have
 * interrupted malloc. */
TEMPORAL_SLAB_API bool slab_stats_write_json(SlabAllocator* allocator, int fd);

/* Writes a snapshot to a descriptor as a Prometheus text exposition, what a program
 * answers on its /metrics: the figures of section 5 of lib/CONTRACT.md, with the same
 * series however often the ring turns. `prefix` stands before each metric's
 * name, NULL means "temporal_slab". False as above, and with EINVAL for a prefix that
 * is not 1 to 100 letters, digits and underscores, not a digit first; nothing is
 * written then. prometheus_collectable.hpp gives the same to prometheus-cpp. It uses
 * malloc: not in a signal handler that may have interrupted malloc. */
TEMPORAL_SLAB_API bool slab_stats_write_prometheus(SlabAllocator* allocator, int fd,
                                                   const char* prefix);

#ifdef __cplusplus
}
#endif

#endif /* TEMPORAL_SLAB_SLAB_STATS_H */
)";

std::string_view text_size(std::string_view field) {
  if (field == "version") return "SLAB_VERSION_BYTES";
  if (field == "process") return "SLAB_PROCESS_BYTES";
  return "SLAB_LABEL_BYTES";  // labels, and the allocator's name by the same rules
}

// Breaks at blanks where a line would pass the 100 columns that the code has.
void append_comment(std::string& out, std::string_view text) {
  constexpr std::size_t kTextColumns = 100 - std::string_view("  /*  */").size();
  out += "  /* ";
  while (text.size() > kTextColumns) {
    const std::size_t end = text.rfind(' ', kTextColumns);
    out.append(text.substr(0, end)).append("\n   * ");
    text.remove_prefix(end + 1);
  }
  out.append(text).append(" */\n");
}

void append_field(std::string& out, const render::Field& field) {
  std::string comment;
  if (field.kind != render::FieldKind::INFO) comment = render::kind_name(field.kind);
  if (!field.unit.empty()) comment.append(comment.empty() ? "" : ", ").append(field.unit);
  append_comment(out, comment.append(comment.empty() ? "" : ": ").append(field.help));
  if (field.type == render::FieldType::TEXT)
    out.append("  char ")
        .append(field.name)
        .append("[")
        .append(text_size(field.name))
        .append("];\n");
  else
    out.append("  uint64_t ").append(field.name).append(";\n");
}

void append_struct(std::string& out, std::string_view about, std::string_view name,
                   std::span<const render::Field> fields) {
  out.append("/* ").append(about).append(" */\ntypedef struct {\n");
  for (const render::Field& field : fields) append_field(out, field);
  out.append("} ").append(name).append(";\n");
}

}  // namespace

std::string public_stats_header() {
  std::string out(kTop);
  append_struct(out, "The whole allocator. The same names and meanings as in JSON.",
                "SlabGlobalStats", render::kGlobalFields);
  out += '\n';
  append_struct(out, "One size class, over all epochs.", "SlabClassStats", render::kClassFields);
  return out.append(kEpochStruct);
}

}  // namespace temporal_slab::harness
