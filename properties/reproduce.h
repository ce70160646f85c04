// Runs a property and, if it does not hold, says how to see that again.
//
// Environment:
//   TEMPORAL_SLAB_PROPERTY_CASES  how many cases of each property; the long form
//   TEMPORAL_SLAB_PROPERTY_SEED   which ones; else always the same
//   TEMPORAL_SLAB_PROPERTY_FORK   1: each program of calls in a process of its own,
//                                 so that crashes are shrunk too
//   RC_PARAMS                     what a failure prints: that very case
#pragma once

#include <functional>
#include <string>

#include "properties/draw.h"

namespace temporal_slab::properties {

// A test failure with the report unless the property holds. `body` draws and
// asserts with RapidCheck. `name` is the test's, as --gtest_filter takes it.
void check(const std::string& name, int cases, const std::function<void()>& body);

// The property of a state machine: every program that it draws agrees with the
// model to the end.
void check_machine(const Machine& machine, int cases);

// How the running test is called.
std::string test_name();

}  // namespace temporal_slab::properties
