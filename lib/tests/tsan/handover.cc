// handover NAME: a program under ThreadSanitizer, built against an ordinary build of the library.
// Each but "race" is right: whoever uses an object has it from malloc, and no memory has two users.
// What orders them is the allocator alone, so the sanitizer has to be told by it.
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kRounds = 1000;
constexpr std::size_t kSizes[] = {64, 96, 700, 5000, 100'000};

SlabAllocator* make(std::size_t retain_bytes) {
  SlabOptions options;
  slab_options_init(&options);
  options.retain_bytes = retain_bytes;
  SlabAllocator* const a = slab_allocator_create_with(&options);
  if (a == nullptr) std::abort();
  return a;
}

// By stores that the sanitizer sees, whatever the compiler makes of memset.
void* fill(void* memory, std::size_t bytes, int with) {
  auto* const words = static_cast<volatile std::uint64_t*>(memory);
  for (std::size_t i = 0; i < bytes / 8; ++i) words[i] = static_cast<std::uint64_t>(with);
  return memory;
}

void* object(SlabAllocator* of, std::size_t size, int with) {
  void* const memory = slab_malloc(of, size);
  if (memory == nullptr) std::abort();
  return fill(memory, size, with);
}

void run(std::initializer_list<void (*)()> bodies) {
  std::vector<std::thread> threads;
  for (void (*body)() : bodies) threads.emplace_back(body);
  for (std::thread& thread : threads) thread.join();
}

SlabAllocator* a = nullptr;
std::atomic<void*> handed{nullptr};
std::atomic<bool> over{false};

// One makes objects, the other frees them; nothing of the program's leads back.
void freed_by_another() {
  run({[] {
         for (int i = 0; i < kRounds; ++i) {
           void* const memory = object(a, kSizes[i % 5], i);
           while (handed.load(std::memory_order_relaxed) != nullptr) std::this_thread::yield();
           handed.store(memory, std::memory_order_release);
         }
         over = true;
       },
       [] {
         while (!over.load(std::memory_order_relaxed) ||
                handed.load(std::memory_order_relaxed) != nullptr) {
           void* const memory = handed.load(std::memory_order_acquire);
           if (memory == nullptr) {
             std::this_thread::yield();
             continue;
           }
           fill(memory, 64, 7);
           slab_free(a, memory);
           handed.store(nullptr, std::memory_order_relaxed);
         }
       }});
}

// Memory goes from class to class and from thread to thread, through slabs that became empty.
void used_by_all() {
  const auto churn = [] {
    std::vector<void*> mine;
    for (int i = 0; i < kRounds; ++i) {
      mine.push_back(object(a, kSizes[i / 100 % 5], i));
      if (mine.size() < 100) continue;
      for (void* const memory : mine) slab_free(a, memory);
      mine.clear();
      if (i % 7 == 0) epoch_advance(a);
    }
    for (void* const memory : mine) slab_free(a, memory);
  };
  run({churn, churn, churn});
}

// Objects that nobody frees, of an epoch that is discarded by who drops the last reference.
void discarded() {
  const auto serve = [] {
    for (int i = 0; i < kRounds / 10; ++i) {
      const SlabEpochRef reference = slab_epoch_acquire(a);
      for (int k = 0; k < 20; ++k) {
        const std::size_t size = kSizes[(i + k) % 4];
        void* const memory = slab_malloc_epoch(a, size, reference.epoch);
        if (memory != nullptr) fill(memory, size, k);
      }
      slab_epoch_release(a, reference);
      if (!slab_epoch_try_close(a, reference.epoch)) continue;
      // The ring may have come round since: only what is held is sure to stand, and what another
      // thread works in is not to be discarded.
      slab_epoch_inc_refcount(a, reference.epoch);
      if (slab_epoch_era(a, reference.epoch) == reference.era)
        slab_epoch_discard(a, reference.epoch);
      slab_epoch_dec_refcount(a, reference.epoch);
    }
  };
  run({serve, serve, serve});
}

void moved() {
  const auto grow = [] {
    for (int i = 0; i < kRounds / 10; ++i) {
      void* memory = object(a, 64, i);
      for (std::size_t size = 128; size <= 200'000; size *= 2) {
        memory = slab_realloc(a, memory, size);
        if (memory == nullptr) std::abort();
        fill(memory, size, i);
      }
      slab_free(a, memory);
    }
  };
  run({grow, grow});
}

// Threads come and go, and leave what they had to the others.
void left_by_the_ended() {
  const auto come_and_go = [] {
    for (int i = 0; i < 40; ++i)
      std::thread([] {
        void* memory[50];
        for (void*& one : memory) one = object(a, 96, 1);
        for (void* const one : memory) slab_free(a, one);
      }).join();
  };
  run({come_and_go, come_and_go});
}

// The one that is wrong: two threads write one object.
void race() {
  void* const memory = object(a, 64, 0);
  handed.store(memory, std::memory_order_relaxed);
  const auto write = [] { fill(handed.load(std::memory_order_relaxed), 64, 1); };
  run({write, write});
}

struct Program {
  const char* name;
  void (*run)();
};
constexpr Program kPrograms[] = {{"freed_by_another", freed_by_another},
                                 {"used_by_all", used_by_all},
                                 {"discarded", discarded},
                                 {"moved", moved},
                                 {"left_by_the_ended", left_by_the_ended},
                                 {"race", race}};

}  // namespace

int main(int argc, char** argv) {
  for (const Program& program : kPrograms)
    if (argc == 2 && std::string(argv[1]) == program.name) {
      for (const std::size_t retain_bytes : {std::size_t{4} << 20, std::size_t{0}}) {
        a = make(retain_bytes);
        over = false;
        program.run();
        slab_allocator_free(a);
      }
      std::puts("done");
      return 0;
    }
  return 2;
}
