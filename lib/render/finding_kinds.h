// The kinds of findings and the thresholds that decide them: one table each, from
// which the findings, their JSON and its schema, and what `tslab doctor --help` says
// of the kinds follow.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace temporal_slab::render {

// A figure above its threshold is a finding.
struct Thresholds {
  std::uint64_t age_sec = 300;
  std::uint64_t slow_path_pct = 5;
  std::uint64_t abandoned_refs = 0;
  std::uint64_t advances_held = 0;
  std::uint64_t underflows = 0;
  std::uint64_t stale_releases = 0;
  std::uint64_t madvise_failures = 0;
  std::uint64_t bad_frees = 0;
  std::uint64_t pinned_slabs_mb = 8;  // of 1048576 bytes
};

struct ThresholdInfo {
  std::string_view name;    // in JSON
  std::string_view option;  // of `tslab doctor`
  std::uint64_t Thresholds::*member;
};

inline constexpr std::array kThresholds = {
    ThresholdInfo{"age_sec", "--age", &Thresholds::age_sec},
    ThresholdInfo{"slow_path_pct", "--slow-path", &Thresholds::slow_path_pct},
    ThresholdInfo{"abandoned_refs", "--abandoned-refs", &Thresholds::abandoned_refs},
    ThresholdInfo{"advances_held", "--advances-held", &Thresholds::advances_held},
    ThresholdInfo{"underflows", "--underflows", &Thresholds::underflows},
    ThresholdInfo{"stale_releases", "--stale-releases", &Thresholds::stale_releases},
    ThresholdInfo{"madvise_failures", "--madvise-failures", &Thresholds::madvise_failures},
    ThresholdInfo{"bad_frees", "--bad-frees", &Thresholds::bad_frees},
    ThresholdInfo{"pinned_slabs_mb", "--pinned-slabs", &Thresholds::pinned_slabs_mb},
};

enum class FindingKind {
  kRefLeak,
  kAbandonedRefs,
  kRingFull,
  kObjectLeak,
  kPinnedSlabs,
  kUnderflow,
  kStaleRelease,
  kMadviseFailure,
  kBadFree,
  kSlowPath,
};

struct FindingKindInfo {
  FindingKind kind;
  std::string_view name;
  std::string_view help;  // when it is found
  std::uint64_t Thresholds::*threshold;
  std::string_view advice;  // what to do, a line or several
};

inline constexpr std::array kFindingKinds = {
    FindingKindInfo{
        FindingKind::kRefLeak, "REF_LEAK",
        "references on an epoch left more than --age ago, or first taken that long ago by\n"
        "a holder that never dropped any, or where another epoch is current",
        &Thresholds::age_sec,
        "What was begun there (open, domain enter, inc_refcount, acquire) was never ended:\n"
        "give each its finish, exit, dec_refcount or release, on error paths too. Until\n"
        "then the ring steps over this epoch."},
    FindingKindInfo{
        FindingKind::kAbandonedRefs, "ABANDONED_REFS",
        "references that stood when the full ring took their epoch over",
        &Thresholds::abandoned_refs,
        "Every epoch was referenced, so the oldest had to go. Drop what leaks, first of\n"
        "all what REF_LEAK names; if so many scopes are open at once, raise\n"
        "SlabOptions.epoch_count to twice as many, or let several share an epoch."},
    FindingKindInfo{
        FindingKind::kRingFull, "RING_FULL",
        "calls that could not turn the ring: every epoch was referenced, and none long\n"
        "enough left to be taken over",
        &Thresholds::advances_held,
        "Until one is free, new scopes share the incarnation that stands, under its\n"
        "label. If so many scopes are open at once, raise SlabOptions.epoch_count to\n"
        "twice as many, or let several share an epoch; else drop what leaks, first of\n"
        "all what REF_LEAK names."},
    FindingKindInfo{
        FindingKind::kObjectLeak, "OBJECT_LEAK",
        "objects alive in a CLOSING epoch without references, or of older eras that\n"
        "the ring carries along, older than --age",
        &Thresholds::age_sec,
        "Free them; what still stands in a CLOSING epoch slab_epoch_discard frees at\n"
        "once, what is carried it does not. If they are meant to live longer, allocate\n"
        "them in an epoch that stays open: an allocator of their own has one."},
    FindingKindInfo{
        FindingKind::kPinnedSlabs, "PINNED_SLABS",
        "slabs older than --age and less than half full, with more than\n"
        "--pinned-slabs MB of free slots",
        &Thresholds::pinned_slabs_mb,
        "A slab goes back when its last object is freed, so a few objects of long life\n"
        "among many of short life keep all of their slabs. Allocate what lives longer\n"
        "in an epoch, or an allocator, of its own."},
    FindingKindInfo{FindingKind::kUnderflow, "UNDERFLOW", "references dropped where none stood",
                    &Thresholds::underflows,
                    "A dec_refcount without its inc_refcount, or one too many on an error path.\n"
                    "Whoever else referenced that epoch may have lost a reference to an earlier\n"
                    "one."},
    FindingKindInfo{FindingKind::kStaleRelease, "STALE_RELEASE",
                    "references released after their incarnation was gone",
                    &Thresholds::stale_releases,
                    "A SlabEpochRef was released twice, or kept while the full ring took its\n"
                    "epoch over (see ABANDONED_REFS). Release each exactly once, and clear it\n"
                    "then."},
    FindingKindInfo{FindingKind::kMadviseFailure, "MADVISE_FAILURE",
                    "madvise calls that the kernel refused", &Thresholds::madvise_failures,
                    "Mostly the process locks its memory (mlock, mlockall) or a filter forbids\n"
                    "madvise. Exempt the allocator from it, or count on this memory staying\n"
                    "resident."},
    FindingKindInfo{FindingKind::kBadFree, "BAD_FREE", "frees that were refused",
                    &Thresholds::bad_frees,
                    "Stale ones are double frees or uses of a kept handle after its object was\n"
                    "freed; invalid ones come from another allocator or point into an object. Run\n"
                    "it once with AddressSanitizer: that names the line."},
    FindingKindInfo{FindingKind::kSlowPath, "SLOW_PATH",
                    "a share of slow allocations above --slow-path percent",
                    &Thresholds::slow_path_pct, ""},
};

constexpr const FindingKindInfo& info_of(FindingKind kind) {
  return kFindingKinds[static_cast<std::size_t>(kind)];
}

}  // namespace temporal_slab::render
