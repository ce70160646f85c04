#include "harness/sample_snapshots.h"

namespace temporal_slab::harness {

const std::vector<std::string>& hostile_labels() {
  using std::string_literals::operator""s;  // keeps the NUL
  static const std::vector<std::string> labels = {
      R"(say "hi" and 'bye')",
      R"(C:\new\table\)",
      "two\nlines\r\ttab",
      "\x1B[31mred\x1B[0m",
      "\x1B]0;title\x07 bell",
      "\xC2\x9B"
      "31m one C1, \xC2\x85 one NEL",
      "\xE2\x80\xAEright to left\xE2\x80\xAC",
      "\xE2\x81\xA6isolate\xE2\x81\xA9 \xE2\x80\x8E\xE2\x80\x8F\xD8\x9C",
      "\xFF\xFE raw \x80",
      "cut off \xF0\x9F\x98",
      "surrogate \xED\xA0\x80 overlong \xC0\xAF",
      "exactly thirty-one bytes of it.",
      "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E \xF0\x9F\x98\x80 \xEF\xBD\xB1",
      "e\xCC\x81 a\xCC\x88\xCC\xA3 \xE2\x80\x8D",
      "nul \0 del \x7F line \xE2\x80\xA8 paragraph \xE2\x80\xA9"s,
      R"(","refcount":0,"label":"{{x}}%s)",
  };
  return labels;
}

stats::Snapshot hostile_snapshot() {
  stats::Snapshot s = busy_snapshot();
  const std::vector<std::string>& labels = hostile_labels();
  std::size_t next = 0;
  const auto take = [&] { return labels[next++ % labels.size()]; };
  for (stats::EpochRow& epoch : s.epochs) epoch.label = take();
  for (stats::AbandonedRow& record : s.abandoned) record.label = take();
  s.version = take();
  s.process = take();
  s.allocator = take();
  for (std::size_t i = 0; i < s.epochs.size(); ++i) {
    stats::HolderRow holder;
    holder.tid = 4300 + i;
    holder.refs = 1;
    holder.taken = 1 + i;
    holder.dropped = i;
    holder.held_sec = 60 * i;
    holder.thread = labels[i % labels.size()];
    holder.site = labels[(i + 1) % labels.size()];
    s.epochs[i].holders = {holder};
    s.epochs[i].refcount = 1;
  }
  return s;
}

}  // namespace temporal_slab::harness
