// References as a subject of exploration: calls as data, what one thread would see, and the
// references that make them, with fewer epochs and places than the library has.
//
// Each thread has one reference of its own to name in calls; thread 0 makes the prefix and the
// suffix, and gives the others their places, or leaves them without.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "epoch/references.h"

namespace temporal_slab::modelled::references {

inline constexpr std::uint32_t kEpochs = 3;
inline constexpr std::size_t kPlaces = 2;
inline constexpr std::size_t kThreads = 4;

enum class Make : std::uint8_t {
  kJoin,   // a: for this thread
  kLeave,  // what the caller holds stays counted
  kInc,    // a: epoch, as in those that follow
  kDec,
  kGet,
  kAcquire,
  kAcquireAgain,  // on the incarnation of the caller's reference
  kRelease,
  kReleaseShared,    // the reference of the prefix
  kReleaseAndClose,  // as a domain with auto_close does
  kAdvance,
  kClose,
  kTryClose,
  kEra,
  kActive,
  kCurrent,
  kCount,
};

struct Call {
  Make make = Make::kGet;
  std::uint32_t a = 0;
  std::uint8_t thread = 0;
};

// `value` and `more` are whatever the call gives back.
struct Answer {
  std::uint64_t value = 0;
  std::uint64_t more = 0;
  friend bool operator==(const Answer&, const Answer&) = default;
};

class Spec {
 public:
  using Call = references::Call;
  using Result = Answer;

  Answer apply(const Call& call);
  friend bool operator==(const Spec&, const Spec&) = default;
  std::size_t hash() const;
  static std::string text(const Call& call);
  static std::string text(const Answer& answer);
  std::string state() const;

 private:
  struct Epoch {
    std::uint64_t era = 0;
    std::uint64_t count = 0;
    bool active = true;
    friend bool operator==(const Epoch&, const Epoch&) = default;
  };
  struct Own {
    std::uint32_t epoch = 0;
    std::uint64_t era = ~std::uint64_t{0};
    friend bool operator==(const Own&, const Own&) = default;
  };
  Answer advance();
  Answer drop(const Own& reference);
  std::uint64_t close(std::uint32_t epoch);

  std::array<Epoch, kEpochs> epochs_{};
  std::array<Own, kThreads> own_{};
  std::uint32_t current_ = 0;
  std::uint64_t eras_ = 0;
};

// The library's side. `kPayer` as in Bias.
class SubjectBase {
 public:
  explicit SubjectBase(sync::Bias::Payer payer);
  Answer apply(const Call& call);

 private:
  using References = epoch::References;
  struct Own {
    epoch::ReferencePlace* place = nullptr;
    References::Incarnation reference{0, ~std::uint64_t{0} >> 8};
  };

  Answer advance();
  Answer release_and_close(const Own& own);
  std::uint64_t close(std::uint32_t epoch);

  sync::Mutex mutex_;
  epoch::ReferenceTable table_{};
  std::array<epoch::ReferencePlace, kPlaces> places_{};
  References references_;
  std::array<Own, kThreads> own_{};
};

template <sync::Bias::Payer kPayer>
struct Subject : SubjectBase {
  Subject() : SubjectBase(kPayer) {}
};

}  // namespace temporal_slab::modelled::references
