// Allocations, frees and changes of size between turns of the ring, closes and discards, against
// the model: each call must come back as the model says, every object must keep its contents, no
// two may overlap, and afterwards, and where the input asks for it, every figure must agree.
#include <cstring>
#include <vector>

#include "fuzz/contents.h"
#include "fuzz/input.h"
#include "fuzz/model_bench.h"
#include "fuzz/require.h"

namespace temporal_slab::fuzz {
namespace {

constexpr std::size_t kMostSteps = 600;
constexpr std::size_t kMostObjects = 4000;

struct Object {
  unsigned char* pointer;
  SlabHandle handle;  // 0: it was not told
  std::size_t bytes;
  unsigned char pattern;
};

class Bench : public ModelBench {
 public:
  using ModelBench::ModelBench;

  void step(Input& input) {
    const std::uint8_t what = input.byte();
    if (what == kLook) return compare();
    switch (what % 12) {
      case 0:
      case 1:
      case 2:
        for (int i = 1 + (what & 0x80 ? input.byte() % 32 : 0); i > 0; --i)
          allocate(input.size(), epoch(input));
        break;
      case 3:
        allocate_anywhere(input.size());
        break;
      case 4:
      case 5:
      case 6:
        for (int i = 1 + (what & 0x80 ? input.byte() % 32 : 0); i > 0; --i) free_one(input);
        break;
      case 7:
      case 8:
        change_size(input);
        break;
      case 9:
        look_at_size(input);
        break;
      default:
        epoch_step(input.byte(), input);
        break;
    }
  }

  void check_contents() {
    for (std::size_t id = 0; id < objects_.size(); ++id)
      if (model().objects()[id].live) check(objects_[id], objects_[id].bytes);
  }

 private:
  static void check(const Object& object, std::size_t bytes) {
    require(holds_only(object.pointer, bytes, object.pattern),
            "an object keeps its contents (R-2.1-6)");
  }

  // The newest object of the model lies here. All of its slot is filled (R-2.1-2).
  void add(void* pointer, SlabHandle handle) {
    const std::size_t id = objects_.size();
    require(model().objects().size() == id + 1, "an object is one for the model too");
    const std::size_t bytes = model().objects()[id].bytes;
    const auto pattern = static_cast<unsigned char>(id * 37 + 11);
    require(reinterpret_cast<std::uintptr_t>(pointer) % 32 == 0, "objects are aligned (R-2.1-2)");
    std::memset(pointer, pattern, bytes);
    objects_.push_back({static_cast<unsigned char*>(pointer), handle, bytes, pattern});
  }

  void allocate(std::uint32_t size, EpochId epoch) {
    if (objects_.size() == kMostObjects) return;
    SlabHandle handle = 0;
    void* pointer = nullptr;
    const Seen seen = see([&] {
      pointer = alloc_obj_epoch(allocator(), size, epoch, &handle);
      return pointer != nullptr;
    });
    judge_address("alloc", model().alloc_epoch(size, epoch, seen.error), seen);
    require((handle != 0) == (pointer != nullptr), "a handle comes with an object");
    if (pointer != nullptr) add(pointer, handle);
  }

  void allocate_anywhere(std::size_t size) {
    if (objects_.size() == kMostObjects) return;
    void* pointer = nullptr;
    const Seen seen = see([&] {
      pointer = slab_malloc(allocator(), size);
      return pointer != nullptr;
    });
    judge_address("malloc", model().malloc(kThread, size, seen.error), seen);
    if (pointer != nullptr) add(pointer, 0);
  }

  // By handle also when it is dead; by pointer only when it lives, since an address may have been
  // given to another object.
  void free_one(Input& input) {
    if (objects_.empty()) return;
    const std::size_t id = input.half_word() % objects_.size();
    const Object& object = objects_[id];
    const bool live = model().objects()[id].live;
    if (live) check(object, object.bytes);
    if (object.handle != 0) {
      judge("free_obj", model().free(id),
            see([&] { return free_obj(allocator(), object.handle); }));
    } else if (live) {
      const Seen seen = see_void([&] { slab_free(allocator(), object.pointer); });
      judge("free", model().free(id), {1, seen.error});
    }
  }

  void change_size(Input& input) {
    if (objects_.empty() || objects_.size() == kMostObjects) return;
    const std::size_t id = input.half_word() % objects_.size();
    const std::size_t size = input.size();
    if (!model().objects()[id].live) return;
    const Object object = objects_[id];
    check(object, object.bytes);
    void* pointer = nullptr;
    const Seen seen = see([&] {
      pointer = slab_realloc(allocator(), object.pointer, size);
      return pointer != nullptr;
    });
    judge_address("realloc", model().realloc(id, size, seen.error), seen);
    if (pointer == nullptr || pointer == object.pointer) {
      objects_[id].bytes = model().objects()[id].bytes;
      check(objects_[id], objects_[id].bytes);
      return;
    }
    check({static_cast<unsigned char*>(pointer), 0, 0, object.pattern}, object.bytes);
    add(pointer, 0);
  }

  void look_at_size(Input& input) {
    if (objects_.empty()) return;
    const std::size_t id = input.half_word() % objects_.size();
    if (!model().objects()[id].live) return;
    judge("usable_size", model().usable_size(id),
          see([&] { return slab_usable_size(allocator(), objects_[id].pointer); }));
  }

  std::vector<Object> objects_;  // numbered as in the model
};

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace temporal_slab::fuzz;
  Input input(data, size);
  Bench bench(input);
  for (std::size_t i = 0; i < kMostSteps && !input.empty(); ++i) bench.step(input);
  bench.check_contents();
  bench.compare();
  return 0;
}
