#include "render/findings.h"

#include <algorithm>
#include <limits>

#include "render/text.h"
#include "stats/saturating.h"

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

// Without an age to wait for, whatever was left counts: the time of a process that died stands
// still.
bool was_left(const EpochRow& row, std::uint64_t age_sec) {
  return row.state == stats::EpochState::kClosing &&
         (age_sec == 0 || row.closing_since_sec > age_sec);
}

// How long an epoch has been as it is: closed, or open.
std::uint64_t settled_sec(const EpochRow& row) {
  return row.state == stats::EpochState::kClosing ? row.closing_since_sec : row.age_sec;
}

// A holder at work takes and drops, on an epoch of any age; one that only takes does not leave.
bool keeps_references(const EpochRow& row, std::uint64_t age_sec) {
  return row.kept_refs != 0 && row.kept_oldest_sec > age_sec && row.age_sec > age_sec;
}

// A line for each holder, and one for references of which none is known.
void add_holders(std::vector<std::string>* prose, const std::vector<HolderRow>& holders,
                 std::uint64_t refcount, const std::string& indent) {
  std::uint64_t known = 0;
  for (const HolderRow& holder : holders) {
    stats::grow(known, holder.refs);
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
    if (!leaks_references(row, t.age_sec)) continue;
    Finding finding = {FindingKind::kRefLeak, {}, {}, row.holders, {}};
    finding.facts = {
        {&facts::kEpoch, row.epoch_id},      {&facts::kEra, row.epoch_era},
        {&facts::kLabel, row.label},         {&facts::kRefcount, row.refcount},
        {&facts::kAge, row.age_sec},         {&facts::kState, std::string(state_name(row.state))},
        {&facts::kPinned, pinned_bytes(row)}};
    finding.prose = {was_left(row, t.age_sec)
                         ? "Application bug: " + quantity(row.refcount, "reference") +
                               " taken and never dropped for " + duration(row.age_sec) + "."
                         : "Application bug: " + quantity(row.kept_refs, "reference") +
                               " taken and never dropped for " + duration(row.kept_oldest_sec) +
                               (row.epoch_id == s.current_epoch
                                    ? ", by holders that never dropped any."
                                    : ", in an epoch that is no longer current.")};
    add_holders(&finding.prose, row.holders, row.refcount, "");
    out->push_back(std::move(finding));
  }
}

void find_abandoned_refs(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  if (s.abandoned_refs <= t.abandoned_refs) return;
  Finding finding = {FindingKind::kAbandonedRefs, {}, {}, {}, s.abandoned};
  finding.facts = {{&facts::kCount, s.abandoned_refs}, {&facts::kTakeover, s.takeover_after_sec}};
  const std::string what =
      quantity(s.abandoned_refs, "reference") + " stood when the full ring took their epoch over";
  if (s.takeover_after_sec == 0)
    finding.prose = {what + ", at once.",
                     "With takeover_after_sec 0 these may be scopes at work, more than the " +
                         quantity(s.epoch_count, "epoch") + " of the ring."};
  else
    finding.prose = {"Application bug: " + what + ", left " + duration(s.takeover_after_sec) +
                     " before or longer."};
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

void find_ring_full(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  if (s.advances_held <= t.advances_held) return;
  Finding finding = {FindingKind::kRingFull, {}, {}, {}, {}};
  finding.facts = {{&facts::kCount, s.advances_held},
                   {&facts::kEpochCount, s.epoch_count},
                   {&facts::kTakeover, s.takeover_after_sec}};
  const auto referenced = std::count_if(s.epochs.begin(), s.epochs.end(),
                                        [](const EpochRow& row) { return row.refcount != 0; });
  finding.prose = {quantity(s.advances_held, "call") + " could not turn the ring: all " +
                       std::to_string(s.epoch_count) +
                       " epochs had references, and none was left " +
                       duration(s.takeover_after_sec) + " before.",
                   "Now " + std::to_string(referenced) + " of them have."};
  out->push_back(std::move(finding));
}

std::string megabytes(std::uint64_t bytes) {
  std::string text;
  append_megabytes(text, bytes);
  return text;
}

// The rows of most figure first, so many of them.
template <typename Row, typename Figure>
std::vector<const Row*> most_of(const std::vector<Row>& rows, std::size_t most, Figure figure) {
  std::vector<const Row*> found;
  for (const Row& row : rows)
    if (figure(row) != 0) found.push_back(&row);
  std::stable_sort(found.begin(), found.end(),
                   [&](const Row* a, const Row* b) { return figure(*a) > figure(*b); });
  found.resize(std::min(found.size(), most));
  return found;
}

constexpr std::size_t kMostNamed = 3;

// Objects of eras before: one finding for the whole ring, which carries them from place to
// place of the table faster than anybody reads.
void find_carried_leaks(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  const auto objects = [&](const EpochRow& row) {
    return row.carried_oldest_age_sec > t.age_sec ? row.carried_objects : 0;
  };
  std::uint64_t total = 0;
  std::uint64_t bytes = 0;
  std::uint64_t eras = 0;
  std::uint64_t oldest_sec = 0;
  std::uint64_t slab_bytes = 0;
  const std::vector<const EpochRow*> rows = most_of(s.epochs, s.epochs.size(), objects);
  for (const EpochRow* row : rows) {
    stats::grow(total, row->carried_objects);
    stats::grow(bytes, row->carried_bytes);
    stats::grow(eras, row->carried_eras);
    stats::grow(slab_bytes, row->carried_slab_bytes);
    oldest_sec = std::max(oldest_sec, row->carried_oldest_age_sec);
  }
  if (total == 0) return;
  Finding finding = {FindingKind::kObjectLeak, {}, {}, {}, {}};
  finding.facts = {{&facts::kCarriedObjects, total},
                   {&facts::kCarriedBytes, bytes},
                   {&facts::kCarriedEras, eras},
                   {&facts::kCarriedOldest, oldest_sec},
                   {&facts::kPinned, slab_bytes}};
  finding.prose = {"Application bug: " + quantity(total, "object") + " of " +
                       quantity(eras, "era") + " never freed; the ring carries them along in " +
                       quantity(rows.size(), "epoch") + ".",
                   "The oldest of these eras opened " + duration(oldest_sec) + " ago."};
  for (std::size_t i = 0; i < std::min(rows.size(), kMostNamed); ++i)
    finding.prose.push_back("epoch " + std::to_string(rows[i]->epoch_id) + ": " +
                            quantity(rows[i]->carried_objects, "object") + " of " +
                            quantity(rows[i]->carried_eras, "era") + ", the oldest " +
                            duration(rows[i]->carried_oldest_age_sec) + " old");
  out->push_back(std::move(finding));
}

void find_object_leaks(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  for (const EpochRow& row : s.epochs) {
    if (!leaks_objects(row, t.age_sec)) continue;
    const std::uint64_t objects = stats::difference(row.live_objects, row.carried_objects);
    Finding finding = {FindingKind::kObjectLeak, {}, {}, {}, {}};
    finding.facts = {
        {&facts::kEpoch, row.epoch_id},
        {&facts::kEra, row.epoch_era},
        {&facts::kLabel, row.label},
        {&facts::kLiveObjects, objects},
        {&facts::kLiveBytes, stats::difference(row.live_bytes, row.carried_bytes)},
        {&facts::kAge, row.age_sec},
        {&facts::kPinned, stats::difference(pinned_bytes(row), row.carried_slab_bytes)}};
    finding.prose = {"Application bug: " + quantity(objects, "object") +
                         " never freed, in a closed epoch that nobody references.",
                     "It opened " + duration(row.age_sec) + " ago, and was left " +
                         duration(row.closing_since_sec) + " ago."};
    out->push_back(std::move(finding));
  }
  find_carried_leaks(s, t, out);
}

// Slabs that hold objects, and what these take of them.
struct Fill {
  std::uint64_t slab_bytes = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t empty_bytes() const { return stats::difference(slab_bytes, live_bytes); }
};

// Of the slabs at an epoch that are older than the age.
Fill old_slabs(const EpochRow& row, std::uint64_t age_sec) {
  Fill fill;
  if (settled_sec(row) > age_sec)
    fill = {stats::difference(pinned_bytes(row), row.carried_slab_bytes),
            stats::difference(row.live_bytes, row.carried_bytes)};
  if (row.carried_oldest_age_sec > age_sec) {
    stats::grow(fill.slab_bytes, row.carried_slab_bytes);
    stats::grow(fill.live_bytes, row.carried_bytes);
  }
  return fill;
}

Fill fill_of(const stats::ClassRow& row) {
  if (row.slab_bytes == 0) return {};  // each as large as its object
  return {stats::product(stats::sum(row.total_partial_slabs, row.total_full_slabs), row.slab_bytes),
          row.live_bytes};
}

std::string in_words(const Fill& fill) {
  return megabytes(fill.slab_bytes) + " of slabs, " + megabytes(fill.live_bytes) +
         " of that objects";
}

void find_pinned_slabs(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  Fill all;
  for (const EpochRow& row : s.epochs) {
    const Fill fill = old_slabs(row, t.age_sec);
    stats::grow(all.slab_bytes, fill.slab_bytes);
    stats::grow(all.live_bytes, fill.live_bytes);
  }
  constexpr std::uint64_t kMegabyte = 1 << 20;
  if (all.empty_bytes() <= stats::product(t.pinned_slabs_mb, kMegabyte) ||
      all.live_bytes >= all.empty_bytes())
    return;
  Finding finding = {FindingKind::kPinnedSlabs, {}, {}, {}, {}};
  finding.facts = {{&facts::kEmpty, all.empty_bytes()},
                   {&facts::kLiveBytes, all.live_bytes},
                   {&facts::kPinned, all.slab_bytes}};
  finding.prose = {megabytes(all.empty_bytes()) + " of free slots cannot go back to the system: " +
                   in_words(all) + ", for longer than " + duration(t.age_sec) + "."};
  for (const EpochRow* row : most_of(s.epochs, kMostNamed, [&](const EpochRow& one) {
         return old_slabs(one, t.age_sec).empty_bytes();
       }))
    finding.prose.push_back("epoch " + std::to_string(row->epoch_id) + " (era " +
                            std::to_string(row->epoch_era) + ", " +
                            std::string(state_name(row->state)) + ", \"" + row->label +
                            "\"): " + in_words(old_slabs(*row, t.age_sec)) +
                            (row->carried_eras == 0 ? "" : ", some carried"));
  for (const stats::ClassRow* row : most_of(s.classes, kMostNamed, [](const stats::ClassRow& one) {
         return fill_of(one).empty_bytes();
       }))
    finding.prose.push_back("size class " + std::to_string(row->object_size) +
                            ", in all epochs: " + in_words(fill_of(*row)));
  out->push_back(std::move(finding));
}

// A kind that is one counter.
void find_count(FindingKind kind, std::uint64_t count, const Thresholds& t, std::string prose,
                std::vector<Finding>* out) {
  if (count <= t.*info_of(kind).threshold) return;
  out->push_back({kind, {{&facts::kCount, count}}, {std::move(prose)}, {}, {}});
}

void find_bad_frees(const Snapshot& s, const Thresholds& t, std::vector<Finding>* out) {
  const std::uint64_t count = stats::sum(s.invalid_frees, s.stale_frees);
  if (count <= t.bad_frees) return;
  Finding finding = {FindingKind::kBadFree, {}, {}, {}, {}};
  finding.facts = {{&facts::kCount, count},
                   {&facts::kInvalid, s.invalid_frees},
                   {&facts::kStale, s.stale_frees}};
  finding.prose = {"Application bug: " + quantity(count, "free") +
                   " refused. Nothing was corrupted."};
  out->push_back(std::move(finding));
}

constexpr std::uint64_t kFewAllocations = 10'000;

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
  // Of the first few each is the first of something.
  if (s.total_allocs < kFewAllocations && s.total_slow_path_hits < kFewAllocations) return;
  const std::uint64_t share =
      share_of(s.total_slow_path_hits, std::max<std::uint64_t>(s.total_allocs, 1));
  if (share / 100 < t.slow_path_pct || share <= t.slow_path_pct * 100) return;
  const auto total = [&s](const Cause& cause) {
    std::uint64_t sum = 0;
    for (const stats::ClassRow& row : s.classes) stats::grow(sum, row.*cause.member);
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

bool leaks_references(const EpochRow& row, std::uint64_t age_sec) {
  return row.refcount != 0 && (was_left(row, age_sec) || keeps_references(row, age_sec));
}

bool leaks_objects(const EpochRow& row, std::uint64_t age_sec) {
  return was_left(row, age_sec) && row.refcount == 0 && row.live_objects > row.carried_objects;
}

std::vector<Finding> find(const Snapshot& s, const Thresholds& t) {
  std::vector<Finding> out;
  find_ref_leaks(s, t, &out);
  find_abandoned_refs(s, t, &out);
  find_ring_full(s, t, &out);
  find_object_leaks(s, t, &out);
  find_pinned_slabs(s, t, &out);
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
