// Which member of a snapshot's row a JSON key names. Follows from the table of
// fields; the arrays, which are not in it, are named here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "render/visit_fields.h"
#include "stats/snapshot.h"

namespace temporal_slab::tslab {

// One JSON object of the format.
using Row = std::variant<stats::Snapshot*, stats::ClassRow*, stats::EpochRow*, stats::AbandonedRow*,
                         stats::HolderRow*>;

// One JSON array of the format.
using Rows = std::variant<std::vector<stats::ClassRow>*, std::vector<stats::EpochRow>*,
                          std::vector<stats::AbandonedRow>*, std::vector<stats::HolderRow>*>;

// Where the value of a key goes; monostate: nowhere.
using Target = std::variant<std::monostate, std::uint64_t*, std::string*, stats::EpochState*, Rows>;

// Members of a row, the arrays too.
inline constexpr std::size_t kMostMembers = 64;

// Calls visit(number, name, target) for each member of a row, numbered from 0.
template <typename Visitor>
void visit_members(Row row, Visitor&& visit) {
  std::visit(
      [&](auto* r) {
        std::size_t number = 0;
        const auto each = [&](std::string_view name, auto& member) {
          if constexpr (requires { Rows(&member); })
            visit(number++, name, Target(Rows(&member)));
          else
            visit(number++, name, Target(&member));
        };
        render::visit_fields(*r, each);
        if constexpr (std::is_same_v<decltype(r), stats::Snapshot*>) {
          each("classes", r->classes);
          each("epochs", r->epochs);
          each("abandoned", r->abandoned);
        } else if constexpr (requires { r->holders; }) {
          each("holders", r->holders);
        }
      },
      row);
}

}  // namespace temporal_slab::tslab
