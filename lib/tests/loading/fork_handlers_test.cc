// Handlers of a fork that allocate, registered before the library was loaded and after it.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_stats.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

namespace temporal_slab {
namespace {

// The library, loaded late.
struct Library {
  decltype(&slab_allocator_create_with) create;
  decltype(&slab_allocator_free) free;
  decltype(&slab_allocator_published) published;
  decltype(&slab_options_init_sized) options_init;
  decltype(&slab_free) free_object;
  decltype(&slab_malloc) malloc;
  decltype(&epoch_current) current;
  decltype(&epoch_advance) advance;
  decltype(&slab_epoch_set_label) set_label;
  decltype(&slab_epoch_acquire) acquire;
  decltype(&slab_epoch_release) release;
  decltype(&slab_epoch_get_refcount) refcount;
  decltype(&slab_stats_global_sized) stats;
  decltype(&epoch_domain_create) domain;
  decltype(&epoch_domain_enter) enter;
  decltype(&epoch_domain_exit) exit;
  decltype(&epoch_domain_destroy) destroy;
};
Library lib;

template <typename Function>
void find(void* library, const char* name, Function* out) {
  void* const symbol = ::dlsym(library, name);
  if (symbol == nullptr) ::_exit(3);
  *reinterpret_cast<void**>(out) = symbol;
}

SlabAllocator* make(bool publish) {
  SlabOptions options;
  lib.options_init(&options, sizeof options);
  options.publish = publish;
  options.retain_bytes = 0;
  return lib.create(&options);
}

SlabGlobalStats stats_of(SlabAllocator* a) {
  SlabGlobalStats stats;
  std::memset(&stats, 0, sizeof stats);
  lib.stats(a, &stats, sizeof stats);
  return stats;
}

// What a handler does, and what it keeps: one object each time.
std::atomic<SlabAllocator*> subject{nullptr};
SlabAllocator* kept_from_before = nullptr;
std::atomic<unsigned> handled{0};

void use(SlabAllocator* a) {
  void* const object = lib.malloc(a, 128);
  if (object == nullptr) ::_exit(4);
  std::memset(object, 1, 128);
  for (std::size_t size = 64; size < 200'000; size *= 2) {
    void* const other = lib.malloc(a, size);
    if (other == nullptr) ::_exit(5);
    lib.free_object(a, other);
  }
  if (!lib.release(a, lib.acquire(a))) ::_exit(8);
  epoch_domain_t* const domain = lib.domain(a);
  if (domain == nullptr) ::_exit(9);
  // The ring may have come round meanwhile.
  if (lib.enter(domain) ? !lib.exit(domain) : errno != ESTALE) ::_exit(10);
  if (!lib.destroy(domain)) ::_exit(11);
  lib.set_label(a, lib.current(a), "in a handler");
  ++handled;
}

void handler() {
  SlabAllocator* const a = subject;
  if (a == nullptr) return;
  use(a);
  SlabAllocator* const own = make(true);
  use(own);
  lib.free(own);
}
void before() {
  handler();
  if (subject != nullptr) kept_from_before = make(true);
}
void after() {
  handler();
  if (kept_from_before == nullptr) return;
  use(kept_from_before);
  lib.free(kept_from_before);
  kept_from_before = nullptr;
}

// Before the library is loaded, and after it.
void* load_between_handlers() {
  if (::pthread_atfork(before, after, after) != 0) ::_exit(3);
  void* const library = ::dlopen(TEMPORAL_SLAB_SHARED, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) ::_exit(3);
  find(library, "slab_allocator_create_with", &lib.create);
  find(library, "slab_allocator_free", &lib.free);
  find(library, "slab_allocator_published", &lib.published);
  find(library, "slab_options_init_sized", &lib.options_init);
  find(library, "slab_free", &lib.free_object);
  find(library, "slab_malloc", &lib.malloc);
  find(library, "epoch_current", &lib.current);
  find(library, "epoch_advance", &lib.advance);
  find(library, "slab_epoch_set_label", &lib.set_label);
  find(library, "slab_epoch_acquire", &lib.acquire);
  find(library, "slab_epoch_release", &lib.release);
  find(library, "slab_epoch_get_refcount", &lib.refcount);
  find(library, "slab_stats_global_sized", &lib.stats);
  find(library, "epoch_domain_create", &lib.domain);
  find(library, "epoch_domain_enter", &lib.enter);
  find(library, "epoch_domain_exit", &lib.exit);
  find(library, "epoch_domain_destroy", &lib.destroy);
  if (::pthread_atfork(handler, handler, handler) != 0) ::_exit(3);
  return library;
}

int end_of(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// What the child finds: each handler ran thrice, of the two that were registered.
int check_child(SlabAllocator* a, const SlabGlobalStats& before_fork, bool alone) {
  const SlabGlobalStats now = stats_of(a);
  if (lib.published(a)) return 20;
  if (now.total_allocs - now.total_frees < before_fork.total_allocs - before_fork.total_frees + 4)
    return 21;
  // Two handlers before the fork and two after it, an object kept by each.
  if (alone &&
      now.total_allocs - now.total_frees != before_fork.total_allocs - before_fork.total_frees + 4)
    return 22;
  use(a);
  std::thread([&] { use(a); }).join();
  for (int i = 0; i < 20; ++i) lib.advance(a);
  return 7;
}

class ForkHandlers : public testing::TestWithParam<bool> {
 protected:
  static void SetUpTestSuite() {
    static void* const library = load_between_handlers();
    ASSERT_NE(library, nullptr);
  }
  void SetUp() override {
    a_ = make(GetParam());
    ASSERT_EQ(lib.published(a_), GetParam());
    use(a_);
    subject = a_;
    ::alarm(100);  // a fork that hangs ends this
  }
  void TearDown() override {
    subject = nullptr;
    lib.free(a_);
    ::alarm(0);
  }
  SlabAllocator* a_ = nullptr;
};

// R-2.6-8 R-2.6-1
TEST_P(ForkHandlers, MayAllocate) {
  for (int i = 0; i < 20; ++i) {
    const SlabGlobalStats before_fork = stats_of(a_);
    const unsigned handled_before = handled;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(check_child(a_, before_fork, true));
    // The first one uses two allocators, and another one when it is over.
    EXPECT_EQ(handled - handled_before, 2 * 4 + 1u);
    ASSERT_EQ(end_of(child), 7);
    const SlabGlobalStats now = stats_of(a_);
    EXPECT_EQ(now.total_allocs - now.total_frees,
              before_fork.total_allocs - before_fork.total_frees + 4)
        << "what the child does is seen here";
  }
}

// R-2.6-8
TEST_P(ForkHandlers, MayAllocateWhileOtherThreadsDo) {
  std::atomic<bool> over{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i)
    others.emplace_back([&] {
      while (!over) {
        use(a_);
        lib.advance(a_);
      }
    });
  for (int i = 0; i < 10 && !HasFailure(); ++i) {
    const SlabGlobalStats before_fork{};
    const pid_t child = ::fork();
    if (child == 0) ::_exit(check_child(a_, before_fork, false));
    EXPECT_EQ(end_of(child), 7);
  }
  over = true;
  for (std::thread& other : others) other.join();
}

INSTANTIATE_TEST_SUITE_P(OfAnAllocator, ForkHandlers, testing::Bool(),
                         [](const auto& one) { return one.param ? "Published" : "Private"; });

}  // namespace
}  // namespace temporal_slab
