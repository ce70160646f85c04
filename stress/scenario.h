// A scenario: which steps its threads take, how often each, and with what limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace temporal_slab::stress {

struct World;
struct Worker;

struct Step {
  const char* name;
  unsigned weight;
  bool holds_objects;  // goes through the gate of objects
  void (*run)(World& world, Worker& me);
};

struct Scenario {
  const char* name;
  const char* about;
  std::span<const Step> steps;
  std::size_t objects_per_thread;     // at most about so many
  std::uint64_t steps_per_thread;     // then another thread goes on in its place; 0 = never
  std::size_t max_bytes;              // unless the command line says otherwise
  std::size_t retain_bytes;           // likewise
  bool references_are_exact = false;  // nothing but try_close closes, no reference is taken over
  bool scopes_are_exact = false;      // a ring of any size, which is held where it is full
  bool discards_race = false;         // the shadow learns of a discard when it next frees
  bool records_histories = false;     // no steps: histories.h
};

// nullptr if there is none of this name.
const Scenario* find_scenario(std::string_view name);

std::span<const Scenario> all_scenarios();

}  // namespace temporal_slab::stress
