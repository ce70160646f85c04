// An allocator and the model of it (harness/model), which are told the same and must say the same.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include "fuzz/input.h"
#include "harness/model/model.h"

namespace temporal_slab::fuzz {

class ModelBench {
 public:
  // Small warm reserves, tight limits and the size of the ring come from the input.
  explicit ModelBench(Input& input);
  ~ModelBench() { slab_allocator_free(allocator_); }
  ModelBench(const ModelBench&) = delete;
  ModelBench& operator=(const ModelBench&) = delete;

  SlabAllocator* allocator() const { return allocator_; }
  harness::model::Model& model() { return *model_; }

  // What a call returned, as a number, and the errno that it left.
  struct Seen {
    std::uint64_t value;
    int error;
  };
  template <typename Call>
  static Seen see(Call&& call) {
    errno = 0;
    const auto value = static_cast<std::uint64_t>(call());
    return {value, errno};
  }
  template <typename Call>
  static Seen see_void(Call&& call) {
    errno = 0;
    call();
    return {0, errno};
  }

  // Ends the process if the model does not allow what was seen.
  static void judge(const char* call, const harness::model::Answer& answer, const Seen& seen);
  // Of calls whose value is an address, which the model does not know: null exactly on errors.
  static void judge_address(const char* call, const harness::model::Answer& answer,
                            const Seen& seen);

  // Everything that can be looked at, figure by figure. It costs as much as some hundred calls, so
  // a run does it at its end, and before only for a step that is this byte.
  void compare() const;
  static constexpr std::uint8_t kLook = 0xFF;

  // One call on the ring, a label, references or a scope, chosen by the input. The epoch may be one
  // that the ring does not have.
  void epoch_step(std::uint8_t what, Input& input);
  static constexpr std::uint8_t kEpochSteps = 14;
  // Who makes the calls: there is one thread.
  static constexpr harness::model::ThreadId kThread = 1;
  // Of the ring; now and then one that it does not have.
  EpochId epoch(Input& input) const { return input.byte() % (model_->epoch_count() + 1); }

 private:
  void compare_epoch(EpochId epoch) const;
  void compare_counters() const;
  void compare_log() const;
  void took(SlabEpochRef taken);
  void acquire();
  void open(Input& input);
  void release(Input& input);
  void by_reference(std::uint8_t what, Input& input);

  SlabAllocator* allocator_ = nullptr;
  std::unique_ptr<harness::model::Model> model_;
  struct Held {
    SlabEpochRef reference;
    harness::model::Taker taker;
  };
  std::vector<Held> references_;
};

}  // namespace temporal_slab::fuzz
