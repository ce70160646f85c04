// State machines over the whole C API: any sequence of calls, misuse included,
// does what the model says.
#include <gtest/gtest.h>

#include "properties/reproduce.h"

namespace temporal_slab::properties {
namespace {

using enum harness::session::Operation;

constexpr Weighted kObjectCalls[] = {
    {kAllocObj, 30},      {kMallocEpoch, 8},   {kMalloc, 8},
    {kRealloc, 8},        {kReallocDead, 1},   {kReallocNull, 2},
    {kFreeObj, 20},       {kFree, 12},         {kUsableSize, 2},
    {kFreeObjStale, 6},   {kFreeDead, 3},      {kUsableSizeDead, 2},
    {kFreeObjForeign, 2}, {kFreeObjForged, 2}, {kFreeObjNextGeneration, 2},
    {kFreeForeign, 2},    {kFreeInside, 2},    {kUsableSizeInside, 1},
    {kFreeNull, 1},       {kAdvance, 3},       {kClose, 3},
    {kDiscard, 2},        {kFigures, 1},       {kWalk, 2},
};

constexpr Weighted kEpochCalls[] = {
    {kAllocObj, 10},     {kFreeObj, 6},       {kAdvance, 30},      {kTurn, 4},
    {kClose, 8},         {kTryClose, 6},      {kDiscard, 3},       {kSetLabel, 8},
    {kSetLabelNull, 1},  {kInc, 20},          {kDec, 12},          {kRead, 4},
    {kAcquire, 10},      {kRelease, 8},       {kReleaseForged, 2}, {kOpen, 10},
    {kDup, 6},           {kFinish, 10},       {kRefCalls, 8},      {kAllocRef, 6},
    {kThreadRestart, 1}, {kNullAllocator, 2}, {kFigures, 1},       {kJson, 1},
    {kWalk, 1},
};

constexpr Weighted kDomainCalls[] = {
    {kMalloc, 12},       {kFree, 8},
    {kAdvance, 8},       {kTurn, 4},
    {kClose, 3},         {kTryClose, 2},
    {kInc, 4},           {kDec, 6},
    {kDomainCreate, 6},  {kDomainWrap, 10},
    {kDomainForeign, 2}, {kDomainEnter, 30},
    {kDomainExit, 6},    {kDomainExitInnermost, 16},
    {kDomainDestroy, 3}, {kDomainForceClose, 3},
    {kThreadRestart, 2}, {kDiscard, 1},
    {kWalk, 1},          {kJson, 1},
};

std::vector<Weighted> all_calls() {
  std::vector<Weighted> calls(std::begin(kObjectCalls), std::end(kObjectCalls));
  calls.insert(calls.end(), std::begin(kEpochCalls), std::end(kEpochCalls));
  calls.insert(calls.end(), std::begin(kDomainCalls), std::end(kDomainCalls));
  return calls;
}

constexpr int kCases = 300;

// R-2.1-1 R-2.1-2 R-2.1-3 R-2.1-4 R-2.1-5 R-2.1-6 R-2.2-6 R-2.2-7 R-2.2-8 R-2.2-9 R-2-2
TEST(Machines, Objects) { check_machine({"objects", kObjectCalls, 8, 0, 1}, kCases); }

// R-2.1-10
TEST(Machines, Memory) { check_machine({"memory", kObjectCalls, 3, 12, 1}, kCases); }

// R-2.2-1 R-2.2-2 R-2.2-3 R-2.2-4 R-2.2-5 R-2.3-1 R-2.3-2 R-2.3-4 R-2.4-1 R-2-1 R-3-4
TEST(Machines, Epochs) { check_machine({"epochs", kEpochCalls, 2, 0, 3}, kCases); }

// R-2.5-1 R-2.5-2 R-2.5-3 R-2.5-4 R-2.3-3
TEST(Machines, Domains) { check_machine({"domains", kDomainCalls, 2, 0, 3}, kCases); }

// R-2-2 R-2.1-7 R-3-4
TEST(Machines, Everything) {
  const std::vector<Weighted> calls = all_calls();
  check_machine({"everything", calls, 4, 0, 3}, kCases);
}

}  // namespace
}  // namespace temporal_slab::properties
