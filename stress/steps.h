// The steps that scenarios are made of. Each checks what it is told against what
// the shadow knows, and fails the run if they differ.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include "stress/world.h"

namespace temporal_slab::stress {

// Objects (steps_objects.cc, steps_sharing.cc).
void allocate_or_free(World& world, Worker& me);  // towards a number that changes
void resize(World& world, Worker& me);
void look_at_object(World& world, Worker& me);
void hand_over(World& world, Worker& me);
void take_mail(World& world, Worker& me);  // and free it
void duel(World& world, Worker& me);
void rival(World& world, Worker& me);

// Misuse (steps_misuse.cc).
void free_twice(World& world, Worker& me);
void free_forged_handle(World& world, Worker& me);
void free_forged_pointer(World& world, Worker& me);
void aside(World& world, Worker& me);  // other allocators, steps_aside.cc

// The ring (steps_ring.cc).
void advance(World& world, Worker& me);
void close_epoch(World& world, Worker& me);
void try_close(World& world, Worker& me);
void discard_alone(World& world, Worker& me);  // with the gate of objects closed

// Discards that race with allocations and frees (steps_discard_race.cc). All
// objects are known by handle alone, and nobody touches their bytes.
void allocate_or_free_handle(World& world, Worker& me);
void discard_in_race(World& world, Worker& me);
void free_raced_handle(World& world, Worker& me, const Object& object);

// References and domains (steps_references.cc, steps_domains.cc).
void inc_or_dec(World& world, Worker& me);
void acquire_or_release(World& world, Worker& me);
void release_stale(World& world, Worker& me);
void enter_or_leave_domain(World& world, Worker& me);
void leave_domains(Worker& me);

// Scopes (steps_scopes.cc).
void open_scope(World& world, Worker& me);
void use_scope(World& world, Worker& me);
void finish_scope(World& world, Worker& me);
void hand_scope_on(World& world, Worker& me);
void finish_scope_of_another(World& world, Worker& me);

// Labels and figures (steps_labels.cc, steps_figures.cc).
void set_label(World& world, Worker& me);
void set_label_of_era(World& world, Worker& me);  // of an incarnation that it holds
void read_label(World& world, Worker& me);
void read_epoch_row(World& world, Worker& me);
void read_class_row(World& world, Worker& me);
void read_global(World& world, Worker& me);
void write_json(World& world, Worker& me);

// Shared by steps.
EpochId random_epoch(Random& random);
EpochId likely_active_epoch(World& world, Random& random);
EpochId watched_epoch(World& world, Random& random);  // likely one that is about to open
void free_object(World& world, Worker& me, const Object& object);
Object take_random_object(Worker& me);

}  // namespace temporal_slab::stress
