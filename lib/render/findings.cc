#include "render/findings.h"

#include <algorithm>
#include <limits>

#include "render/text.h"

namespace temporal_slab::render {
namespace {

using stats::EpochRow;
using stats::HolderRow;
using stats::Snapshot;

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kFindingKinds.size(); ++i)
    if (static_cast<std::size_t>(kFindingKinds[i].kind) != i) return false;
  return true;
}
static_assert(is_in_order());

std::string duration(std::uint64_t seconds) {
  std::string text;
  append_duration(text, seconds);
  return text;
}

// "1 reference", "2 references"
std::string quantity(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::uint64_t pinned_bytes(const EpochRow& row) {
  return row.estimated_rss_bytes - std::min(row.estimated_rss_bytes, row.reclaimable_bytes);
}

// A line for each holder, and one for references of which none is known.
void add_holders(std::vector<std::string>* prose, const std::vector<HolderRow>& holders,
                 std::uint64_t refcount, const std::string& indent) {
  std::uint64_t known = 0;
  for (const HolderRow& holder : holders) {
    known += std::min(holder.refs, std::numeric_limits<std::uint64_t>::max() - known);
    prose->push_back(indent + "thread " + (holder.thread.empty() ? "(unnamed)" : holder.thread) +
                     " (tid " + std::to_string(holder.tid) + "): " + std::to_string(holder.refs) +
                     ", last taken at " +
                     (holder.site.empty() ? "a place that is not known" : holder.site));
  }
  if (holders.empty())
    prose->push_back(indent + "Which thread took them, and where, is not recorded.");
  else if (known < refcount)
    prose->push_back(indent + "Of " + quantity(refcount - known, "reference") +
                     " the holder is not recorded.");
}

void add_lines(std::vector<std::string>* prose, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    prose->emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void find_ref_leaks(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  for (const EpochRow& row : s.epochs) {
    if (row.refcount == 0 || row.age_sec <= t.age_sec) continue;
    Finding finding = {FindingKind::kRefLeak, {}, {}, row.holders, {}};
    finding.facts = {
        {&facts::kEpoch, row.epoch_id},      {&facts::kEra, row.epoch_era},
        {&facts::kLabel, row.label},         {&facts::kRefcount, row.refcount},
        {&facts::kAge, row.age_sec},         {&facts::kState, std::string(state_name(row.state))},
        {&facts::kPinned, pinned_bytes(row)}};
    finding.prose = {"Application bug: " + quantity(row.refcount, "reference") +
                     " taken and never dropped for " + duration(row.age_sec) + "."};
    add_holders(&finding.prose, row.holders, row.refcount, "");
    out->push_back(std::move(finding));
  }
}

void find_abandoned_refs(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  if (s.abandoned_refs <= t.abandoned_refs) return;
  Finding finding = {FindingKind::kAbandonedRefs, {}, {}, {}, s.abandoned};
  finding.facts = {{&facts::kCount, s.abandoned_refs}};
  finding.prose = {"Application bug: " + quantity(s.abandoned_refs, "reference") +
                   " stood when the full ring took their epoch over."};
  for (const stats::AbandonedRow& record : s.abandoned) {
    finding.prose.push_back("epoch " + std::to_string(record.epoch_id) + " era " +
                            std::to_string(record.epoch_era) + " \"" + record.label +
                            "\": " + quantity(record.refcount, "reference") + " after " +
                            duration(record.age_sec));
    add_holders(&finding.prose, record.holders, record.refcount, "  ");
  }
  if (s.abandoned.empty()) finding.prose.push_back("No record of them is left.");
  out->push_back(std::move(finding));
}

void find_object_leaks(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  for (const EpochRow& row : s.epochs) {
    if (row.state != stats::EpochState::kClosing || row.refcount != 0 || row.live_objects == 0 ||
        row.age_sec <= t.age_sec)
      continue;
    Finding finding = {FindingKind::kObjectLeak, {}, {}, {}, {}};
    finding.facts = {{&facts::kEpoch, row.epoch_id},       {&facts::kEra, row.epoch_era},
                     {&facts::kLabel, row.label},          {&facts::kLiveObjects, row.live_objects},
                     {&facts::kLiveBytes, row.live_bytes}, {&facts::kAge, row.age_sec},
                     {&facts::kPinned, pinned_bytes(row)}};
    finding.prose = {"Application bug: " + quantity(row.live_objects, "object") +
                         " never freed, in a closed epoch that nobody references.",
                     "It opened " + duration(row.age_sec) + " ago."};
    if (row.carried_slabs != 0)
      finding.prose.push_back("Some are older still: they stand in " +
                              quantity(row.carried_slabs, "slab") + " of earlier eras.");
    out->push_back(std::move(finding));
  }
}

// A kind that is one counter.
void find_count(FindingKind kind, std::uint64_t count, const Thresholds& t, std::string prose,
                std::vector<Finding>* out) {
  if (count <= t.*info_of(kind).threshold) return;
  out->push_back({kind, {{&facts::kCount, count}}, {std::move(prose)}, {}, {}});
}

void find_bad_frees(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - s.invalid_frees;
  const std::uint64_t count = s.invalid_frees + std::min(room, s.stale_frees);
  if (count <= t.bad_frees) return;
  Finding finding = {FindingKind::kBadFree, {}, {}, {}, {}};
  finding.facts = {{&facts::kCount, count},
                   {&facts::kInvalid, s.invalid_frees},
                   {&facts::kStale, s.stale_frees}};
  finding.prose = {"Application bug: " + quantity(count, "free") +
                   " refused. Nothing was corrupted."};
  out->push_back(std::move(finding));
}

struct Cause {
  std::string_view name;
  std::uint64_t stats::ClassRow::*member;
  std::string_view prose;
};

// The counts overlap: what found no warm slab had none in use, or a full one. Of equal
// ones the first tells more.
constexpr Cause kCauses[] = {
    {"slow_path_epoch_closed", &stats::ClassRow::slow_path_epoch_closed,
     "Mostly refused, because the epoch was CLOSING: ask for epoch_current anew\n"
     "after an advance, or allocate by slab_malloc."},
    {"slow_path_cache_miss", &stats::ClassRow::slow_path_cache_miss,
     "Mostly no warm slab was left and a fresh one had to be set up: while the\n"
     "live set grows that is normal; else raise SlabOptions.retain_bytes."},
    {"current_partial_null", &stats::ClassRow::current_partial_null,
     "Mostly the epoch had no slab in use yet: few objects of a class are born in\n"
     "each epoch. Advance less often, or let more work share an epoch."},
    {"current_partial_full", &stats::ClassRow::current_partial_full,
     "Mostly the slab in use was full: few objects fit in a slab of this size, or\n"
     "they are kept. While the live set grows that is normal; else smaller objects\n"
     "or shorter lives help."},
};

// Hundredths of a percent, without leaving 64 bits.
std::uint64_t share_of(std::uint64_t part, std::uint64_t whole) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() / 10000;
  return part > kMost ? part / (whole / 10000 + 1) : part * 10000 / whole;
}

void find_slow_path(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  if (s.total_slow_path_hits == 0) return;
  const std::uint64_t share =
      share_of(s.total_slow_path_hits, std::max<std::uint64_t>(s.total_allocs, 1));
  if (share / 100 < t.slow_path_pct || share <= t.slow_path_pct * 100) return;
  const auto total = [&s](const Cause& cause) {
    std::uint64_t sum = 0;
    for (const stats::ClassRow& row : s.classes)
      sum += std::min(row.*cause.member, std::numeric_limits<std::uint64_t>::max() - sum);
    return sum;
  };
  const Cause& main =
      *std::max_element(std::begin(kCauses), std::end(kCauses),
                        [&](const Cause& a, const Cause& b) { return total(a) < total(b); });
  Finding finding = {FindingKind::kSlowPath, {}, {}, {}, {}};
  finding.facts = {{&facts::kShare, share}, {&facts::kHits, s.total_slow_path_hits}};
  finding.facts.push_back({&facts::kCause, std::string(main.name)});
  const auto worst = std::max_element(s.classes.begin(), s.classes.end(),
                                      [](const stats::ClassRow& a, const stats::ClassRow& b) {
                                        return a.slow_path_hits < b.slow_path_hits;
                                      });
  if (worst != s.classes.end()) finding.facts.push_back({&facts::kSize, worst->object_size});
  finding.prose = {quantity(s.total_slow_path_hits, "allocation") + " of " +
                   std::to_string(s.total_allocs) + " took the slow path."};
  add_lines(&finding.prose, main.prose);
  out->push_back(std::move(finding));
}

}  // namespace

std::vector<Finding> find(const Snapshot& s, const Thresholds& t) {
  std::vector<Finding> out;
  find_ref_leaks(s, t, &out);
  find_abandoned_refs(s, t, &out);
  find_object_leaks(s, t, &out);
  find_count(FindingKind::kUnderflow, s.refcount_underflows, t,
             "Application bug: " + quantity(s.refcount_underflows, "reference") +
                 " dropped where none stood. The count stayed at 0.",
             &out);
  find_count(FindingKind::kStaleRelease, s.stale_releases, t,
             "Application bug: " + quantity(s.stale_releases, "release") +
                 " of a reference whose incarnation was gone. Nothing was changed.",
             &out);
  find_count(FindingKind::kMadviseFailure, s.total_madvise_failures, t,
             "The kernel refused " + quantity(s.total_madvise_failures, "madvise call") +
                 ": memory meant to go back to the system is still resident.",
             &out);
  find_bad_frees(s, t, &out);
  find_slow_path(s, t, &out);
  for (Finding& finding : out) add_lines(&finding.prose, info_of(finding.kind).advice);
  return out;
}

}  // namespace temporal_slab::render
