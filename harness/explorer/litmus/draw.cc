#include "harness/explorer/litmus/draw.h"

#include <iterator>

namespace temporal_slab::explorer::litmus {
namespace {

// How likely each kind of access is told by how often it stands here.
constexpr Kind kKinds[] = {Kind::kLoad,  Kind::kLoad, Kind::kLoad,     Kind::kStore,
                           Kind::kStore, Kind::kAdd,  Kind::kExchange, Kind::kFence};

std::memory_order order_for(Kind kind, Random& random) {
  using enum std::memory_order;
  constexpr std::memory_order kLoads[] = {relaxed, acquire, seq_cst};
  constexpr std::memory_order kStores[] = {relaxed, release, seq_cst};
  constexpr std::memory_order kBoth[] = {relaxed, acquire, release, acq_rel, seq_cst};
  constexpr std::memory_order kFences[] = {acquire, release, acq_rel, seq_cst, seq_cst};
  switch (kind) {
    case Kind::kLoad:
      return kLoads[random.below(3)];
    case Kind::kStore:
      return kStores[random.below(3)];
    case Kind::kFence:
      return kFences[random.below(5)];
    default:
      return kBoth[random.below(5)];
  }
}

}  // namespace

Program draw(Random& random, int threads, int most_instructions, int most_events) {
  Program program;
  int reg = 0;
  int value = 1;
  int events = 0;
  for (int t = 0; t < threads; ++t) {
    program.threads.emplace_back();
    for (int i = 1 + random.below(most_instructions); i > 0 && events < most_events;
         --i, ++events) {
      Instruction each;
      each.kind = kKinds[random.below(static_cast<int>(std::size(kKinds)))];
      const bool reads =
          each.kind == Kind::kLoad || each.kind == Kind::kAdd || each.kind == Kind::kExchange;
      if (reads && reg == kRegisters)
        each.kind = Kind::kStore;
      else if (reads)
        each.reg = reg++;
      if (each.kind != Kind::kFence) each.location = random.below(2);
      if (each.kind == Kind::kStore || each.kind == Kind::kExchange) each.value = value++;
      if (each.kind == Kind::kAdd) each.value = 10;
      each.order = order_for(each.kind, random);
      program.threads.back().push_back(each);
    }
  }
  return program;
}

}  // namespace temporal_slab::explorer::litmus
