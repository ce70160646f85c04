// Handles and pointers forged from bytes, thrown at one allocator while a second one stands beside
// it: what was never given out, was freed before, belongs to the other or points inside an object
// is refused and counted, and touches nothing (R-2.1-4, R-2.1-5, R-2.1-6, R-2-2).
#include <temporal_slab/slab_alloc.h>
#include <temporal_slab/slab_stats.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include "fuzz/contents.h"
#include "fuzz/input.h"
#include "fuzz/require.h"

namespace temporal_slab::fuzz {
namespace {

constexpr std::size_t kMostSteps = 400;
constexpr std::size_t kMostObjects = 200;

struct Object {
  unsigned char* pointer;
  SlabHandle handle;
  std::size_t bytes;
  unsigned char pattern;
};

class Bench {
 public:
  Bench() : allocator_(slab_allocator_create()), other_(slab_allocator_create()) {
    require(allocator_ != nullptr && other_ != nullptr, "there is memory for two allocators");
    for (const std::uint32_t bytes : {64u, 200u, 768u, 5000u, 50'000u}) {
      SlabHandle handle = 0;
      others_pointers_.push_back(
          reinterpret_cast<std::uintptr_t>(alloc_obj_epoch(other_, bytes, 0, &handle)));
      others_handles_.push_back(handle);
    }
  }
  ~Bench() {
    slab_allocator_free(allocator_);
    slab_allocator_free(other_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void step(Input& input) {
    const std::uint8_t what = input.byte();
    switch (what % 11) {
      case 0:
      case 1:
        make(input.size() + 1u, input.byte() % SLAB_EPOCH_COUNT);
        break;
      case 2:
        if (!live_.empty()) free_live(input.byte(), (what & 16) != 0);
        break;
      case 3:
        free_by_handle(input.word());
        break;
      case 4:  // resembles one that was given out
        free_by_handle(known_handle(input) ^ (SlabHandle{1} << input.byte() % 64));
        break;
      case 5:
        free_by_handle(known_handle(input) + static_cast<SlabHandle>(input.half_word()) - 32768);
        break;
      case 6:
        free_by_handle(others_handles_[input.byte() % others_handles_.size()]);
        break;
      case 7:
        free_by_handle(known_handle(input));
        break;
      case 8:
        use_pointer(input, input.word());
        break;
      case 9:  // inside, before or behind an object
        use_pointer(input, known_pointer(input) + input.half_word() - 32768);
        break;
      case 10:
        use_pointer(input, others_pointers_[input.byte() % others_pointers_.size()]);
        break;
    }
  }

  void finish() {
    for (const Object& object : live_) check_contents(object);
    SlabGlobalStats stats;
    slab_stats_global(allocator_, &stats);
    require(stats.total_allocs - stats.total_frees == live_.size(), "as many live objects as made");
    require(stats.invalid_frees + stats.stale_frees == refused_, "each refusal is counted once");
    require(stats.invalid_frees >= certainly_invalid_, "what was never given out is invalid");
    while (!live_.empty()) free_live(0, true);
    slab_stats_global(other_, &stats);
    require(stats.total_frees == 0 && stats.invalid_frees == 0, "the other saw nothing of it");
    for (std::size_t i = 0; i < others_handles_.size(); ++i)
      require(free_obj(other_, others_handles_[i]), "the other's objects are whole");
  }

 private:
  void make(std::uint32_t bytes, EpochId epoch) {
    if (live_.size() == kMostObjects) return;
    SlabHandle handle = 0;
    auto* const pointer =
        static_cast<unsigned char*>(alloc_obj_epoch(allocator_, bytes, epoch, &handle));
    require(pointer != nullptr, "an ACTIVE epoch allocates");
    require(given_out_.insert(handle).second, "a handle names one object for ever (R-2.1-4)");
    const std::size_t usable = slab_usable_size(allocator_, pointer);
    require(usable >= bytes, "an object has the size that was asked for");
    const auto pattern = static_cast<unsigned char>(given_out_.size() * 7 + 1);
    std::memset(pointer, pattern, usable);
    live_.push_back({pointer, handle, usable, pattern});
    order_.push_back(handle);
  }

  static void check_contents(const Object& object) {
    require(holds_only(object.pointer, object.bytes, object.pattern),
            "an object keeps its contents (R-2.1-6)");
  }

  void free_live(std::size_t choice, bool by_pointer) {
    const std::size_t index = choice % live_.size();
    const Object object = live_[index];
    check_contents(object);
    live_[index] = live_.back();
    live_.pop_back();
    errno = 0;
    if (by_pointer)
      slab_free(allocator_, object.pointer);
    else
      require(free_obj(allocator_, object.handle), "a live object's handle frees it");
    require(errno == 0, "a call that succeeds leaves errno alone");
    require(slab_usable_size(allocator_, object.pointer) == 0, "a freed object is not live");
    require(!free_obj(allocator_, object.handle) && errno == ESTALE, "and its handle is stale");
    ++refused_;
  }

  void free_by_handle(SlabHandle handle) {
    for (std::size_t i = 0; i < live_.size(); ++i)
      if (live_[i].handle == handle) return free_live(i, false);
    errno = 0;
    require(!free_obj(allocator_, handle), "what names no live object is refused (R-2.1-5)");
    const int why = errno;
    require(why == EINVAL || why == ESTALE, "and the reason is EINVAL or ESTALE");
    require(why == ESTALE || given_out_.count(handle) == 0, "freed before is ESTALE (R-2.1-4)");
    ++refused_;
    if (why == EINVAL) ++certainly_invalid_;
  }

  void use_pointer(Input& input, std::uintptr_t address) {
    void* const pointer = reinterpret_cast<void*>(address);
    for (std::size_t i = 0; i < live_.size(); ++i) {
      if (live_[i].pointer != pointer) continue;
      require(slab_usable_size(allocator_, pointer) == live_[i].bytes, "the usable size stands");
      return;
    }
    require(slab_usable_size(allocator_, pointer) == 0, "no live object begins there");
    if (pointer == nullptr) return;
    errno = 0;
    if (input.byte() % 2 == 0) {
      slab_free(allocator_, pointer);
    } else {
      require(slab_realloc(allocator_, pointer, 1 + input.byte()) == nullptr,
              "no object to resize");
    }
    require(errno == EINVAL || errno == ESTALE, "a forged pointer is refused (R-2.1-5)");
    ++refused_;
  }

  SlabHandle known_handle(Input& input) const {
    return order_.empty() ? 0 : order_[input.half_word() % order_.size()];
  }
  std::uintptr_t known_pointer(Input& input) const {
    if (live_.empty()) return 0;
    return reinterpret_cast<std::uintptr_t>(live_[input.half_word() % live_.size()].pointer);
  }

  SlabAllocator* allocator_;
  SlabAllocator* other_;
  std::vector<std::uintptr_t> others_pointers_;
  std::vector<SlabHandle> others_handles_;
  std::vector<Object> live_;
  std::vector<SlabHandle> order_;  // as they were given out
  std::set<SlabHandle> given_out_;
  std::uint64_t refused_ = 0;
  std::uint64_t certainly_invalid_ = 0;
};

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace temporal_slab::fuzz;
  Input input(data, size);
  Bench bench;
  for (std::size_t i = 0; i < kMostSteps && !input.empty(); ++i) bench.step(input);
  bench.finish();
  return 0;
}
