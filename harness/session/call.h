// One call of the C API as plain data, so that sequences of them can be drawn,
// shrunk, and read from bytes. Objects, references and domains are named by
// index into what there is when the call is made (modulo their number), so every
// sequence means something, also after others were left out of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/model/model.h"

namespace temporal_slab::harness::session {

// X(operation, what `a` and `b` say)
#define TEMPORAL_SLAB_OPERATIONS(X)                    \
  X(kAllocObj, "size, epoch")                          \
  X(kMallocEpoch, "size, epoch")                       \
  X(kMalloc, "size")                                   \
  X(kRealloc, "live object, size")                     \
  X(kReallocDead, "dead object, size")                 \
  X(kReallocNull, "size")                              \
  X(kFreeObj, "live object with a handle")             \
  X(kFree, "live object")                              \
  X(kUsableSize, "live object")                        \
  X(kFreeObjStale, "dead object with a handle")        \
  X(kFreeDead, "dead object")                          \
  X(kUsableSizeDead, "dead object")                    \
  X(kFreeObjForeign, "which")                          \
  X(kFreeObjForged, "bits, bits")                      \
  X(kFreeObjNextGeneration, "object, how far")         \
  X(kFreeForeign, "which")                             \
  X(kFreeInside, "live object, offset")                \
  X(kUsableSizeInside, "live object, offset")          \
  X(kFreeNull, "")                                     \
  X(kAdvance, "")                                      \
  X(kTurn, "how often, hold what is left?")            \
  X(kClose, "epoch")                                   \
  X(kTryClose, "epoch")                                \
  X(kDiscard, "epoch")                                 \
  X(kSetLabel, "epoch; text")                          \
  X(kSetLabelNull, "epoch")                            \
  X(kInc, "epoch")                                     \
  X(kDec, "epoch")                                     \
  X(kRead, "epoch: era, state, refcount, label of it") \
  X(kAcquire, "")                                      \
  X(kRelease, "reference, forget it?")                 \
  X(kReleaseForged, "epoch, era")                      \
  X(kOpen, "; label")                                  \
  X(kDup, "reference")                                 \
  X(kFinish, "reference, forget it? and how")          \
  X(kRefCalls, "reference, which call; label")         \
  X(kAllocRef, "size, reference")                      \
  X(kDomainCreate, "")                                 \
  X(kDomainWrap, "epoch, auto_close?")                 \
  X(kDomainForeign, "")                                \
  X(kDomainEnter, "domain, of any thread?")            \
  X(kDomainExit, "domain")                             \
  X(kDomainExitInnermost, "")                          \
  X(kDomainDestroy, "domain")                          \
  X(kDomainForceClose, "domain")                       \
  X(kNullAllocator, "which function")                  \
  X(kThreadRestart, "")                                \
  X(kFigures, "")                                      \
  X(kJson, "")                                         \
  X(kWalk, "")

#define TEMPORAL_SLAB_OPERATION(name, arguments) name,
enum class Operation : std::uint8_t { TEMPORAL_SLAB_OPERATIONS(TEMPORAL_SLAB_OPERATION) kCount };
#undef TEMPORAL_SLAB_OPERATION
inline constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::kCount);

// An epoch is a number, good or bad, or this plus how far it is behind the current.
inline constexpr std::uint32_t kBehindCurrent = 0x100;

std::string_view operation_name(Operation operation);

struct Call {
  Operation operation = Operation::kRead;
  std::uint8_t thread = 0;  // 0 is the caller's own
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::string text;

  friend bool operator==(const Call&, const Call&) = default;
};

struct Config {
  std::size_t retain_bytes = 0;
  std::size_t max_bytes = 0;
  model::Ring ring = {};
};

}  // namespace temporal_slab::harness::session
