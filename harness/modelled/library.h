// The library as a subject of exploration: its calls as data, what they must come back with by the
// model, and the allocator built on the explorer that makes them.
//
//   using Program = parallel::Program<modelled::Spec>;
//   parallel::explore<modelled::Spec, modelled::Subject>(program, options)
//
// Each thread has one reference, one domain and kObjects objects of its own to name in calls;
// thread 0 makes the prefix and the suffix.
#pragma once

#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_stats.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/model/model.h"
#include "temporal_slab_explorer/atomic.h"
#include "temporal_slab_explorer/thread.h"

namespace temporal_slab::modelled {

namespace model = harness::model;

inline constexpr std::uint32_t kObjectBytes = 1000;  // few slots a slab: slabs come and go
inline constexpr std::uint32_t kBigBytes = 6000;     // four: a thread can name all of two slabs'
inline constexpr std::size_t kThreads = 4;           // the prefix's included
inline constexpr std::size_t kObjects = 8;

// X(operation, what `a` and `b` say)
#define TEMPORAL_SLAB_MODELLED_CALLS(X)                                                            \
  X(kInc, "epoch")                                                                                 \
  X(kDec, "epoch")                                                                                 \
  X(kGet, "epoch: its refcount")                                                                   \
  X(kAcquire, "")                                                                                  \
  X(kRelease, "")                                                                                  \
  X(kReleaseOf, "whose: that thread's reference")                                                  \
  X(kOpen, "which label")                                                                          \
  X(kDup, "whose")                                                                                 \
  X(kFinishOf, "whose, how")                                                                       \
  X(kAllocRef, "whose, which object")                                                              \
  X(kSetLabelRef, "whose, which label")                                                            \
  X(kCloseRef, "whose")                                                                            \
  X(kDiscardRef, "whose")                                                                          \
  X(kStateRef, "whose")                                                                            \
  X(kAdvance, "")                                                                                  \
  X(kClose, "epoch")                                                                               \
  X(kTryClose, "epoch")                                                                            \
  X(kDiscard, "epoch")                                                                             \
  X(kAlloc, "epoch, which object")                                                                 \
  X(kAllocBig, "epoch, which object")                                                              \
  X(kMalloc, "which object")                                                                       \
  X(kFree, "which object")                                                                         \
  X(kFreeShared, "which object of the prefix")                                                     \
  X(kFreeAnyhow, "whose, which object: what it says is not told, as two at once may both be true") \
  X(kSetLabel, "epoch, which label")                                                               \
  X(kGetLabel, "epoch")                                                                            \
  X(kEra, "epoch")                                                                                 \
  X(kState, "epoch")                                                                               \
  X(kCurrent, "")                                                                                  \
  X(kWrap, "epoch, auto_close?")                                                                   \
  X(kEnter, "")                                                                                    \
  X(kExit, "")                                                                                     \
  X(kMeet, "how many threads: none goes on before all are here")

#define TEMPORAL_SLAB_NAME(name, arguments) name,
enum class Make : std::uint8_t { TEMPORAL_SLAB_MODELLED_CALLS(TEMPORAL_SLAB_NAME) kCount };
#undef TEMPORAL_SLAB_NAME

struct Call {
  Make make = Make::kGet;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint8_t thread = 0;  // whoever runs the program says it
};

struct Result {
  int error = 0;  // 0: errno was left alone
  std::uint64_t value = 0;
  friend bool operator==(const Result&, const Result&) = default;
};

// What a label of kSetLabel is, and its number again; others have none.
std::string label_text(std::uint32_t number);
std::uint64_t label_number(const std::string& text);

// As few epochs as scenarios name and turn: each has its figures, which are all looked at.
inline constexpr model::Ring kUsualRing{6};

// What the calls must come back with.
class Spec {
 public:
  explicit Spec(const model::Ring& ring = kUsualRing) : model_(false, ring) {}
  using Call = modelled::Call;
  using Result = modelled::Result;

  Result apply(const Call& call);
  friend bool operator==(const Spec&, const Spec&) = default;
  std::size_t hash() const { return model_.hash(); }
  static std::string text(const Call& call);
  static std::string text(const Result& result);
  std::string state() const;

 private:
  static constexpr std::size_t kNothing = ~std::size_t{0};
  static constexpr std::array<std::size_t, kObjects> none() {
    std::array<std::size_t, kObjects> all{};
    all.fill(kNothing);
    return all;
  }
  struct Own {
    std::uint32_t epoch = 0;
    std::uint64_t era = ~std::uint64_t{0};  // no reference
    std::optional<model::Taker> taker;      // who took it
    std::size_t domain = kNothing;
    std::array<std::size_t, kObjects> objects = none();
    std::array<bool, kObjects> has_handle{};
    friend bool operator==(const Own&, const Own&) = default;
  };
  Result allocated(const model::Answer& answer, Own* own, std::size_t index, bool has_handle);
  Result free(Own* own, std::size_t index);
  void took(Own* own, std::uint32_t epoch, std::uint8_t thread);
  Result release(std::uint8_t thread, const Own& whose);

  model::Model model_;
  std::array<Own, kThreads> own_;
};

// An allocator of one run. The invariants of the ring, and how much is kept empty, are looked at
// after every step, those of everything (harness/invariants; the holders) as soon as no thread is
// inside a call after two were, and at the end.
class Subject {
 public:
  explicit Subject(std::size_t retain_bytes = 64 * 1024, std::size_t max_bytes = 0,
                   const model::Ring& ring = kUsualRing);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  Result apply(const Call& call);
  SlabAllocator* allocator() const { return allocator_; }

 private:
  struct Own {
    SlabEpochRef reference{0, 0, ~std::uint64_t{0}};
    epoch_domain_t* domain = nullptr;
    std::array<SlabHandle, kObjects> handles{};
    std::array<void*, kObjects> pointers{};  // of objects without a handle
  };
  Result make(const Call& call);
  bool make_reference_call(const Call& call, Result* out);
  Result free(Own* own, std::size_t index);
  void look();
  void look_at_the_reserve();
  void look_at_everything();

  SlabAllocator* allocator_;
  explorer::atomic<std::uint32_t> arrived_{0};
  std::array<Own, kThreads> own_;
  std::uint64_t era_ = 0;     // of the epoch that was current at the last look
  std::uint32_t inside_ = 0;  // threads in a call
  bool met_ = false;          // were two at once, since everything was looked at
  struct Look {
    Subject* subject;
    void operator()() const { subject->look(); }
  };
  std::unique_ptr<explorer::invariant<Look>> looking_;
};

}  // namespace temporal_slab::modelled
