#include "harness/session/holding.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/session/say.h"

namespace temporal_slab::harness::session {
namespace {

using Held = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // tid, references

std::string text(const Held& held) {
  std::string all;
  for (const auto& [tid, refs] : held) all += text_of(all.empty() ? "" : ", ", tid, ": ", refs);
  return all.empty() ? "none" : all;
}

std::string compare_sum(const std::vector<stats::HolderRow>& holders, std::uint64_t refs) {
  std::uint64_t sum = 0;
  for (const stats::HolderRow& holder : holders) {
    if (holder.refs == 0) return "a holder of none";
    sum += holder.refs;
  }
  return sum == refs ? "" : text_of("the holders of ", refs, " references have ", sum);
}

}  // namespace

void Holding::after_call(const model::Model& model) {
  for (std::uint32_t i = 0; i < model.epoch_count(); ++i) {
    const model::Incarnation& now = model.epoch(i);
    epochs_[i] = {now.held, !now.holders_known};
  }
}

std::string Holding::compare(const stats::EpochRow& row, const Incarnation& must) const {
  if (std::string wrong = compare_sum(row.holders, row.refcount); !wrong.empty()) return wrong;
  if (must.handed_on) return "";
  Held wanted;
  for (const auto& [thread, refs] : must.by)
    if (refs != 0) wanted.emplace_back(tids_.at(thread), refs);
  Held found;
  for (const stats::HolderRow& holder : row.holders) found.emplace_back(holder.tid, holder.refs);
  std::sort(wanted.begin(), wanted.end());
  std::sort(found.begin(), found.end());
  // Of more threads than are told apart the rest is one holder (R-2.3-3).
  if (wanted.size() >= 64 || found == wanted) return "";
  return "the holders must be " + text(wanted) + ", are " + text(found);
}

std::string Holding::compare(const stats::Snapshot& snapshot) const {
  for (std::size_t i = 0; i < snapshot.epochs.size() && i < epochs_.size(); ++i)
    if (const std::string wrong = compare(snapshot.epochs[i], epochs_[i]); !wrong.empty())
      return text_of("epochs[", i, "]: ", wrong);
  for (std::size_t i = 0; i < snapshot.abandoned.size(); ++i)
    if (const std::string wrong =
            compare_sum(snapshot.abandoned[i].holders, snapshot.abandoned[i].refcount);
        !wrong.empty())
      return text_of("abandoned[", i, "]: ", wrong);
  return "";
}

}  // namespace temporal_slab::harness::session
