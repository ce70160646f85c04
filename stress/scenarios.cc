#include "stress/scenario.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// Weights are calls in about 20,000.
constexpr Step kMixed[] = {
    {"allocate or free", 12000, true, allocate_or_free},
    {"resize", 800, true, resize},
    {"look at an object", 800, true, look_at_object},
    {"hand objects over", 60, true, hand_over},
    {"take mail", 120, true, take_mail},
    {"duel", 200, true, duel},
    {"rival", 400, true, rival},
    {"free twice", 400, false, free_twice},
    {"free a forged handle", 300, false, free_forged_handle},
    {"free a forged pointer", 300, true, free_forged_pointer},
    {"another allocator", 2, true, aside},
    {"advance", 60, false, advance},
    {"close", 60, false, close_epoch},
    {"try_close", 60, false, try_close},
    {"discard", 1, false, discard_alone},
    {"inc or dec", 1200, false, inc_or_dec},
    {"acquire or release", 1200, false, acquire_or_release},
    {"stale release", 200, false, release_stale},
    {"enter or leave a domain", 600, false, enter_or_leave_domain},
    {"set a label", 300, false, set_label},
    {"read a label", 300, false, read_label},
    {"read an epoch's row", 200, false, read_epoch_row},
    {"read a class's row", 40, false, read_class_row},
    {"read the allocator's figures", 20, false, read_global},
    {"write JSON", 4, false, write_json},
};

constexpr Step kReferences[] = {
    {"inc or dec", 400, false, inc_or_dec},
    {"acquire or release", 400, false, acquire_or_release},
    {"stale release", 20, false, release_stale},
    {"try_close", 60, false, try_close},
    {"read an epoch's row", 20, false, read_epoch_row},
};

constexpr Step kScopes[] = {
    {"open a scope", 100, false, open_scope},
    {"use a scope", 200, true, use_scope},
    {"finish a scope", 60, false, finish_scope},
    {"hand a scope on", 40, false, hand_scope_on},
    {"finish another's scope", 40, false, finish_scope_of_another},
    {"write JSON", 1, false, write_json},
};

constexpr Step kRing[] = {
    {"advance", 20, false, advance},
    {"close", 20, false, close_epoch},
    {"label an era", 60, false, set_label_of_era},
    {"read a label", 60, false, read_label},
    {"read an epoch's row", 60, false, read_epoch_row},
    {"read the allocator's figures", 2, false, read_global},
    {"allocate or free", 60, true, allocate_or_free},
};

constexpr Step kRemote[] = {
    {"allocate or free", 2000, true, allocate_or_free},
    {"hand objects over", 120, true, hand_over},
    {"take mail", 240, true, take_mail},
    {"duel", 100, true, duel},
    {"rival", 200, true, rival},
    {"free twice", 100, false, free_twice},
    {"advance", 1, false, advance},
};

constexpr Step kDiscard[] = {
    {"allocate or free a handle", 2000, true, allocate_or_free_handle},
    {"free twice", 50, false, free_twice},
    {"discard", 4, false, discard_in_race},
    {"advance", 2, false, advance},
    {"read an epoch's row", 20, false, read_epoch_row},
};

constexpr Scenario kScenarios[] = {
    {.name = "mixed",
     .about = "everything at once",
     .steps = kMixed,
     .objects_per_thread = 1500,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 4 * kMiB},
    {.name = "references",
     .about = "inc, dec, acquire, release and try_close, each counted exactly",
     .steps = kReferences,
     .objects_per_thread = 0,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 4 * kMiB,
     .references_are_exact = true},
    {.name = "scopes",
     .about = "opened, used, handed on and finished by reference, in a ring of any size",
     .steps = kScopes,
     .objects_per_thread = 0,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 1 * kMiB,
     .references_are_exact = true,
     .scopes_are_exact = true},
    {.name = "ring",
     .about = "the ring turns fast under labels that say their era",
     .steps = kRing,
     .objects_per_thread = 300,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 1 * kMiB},
    {.name = "remote",
     .about = "objects freed by other threads than their own",
     .steps = kRemote,
     .objects_per_thread = 3000,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 4 * kMiB},
    {.name = "discard",
     .about = "discards against allocations and frees",
     .steps = kDiscard,
     .objects_per_thread = 0,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 1 * kMiB,
     .discards_race = true},
    {.name = "tight",
     .about = "everything with 256 KiB of memory and nothing kept warm",
     .steps = kMixed,
     .objects_per_thread = 60,
     .steps_per_thread = 0,
     .max_bytes = 256 * 1024,
     .retain_bytes = 0},
    {.name = "short-threads",
     .about = "everything by threads that live for a few hundred steps",
     .steps = kMixed,
     .objects_per_thread = 500,
     .steps_per_thread = 300,
     .max_bytes = 0,
     .retain_bytes = 1 * kMiB},
    {.name = "histories",
     .about = "is what 4 threads at most are told of references, ring, labels linearizable?",
     .steps = {},
     .objects_per_thread = 0,
     .steps_per_thread = 0,
     .max_bytes = 0,
     .retain_bytes = 0,
     .records_histories = true},
};

}  // namespace

std::span<const Scenario> all_scenarios() { return kScenarios; }

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& scenario : kScenarios)
    if (name == scenario.name) return &scenario;
  return nullptr;
}

}  // namespace temporal_slab::stress
