// A barrier in every thread of the process without membarrier: a page is taken away from all
// processors. For who relied on membarrier and is refused it after all (membarrier() in native.h);
// dearer than it, some microseconds.
//
// How. A page is written, so that this process has a translation by which it may be written; then
// that is taken back (madvise; where memory is locked, mprotect). The kernel returns when no
// processor can write by it any more. On x86-64 a processor gives up a translation by an
// instruction of its own, so the kernel interrupts each one that runs a thread of the process and
// waits for its answer.
//
// Why that is a barrier. Each thread, at one instant between the call and the return,
//  - is interrupted: entering and leaving the kernel serialises, what it stored is seen by who gets
//    its answer, and what it loads afterwards it reads afterwards; or
//  - is not on a processor. What it stored went before the full fence of the switch that took it
//    away, and what it loads comes after the one of the switch that brings it back. The kernel
//    decides whom to interrupt by a mark that those switches change, with full fences on both
//    sides; a switch that it does not see yet finds what the caller stored before.
// Who else takes the translation in the meantime (reclaim, migration, a same-page merge) has to
// interrupt the same processors; madvise and mprotect wait for that.
//
// Where it is not one, and is not used: where processors are told by broadcast, and none is
// interrupted. That is every other architecture for all that is known here, and x86-64 with INVLPGB
// (Linux uses it from 6.15 on). Nor where Linux leaves the matter to a hypervisor that promises
// translations alone (Hyper-V, Xen). KVM's guests do it as above; a processor that the host has
// taken away is left out, and comes back by a full fence.
//
// Threads. Any, one at a time by a lock that nothing is taken under. A child of fork() may find it
// held only if fork was called past pthread_atfork. Not for signal handlers, as all who stop
// others.
#pragma once

#include <cstdint>

namespace temporal_slab::sync {

// False: on this machine the page would be taken away without interrupts.
bool can_interrupt();

enum class Interrupted : std::uint8_t {
  kAll,
  kNoMemory,  // it may work the next time
  kRefused,   // as system calls are filtered now, it never will
};
// After can_interrupt() said true. errno is lost.
Interrupted interrupt_all_threads();

}  // namespace temporal_slab::sync
