#include "stats/snapshot_holders.h"

#include <cinttypes>
#include <cstdio>

#include "stats/saturating.h"
#include "stats/snapshot_build.h"

namespace temporal_slab::stats {
namespace {

template <std::uint32_t N>
std::string bytes_of(const TextWords<N>& text, std::size_t count) {
  std::string bytes(N, '\0');
  for (std::uint32_t i = 0; i < N / 8; ++i) {
    const std::uint64_t word = get(text.words[i]);
    std::memcpy(bytes.data() + 8 * i, &word, 8);
  }
  bytes.resize(std::min<std::size_t>(count, N));
  return bytes;
}

// A path has at most kModulePathBytes - 1 bytes, so its NUL is there unless the
// segment is damaged.
std::string path_of(const ModuleRecord& record) {
  std::string path = bytes_of(record.path, kModulePathBytes);
  path.resize(std::min(path.find('\0'), path.size()));
  return path;
}

std::string file_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  std::string clean(3 * name.size() + 1, '\0');               // each bad byte may become three
  clean.resize(base::sanitize_utf8(name, clean.data(), clean.size()));
  return clean;
}

void set_site(const SegmentCopy& copy, std::uint64_t return_address, HolderRow* row) {
  // A call may be the last instruction of its function: the byte before the return
  // address is in it for certain.
  const std::uint64_t address = return_address - 1;
  for (std::size_t i = get(copy.module_count); i-- > 0;) {
    const ModuleRecord& module = copy.modules[i];
    if (return_address == 0 || address < get(module.begin) || address >= get(module.end)) continue;
    row->address = {i, address - get(module.bias)};
    char offset[24];
    std::snprintf(offset, sizeof(offset), "+0x%" PRIx64, row->address.offset);
    row->site = file_name(path_of(module)) + offset;
    return;
  }
}

template <typename Place>
HolderRow build_holder(const SegmentCopy& copy, const Place& place) {
  HolderRow row;
  row.tid = get(place.tid);
  row.thread = text_of(place.name);
  row.refs = get(place.refs);
  // Its words are not read at one instant: what it holds it has taken.
  row.taken = std::max(get(place.taken), row.refs);
  row.dropped = row.taken - row.refs;
  set_site(copy, get(place.site), &row);
  return row;
}

}  // namespace

std::vector<ModuleRow> build_modules(const SegmentCopy& copy) {
  std::vector<ModuleRow> rows;
  for (std::uint64_t i = 0; i < get(copy.module_count); ++i)
    rows.push_back({path_of(copy.modules[i]),
                    bytes_of(copy.modules[i].build_id, get(copy.modules[i].build_id_bytes))});
  return rows;
}

std::vector<HolderRow> build_holders(const SegmentCopy& copy, const HoldersCopy& holders,
                                     std::uint64_t now_ns) {
  std::vector<HolderRow> rows;
  for (std::uint64_t i = 0; i < holders.used; ++i) {
    if (!holders.counts[i]) continue;
    rows.push_back(build_holder(copy, holders.places[i]));
    const std::uint64_t since_ns = get(holders.places[i].since_ns);
    rows.back().held_sec = since_ns == 0 ? 0 : difference(now_ns, since_ns) / 1'000'000'000;
  }
  return rows;
}

std::vector<HolderRow> build_holders(const SegmentCopy& copy, const AbandonedRecord& record) {
  std::vector<HolderRow> rows;
  for (const AbandonedHolder& holder : record.holders)
    if (get(holder.refs) != 0) {
      rows.push_back(build_holder(copy, holder));
      rows.back().held_sec = get(holder.held_sec);
    }
  return rows;
}

}  // namespace temporal_slab::stats
