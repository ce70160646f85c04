// Snapshot -> findings: what is wrong, with its cause and what to do about it.
//
//   REF_LEAK epoch=12 era=140 label="background-worker-3" refcount=2 age=612s state=CLOSING
//   pinned=12288
//     Application bug: 2 references taken and never dropped for 10m12s.
//     thread worker-3 (tid 4211): 2, last taken at handle_job worker.cpp:88
//
// `pinned` is the bytes of the epoch's slabs that hold objects, carried ones included:
// what cannot go back to the system while the leak stands. Its empty slabs are not
// counted, because they can be used again (R-2.2-7).
//
// Counters never fall, so what they accuse stays accused for the life of a process.
// Findings of since(now, before) are those of the time between (render/since.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "render/finding_kinds.h"
#include "stats/snapshot.h"

namespace temporal_slab::render {

enum class FactForm { kNumber, kSeconds, kHundredthsPercent, kText, kWord };

struct FactInfo {
  std::string_view name;       // in text
  std::string_view json_name;  // with its unit
  FactForm form;
  std::string_view help;
};

namespace facts {
inline constexpr FactInfo kEpoch{"epoch", "epoch_id", FactForm::kNumber, "place in the ring"};
inline constexpr FactInfo kEra{"era", "epoch_era", FactForm::kNumber, "its incarnation"};
inline constexpr FactInfo kLabel{"label", "label", FactForm::kText, "label of the incarnation"};
inline constexpr FactInfo kRefcount{"refcount", "refcount", FactForm::kNumber, "references held"};
inline constexpr FactInfo kLiveObjects{"live_objects", "live_objects", FactForm::kNumber,
                                       "objects alive"};
inline constexpr FactInfo kLiveBytes{"live_bytes", "live_bytes", FactForm::kNumber,
                                     "bytes of their slots"};
inline constexpr FactInfo kCarriedObjects{"carried_objects", "carried_objects", FactForm::kNumber,
                                          "objects alive of older eras"};
inline constexpr FactInfo kCarriedBytes{"carried_bytes", "carried_bytes", FactForm::kNumber,
                                        "bytes of their slots"};
inline constexpr FactInfo kCarriedEras{"eras", "carried_eras", FactForm::kNumber,
                                       "how many eras they are of"};
inline constexpr FactInfo kCarriedOldest{"oldest", "carried_oldest_age_sec", FactForm::kSeconds,
                                         "time since the oldest of these eras was opened"};
inline constexpr FactInfo kEmpty{"empty", "empty_bytes", FactForm::kNumber,
                                 "bytes of slabs that no object takes"};
inline constexpr FactInfo kAge{"age", "age_sec", FactForm::kSeconds, "age of the incarnation"};
inline constexpr FactInfo kState{"state", "state", FactForm::kWord, "ACTIVE or CLOSING"};
inline constexpr FactInfo kPinned{"pinned", "pinned_bytes", FactForm::kNumber,
                                  "bytes of the epoch's slabs that hold objects"};
inline constexpr FactInfo kCount{"count", "count", FactForm::kNumber, "how often it happened"};
inline constexpr FactInfo kEpochCount{"epochs", "epoch_count", FactForm::kNumber,
                                      "places of the ring"};
inline constexpr FactInfo kTakeover{
    "takeover_after", "takeover_after_sec", FactForm::kSeconds,
    "how long ago the full ring's oldest epoch must have been left"};
inline constexpr FactInfo kInvalid{"invalid", "invalid_frees", FactForm::kNumber,
                                   "frees of what is no object"};
inline constexpr FactInfo kStale{"stale", "stale_frees", FactForm::kNumber,
                                 "frees of what was freed before"};
inline constexpr FactInfo kShare{"share", "share_basis_points", FactForm::kHundredthsPercent,
                                 "slow allocations in hundredths of a percent of all"};
inline constexpr FactInfo kHits{"hits", "slow_path_hits", FactForm::kNumber, "slow allocations"};
inline constexpr FactInfo kCause{"cause", "cause", FactForm::kWord,
                                 "the counter of the most frequent cause"};
inline constexpr FactInfo kSize{"size", "object_size", FactForm::kNumber,
                                "size class with the most slow allocations"};
inline constexpr const FactInfo* kAll[] = {
    &kEpoch,          &kEra,          &kLabel,       &kRefcount,      &kLiveObjects, &kLiveBytes,
    &kCarriedObjects, &kCarriedBytes, &kCarriedEras, &kCarriedOldest, &kEmpty,       &kAge,
    &kState,          &kPinned,       &kCount,       &kEpochCount,    &kTakeover,    &kInvalid,
    &kStale,          &kShare,        &kHits,        &kCause,         &kSize};
}  // namespace facts

constexpr bool is_text(FactForm form) { return form == FactForm::kText || form == FactForm::kWord; }

struct Fact {
  const FactInfo* info;
  std::uint64_t number = 0;  // or, by its form,
  std::string text;

  Fact(const FactInfo* which, std::uint64_t value) : info(which), number(value) {}
  Fact(const FactInfo* which, std::string value) : info(which), text(std::move(value)) {}
};

// Texts are as the snapshot has them; the renderers below make them safe.
struct Finding {
  FindingKind kind;
  std::vector<Fact> facts;
  std::vector<std::string> prose;  // lines
  std::vector<stats::HolderRow> holders;
  std::vector<stats::AbandonedRow> records;  // of ABANDONED_REFS
};

// Whether what stands at the epoch is a REF_LEAK, or an OBJECT_LEAK of its own incarnation.
bool leaks_references(const stats::EpochRow& row, std::uint64_t age_sec);
bool leaks_objects(const stats::EpochRow& row, std::uint64_t age_sec);

// In the order of the kinds, within one in the order of the rows.
std::vector<Finding> find(const stats::Snapshot& snapshot, const Thresholds& thresholds);

// `KIND key=value ...` as above, without a line break: what two snapshots are compared
// by, and what other texts quote. A quote in a label is shown as \x22.
std::string headline(const Finding& finding);

// The whole text, an empty line between two findings. With none it is one line that
// says what was looked at and found in order.
std::string render_findings(const stats::Snapshot& snapshot, const std::vector<Finding>& findings,
                            const Thresholds& thresholds);

// One compact line of JSON, as schemas/findings_v1.schema.json describes it.
std::string render_findings_json(const stats::Snapshot& snapshot,
                                 const std::vector<Finding>& findings,
                                 const Thresholds& thresholds);
std::string render_findings_schema();

// One of them, as it stands there.
void append_json(std::string& out, const Finding& finding);

}  // namespace temporal_slab::render
