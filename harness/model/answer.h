// What a call must, or may, come back with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace temporal_slab::harness::model {

// A call succeeds (errno untouched) or fails with one errno (R-2-1). Where the
// contract leaves room there is more than one allowed outcome.
class Answer {
 public:
  static Answer ok(std::uint64_t value = 0) {
    Answer answer;
    answer.value_ = value;
    return answer.and_allow(0);
  }
  // `value` is what the call still returns: most return 0.
  static Answer refuse(int error, std::uint64_t value = 0) {
    Answer answer;
    answer.value_ = value;
    return answer.and_allow(error);
  }

  Answer and_allow(int error) const {
    Answer more = *this;
    if (!more.allows(error)) more.errors_.at(more.count_++) = error;
    return more;
  }

  // `error` is 0 for success.
  bool allows(int error) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (errors_[i] == error) return true;
    return false;
  }
  bool must_succeed() const { return count_ == 1 && errors_[0] == 0; }
  std::uint64_t value() const { return value_; }

  // "ENOMEM or success".
  std::string text() const;

  friend bool operator==(const Answer&, const Answer&) = default;

 private:
  std::array<int, 3> errors_{};
  std::size_t count_ = 0;
  std::uint64_t value_ = 0;
};

// "ESTALE", "success" for 0.
std::string error_text(int error);

}  // namespace temporal_slab::harness::model
