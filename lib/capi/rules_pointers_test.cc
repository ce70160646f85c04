// Pointers that are not the start of a live object of this allocator.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

void* address(std::uintptr_t value) { return reinterpret_cast<void*>(value); }

// What an application may have in hand instead of a pointer of ours.
std::vector<void*> foreign_pointers() {
  static int global_variable = 0;
  static thread_local int thread_variable = 0;
  std::vector<void*> pointers = {&global_variable, &thread_variable,
                                 reinterpret_cast<void*>(&foreign_pointers)};
  for (const std::uintptr_t value :
       {std::uintptr_t{1}, std::uintptr_t{8}, std::uintptr_t{64}, std::uintptr_t{4095},
        std::uintptr_t{4096}, std::uintptr_t{0x00007fffffffffff},
        std::uintptr_t{0x00007ffffffff000}, std::uintptr_t{0x0000800000000000},
        std::uintptr_t{0x7fffffffffffffff}, std::uintptr_t{0x8000000000000000},
        std::uintptr_t{0xffff800000000000}, std::uintptr_t{0xffffffff81000000},
        std::uintptr_t{0xfffffffffffff000}, ~std::uintptr_t{0}}) {
    pointers.push_back(address(value));
  }
  return pointers;
}

class OddPointer : public testing::Test {
 protected:
  OddPointer() {
    for (const std::uint32_t bytes : kClassBytes) {
      Object object = make_object(allocator(), bytes, 0);
      std::memset(object.pointer, 0x77, bytes);
      live.push_back(object);
    }
  }

  SlabAllocator* allocator() const { return owner.get(); }

  // Refused by each of the three calls that take a pointer; a free is counted.
  void expect_refused(void* pointer, int expected_errno = EINVAL) {
    EXPECT_EQ(errno_after([&] { slab_free(allocator(), pointer); }), expected_errno) << pointer;
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_usable_size(allocator(), pointer), 0u); }),
              expected_errno)
        << pointer;
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_realloc(allocator(), pointer, 64), nullptr); }),
              expected_errno)
        << pointer;
  }

  void expect_the_living_untouched() {
    for (std::size_t i = 0; i < live.size(); ++i) {
      EXPECT_TRUE(holds_only(live[i].pointer, kClassBytes[i], 0x77));
      EXPECT_TRUE(free_obj(allocator(), live[i].handle));
    }
  }

  Allocator owner = make_allocator();
  std::vector<Object> live;
};

// R-2.1-5
TEST(FirstCallOfAProcess, MayNameAPointerOfNobody) {
  const Allocator allocator = make_allocator();
  int local = 0;
  EXPECT_EXIT(
      {
        slab_epoch_inc_refcount(allocator.get(), 0);  // the thread has a heap, and no slab
        slab_free(allocator.get(), &local);
        std::exit(slab_usable_size(allocator.get(), &local) == 0 && errno == EINVAL ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// R-2.1-5
TEST_F(OddPointer, IntoAnObjectIsInvalid) {
  for (std::size_t i = 0; i < live.size(); ++i) {
    for (std::uint32_t offset = 1; offset < kClassBytes[i]; ++offset) {
      expect_refused(static_cast<char*>(live[i].pointer) + offset);
    }
  }
  expect_the_living_untouched();
}

// R-2.1-5 R-2-2
TEST_F(OddPointer, FromElsewhereIsInvalid) {
  for (void* pointer : foreign_pointers()) expect_refused(pointer);
  expect_the_living_untouched();
}

// R-2.1-5 R-2-2
TEST_F(OddPointer, FromMallocIsInvalid) {
  for (const std::size_t bytes : {64u, 4096u, 1u << 20}) {
    const std::unique_ptr<void, decltype(&std::free)> foreign(std::aligned_alloc(64, bytes),
                                                              &std::free);
    expect_refused(foreign.get());
  }
  expect_the_living_untouched();
}

// R-2.1-5 R-2-2
TEST_F(OddPointer, ToTheStackIsInvalid) {
  alignas(64) char local[64];
  expect_refused(local);
  expect_the_living_untouched();
}

// R-2.1-5 R-2-2
TEST_F(OddPointer, ToTheAllocatorItselfIsInvalid) {
  expect_refused(allocator());
  expect_the_living_untouched();
}

// R-2.1-5
TEST_F(OddPointer, OfAnotherAllocatorIsInvalid) {
  const Allocator other = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    const Object object = make_object(other.get(), bytes, 0);
    expect_refused(object.pointer);
    EXPECT_TRUE(free_obj(other.get(), object.handle));
  }
  expect_the_living_untouched();
}

// R-2.1-5 R-2-2
TEST_F(OddPointer, OntoPagesAroundASlabFreesNothing) {
  for (std::intptr_t page = -64; page <= 64; ++page) {
    for (const std::uint32_t offset : {0u, 64u, 3968u, 4032u, 4095u}) {
      const std::uintptr_t value =
          (page_of(live[0].pointer) + static_cast<std::uintptr_t>(page)) * kSlabBytes + offset;
      bool names_a_live_object = false;
      for (const Object& object : live) names_a_live_object |= object.pointer == address(value);
      if (!names_a_live_object) slab_free(allocator(), address(value));
    }
  }
  EXPECT_EQ(global_stats(allocator()).total_frees, 0u);
  expect_the_living_untouched();
}

// R-2.1-5
TEST_F(OddPointer, FreedIsCountedInInvalidFrees) {
  for (int i = 0; i < 10; ++i) slab_free(allocator(), address(4096));
  EXPECT_EQ(global_stats(allocator()).invalid_frees, 10u);
  EXPECT_EQ(global_stats(allocator()).stale_frees, 0u);
}

// R-2.1-5
TEST_F(OddPointer, AskedForItsSizeIsNotCountedAsAFree) {
  slab_usable_size(allocator(), address(4096));
  slab_usable_size(allocator(), static_cast<char*>(live[0].pointer) + 1);
  EXPECT_EQ(global_stats(allocator()).invalid_frees, 0u);
}

// R-2.1-5
TEST_F(OddPointer, OfAnObjectThatWasFreedIsStale) {
  const Object object = make_object(allocator(), 64, 0);
  ASSERT_TRUE(free_obj(allocator(), object.handle));
  expect_refused(object.pointer, ESTALE);
  expect_the_living_untouched();
}

// R-2.1-5
TEST_F(OddPointer, FreedTwiceIsCountedInStaleFrees) {
  void* pointer = slab_malloc(allocator(), 64);
  slab_free(allocator(), pointer);
  for (int i = 0; i < 10; ++i) slab_free(allocator(), pointer);
  EXPECT_EQ(global_stats(allocator()).stale_frees, 10u);
  EXPECT_EQ(global_stats(allocator()).invalid_frees, 0u);
  EXPECT_EQ(global_stats(allocator()).total_frees, 1u);
}

// R-2.1-5 R-2-2
TEST(PointerIntoASlabThatWasGivenBack, IsRefused) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_objects(allocator.get(), 1000, 64, 0);
  free_objects(allocator.get(), objects);
  epoch_close(allocator.get(), 0);
  for (const Object& object : objects) {
    errno = 0;
    slab_free(allocator.get(), object.pointer);
    ASSERT_TRUE(errno == EINVAL || errno == ESTALE);
  }
  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.total_frees, 1000u);
  EXPECT_EQ(stats.invalid_frees + stats.stale_frees, 1000u);
}

// R-2.1-5 R-2-2
TEST(PointerIntoAnAllocatorThatWasFreed, IsInvalidForAnother) {
  const Allocator other = make_allocator();
  void* pointer = nullptr;
  {
    const Allocator gone = make_allocator();
    pointer = slab_malloc(gone.get(), 64);
  }
  EXPECT_EQ(errno_after([&] { slab_free(other.get(), pointer); }), EINVAL);
}

// R-2.1-6
TEST(SecondFreeByPointer, DoesNotLetTwoObjectsHaveOneSlot) {
  const Allocator allocator = make_allocator();
  void* pointer = slab_malloc(allocator.get(), 64);
  slab_free(allocator.get(), pointer);
  slab_free(allocator.get(), pointer);
  EXPECT_NE(slab_malloc(allocator.get(), 64), slab_malloc(allocator.get(), 64));
}

}  // namespace
}  // namespace temporal_slab::rules
