// No call is a cancellation point: a thread with a cancel pending goes through every one, and
// through the C++ wrappers, and ends where it next asks for it itself.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <temporal_slab/epoch_domain.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <temporal_slab/temporal_slab.hpp>

#include "capi/rules_folder_support.h"
#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

struct Work {
  const std::function<void()>& body;
  bool went_through = false;
};

// Whether a thread with a cancel pending comes to the end of `body`, and ends by that cancel then.
bool goes_through(const std::function<void()>& body) {
  Work work{body};
  pthread_t thread;
  const auto run = [](void* data) -> void* {
    auto* const mine = static_cast<Work*>(data);
    pthread_cancel(pthread_self());
    mine->body();
    mine->went_through = true;
    pthread_testcancel();
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, nullptr, run, &work), 0);
  void* end = nullptr;
  EXPECT_EQ(pthread_join(thread, &end), 0);
  EXPECT_EQ(end, PTHREAD_CANCELED);
  return work.went_through;
}

TEST(PendingCancel, EndsAThreadInACallThatIsACancellationPoint) {
  EXPECT_FALSE(goes_through([] { ::close(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }));
}

struct Named {
  const char* function;
  std::function<void()> call;
};

// What calls need that were made before.
struct Fixture {
  Fixture() : a(make_named_allocator("cancelled", true)) {
    slab_epoch_set_label(a.get(), 0, "first");
    for (EpochId epoch = 0; epoch < 4; ++epoch) {
      slab_epoch_inc_refcount(a.get(), epoch);
      objects[epoch] = make_objects(a.get(), 200, 512, epoch);
    }
  }
  RuntimeFolder runtime;
  Allocator a;
  std::vector<Object> objects[4];
  int null_fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
};

// Every function of the API, in an order in which none is refused.
std::vector<Named> every_call(Fixture& f) {
  SlabAllocator* const a = f.a.get();
  const int fd = f.null_fd;
  const auto in_domain = [a](const std::function<void(epoch_domain_t*)>& use, bool auto_close) {
    epoch_domain_t* const domain = epoch_domain_wrap(a, epoch_current(a), auto_close);
    epoch_domain_enter(domain);
    use(domain);
    epoch_domain_exit(domain);
    epoch_domain_destroy(domain);
  };
  const auto in_scope = [a](const std::function<void(SlabEpochRef)>& use) {
    const SlabEpochRef scope = slab_epoch_open(a, "scope");
    use(scope);
    slab_epoch_finish(a, scope, SLAB_FINISH_CLOSE);
  };
  return {
      {"slab_options_init_sized",
       [] {
         SlabOptions o;
         slab_options_init(&o);
       }},
      {"slab_allocator_create", [] { slab_allocator_free(slab_allocator_create()); }},
      {"slab_allocator_create_with", [] { make_named_allocator("its own", true); }},
      {"slab_allocator_free", [] { slab_allocator_free(slab_allocator_create()); }},
      {"slab_allocator_published", [a] { EXPECT_TRUE(slab_allocator_published(a)); }},
      {"slab_allocator_trim", [a] { slab_allocator_trim(a); }},
      {"slab_allocator_epoch_count", [a] { EXPECT_EQ(slab_allocator_epoch_count(a), 16u); }},
      {"slab_version", [] { EXPECT_NE(slab_version(), nullptr); }},
      {"alloc_obj_epoch",
       [a] {
         SlabHandle h;
         EXPECT_TRUE(alloc_obj_epoch(a, 64, 0, &h));
       }},
      {"free_obj", [a, &f] { EXPECT_TRUE(free_obj(a, f.objects[0].back().handle)); }},
      {"slab_malloc_epoch", [a] { EXPECT_TRUE(slab_malloc_epoch(a, 1 << 20, 0)); }},
      {"slab_malloc", [a] { EXPECT_TRUE(slab_malloc(a, 64)); }},
      {"slab_calloc", [a] { EXPECT_TRUE(slab_calloc(a, 1 << 10, 1 << 10)); }},
      {"slab_aligned_alloc", [a] { EXPECT_TRUE(slab_aligned_alloc(a, 4096, 100'000)); }},
      {"slab_realloc", [a] { EXPECT_TRUE(slab_realloc(a, slab_malloc(a, 64), 100'000)); }},
      {"slab_free", [a] { slab_free(a, slab_malloc(a, 100'000)); }},
      {"slab_allocator_of",
       [a] {
         void* const object = slab_malloc(a, 64);
         EXPECT_EQ(slab_allocator_of(object), a);
         slab_free(a, object);
       }},
      {"slab_usable_size", [a] { EXPECT_EQ(slab_usable_size(a, slab_malloc(a, 64)), 64u); }},
      {"epoch_current", [a] { epoch_current(a); }},
      {"slab_epoch_era", [a] { slab_epoch_era(a, 0); }},
      {"slab_epoch_state", [a] { slab_epoch_state(a, 0); }},
      {"slab_epoch_set_label", [a] { slab_epoch_set_label(a, 0, "another"); }},
      {"slab_epoch_get_label",
       [a] {
         char text[SLAB_LABEL_BYTES];
         slab_epoch_get_label(a, 0, text);
       }},
      {"slab_epoch_inc_refcount", [a] { slab_epoch_inc_refcount(a, 5); }},
      {"slab_epoch_dec_refcount", [a] { slab_epoch_dec_refcount(a, 5); }},
      {"slab_epoch_get_refcount", [a] { EXPECT_EQ(slab_epoch_get_refcount(a, 0), 1u); }},
      {"slab_epoch_acquire", [a] { slab_epoch_release(a, slab_epoch_acquire(a)); }},
      {"slab_epoch_release", [a] { EXPECT_TRUE(slab_epoch_release(a, slab_epoch_acquire(a))); }},
      {"slab_epoch_open",
       [a] { EXPECT_TRUE(slab_epoch_release(a, slab_epoch_open(a, "a scope"))); }},
      {"slab_epoch_finish",
       [a] {
         const SlabEpochRef scope = slab_epoch_open(a, "a scope");
         EXPECT_TRUE(slab_malloc_ref(a, 100'000, scope));
         EXPECT_TRUE(slab_epoch_finish(a, scope, SLAB_FINISH_DISCARD));
       }},
      {"slab_epoch_ref_dup",
       [=] {
         in_scope([a](SlabEpochRef scope) {
           EXPECT_TRUE(slab_epoch_release(a, slab_epoch_ref_dup(a, scope)));
         });
       }},
      {"slab_malloc_ref",
       [=] { in_scope([a](SlabEpochRef scope) { EXPECT_TRUE(slab_malloc_ref(a, 64, scope)); }); }},
      {"alloc_obj_ref",
       [=] {
         in_scope([a](SlabEpochRef scope) {
           SlabHandle h;
           EXPECT_TRUE(alloc_obj_ref(a, 1 << 20, scope, &h));
         });
       }},
      {"slab_epoch_set_label_ref",
       [=] {
         in_scope([a](SlabEpochRef scope) {
           EXPECT_TRUE(slab_epoch_set_label_ref(a, scope, "renamed"));
         });
       }},
      {"slab_epoch_state_ref",
       [=] {
         in_scope(
             [a](SlabEpochRef scope) { EXPECT_EQ(slab_epoch_state_ref(a, scope), EPOCH_ACTIVE); });
       }},
      {"slab_epoch_close_ref",
       [=] { in_scope([a](SlabEpochRef scope) { EXPECT_TRUE(slab_epoch_close_ref(a, scope)); }); }},
      {"slab_epoch_discard_ref",
       [=] {
         in_scope([a](SlabEpochRef scope) {
           EXPECT_TRUE(slab_malloc_ref(a, 1 << 20, scope));
           EXPECT_EQ(slab_epoch_discard_ref(a, scope), 1u);
         });
       }},
      {"epoch_domain_from",
       [=] {
         in_scope([a](SlabEpochRef scope) {
           EXPECT_TRUE(epoch_domain_destroy(epoch_domain_from(a, scope, SLAB_FINISH_KEEP)));
         });
       }},
      {"epoch_domain_create", [a] { epoch_domain_destroy(epoch_domain_create(a)); }},
      {"epoch_domain_wrap", [=] { in_domain([](epoch_domain_t*) {}, false); }},
      {"epoch_domain_enter",
       [=] {
         in_domain(
             [](epoch_domain_t* d) {
               epoch_domain_enter(d);
               epoch_domain_exit(d);
             },
             false);
       }},
      {"epoch_domain_exit", [=] { in_domain([](epoch_domain_t*) {}, true); }},
      {"epoch_domain_destroy", [=] { in_domain([](epoch_domain_t*) {}, true); }},
      {"epoch_domain_force_close",
       [=] {
         in_domain([](epoch_domain_t* d) { EXPECT_TRUE(epoch_domain_force_close(d)); }, false);
       }},
      {"epoch_domain_current",
       [=] { in_domain([](epoch_domain_t* d) { EXPECT_EQ(epoch_domain_current(), d); }, false); }},
      {"epoch_domain_allocator",
       [=] { in_domain([](epoch_domain_t*) { epoch_domain_allocator(); }, false); }},
      {"slab_stats_global_sized",
       [a] {
         SlabGlobalStats s;
         slab_stats_global(a, &s);
       }},
      {"slab_stats_class_sized",
       [a] {
         SlabClassStats s;
         slab_stats_class(a, 0, &s);
       }},
      {"slab_stats_epoch_sized",
       [a] {
         SlabEpochStats s;
         slab_stats_epoch(a, 0, 0, &s);
       }},
      {"slab_stats_write_json", [=] { EXPECT_TRUE(slab_stats_write_json(a, fd)); }},
      {"slab_stats_write_prometheus",
       [=] { EXPECT_TRUE(slab_stats_write_prometheus(a, fd, nullptr)); }},
      {"epoch_advance", [a] { epoch_advance(a); }},
      {"slab_epoch_try_close",
       [a] {
         slab_epoch_dec_refcount(a, 3);
         EXPECT_TRUE(slab_epoch_try_close(a, 3));
       }},
      {"epoch_close",
       [a, &f] {
         free_objects(a, f.objects[1]);
         epoch_close(a, 1);
       }},
      {"slab_epoch_discard", [a] { EXPECT_EQ(slab_epoch_discard(a, 2), 200u); }},
  };
}

// R-2.2-12
TEST(PendingCancel, GoesThroughEveryCall) {
  Fixture fixture;
  for (const Named& one : every_call(fixture)) {
    EXPECT_TRUE(goes_through(one.call)) << one.function;
    if (HasFailure()) return;  // the allocator may be locked for good
  }
  EXPECT_TRUE(goes_through([&] { fixture.a.reset(); })) << "with what is published";
  EXPECT_TRUE(fixture.runtime.files().empty());
}

// R-2.2-12
TEST(PendingCancel, LeavesNoWorkHalfDone) {
  for (const bool discard : {false, true}) {
    const Allocator a = make_allocator(0);
    const auto objects = make_objects(a.get(), 2000, 128, 0);
    if (!discard) {
      free_objects(a.get(), objects);
    }
    EXPECT_TRUE(goes_through([&] {
      discard ? static_cast<void>(slab_epoch_discard(a.get(), 0)) : epoch_close(a.get(), 0);
    }));
    const SlabGlobalStats after = global_stats(a.get());
    EXPECT_EQ(after.net_slabs, 0u);
    EXPECT_EQ(after.total_frees, 2000u);
  }
}

// R-2.2-12
TEST(PendingCancel, GoesThroughTheWrappersOfCpp) {
  const RuntimeFolder runtime;
  const int fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  EXPECT_TRUE(goes_through([&] {
    Options options;
    options.publish = true;
    temporal_slab::Allocator a(options);
    EXPECT_NE(a.allocate(64), nullptr);
    a.deallocate(a.allocate(100'000));
    a.set_label(0, "wrapped");
    {
      Domain domain(a, a.current_epoch(), true);
      const DomainScope scope(domain);
      EXPECT_NE(a.allocate(64), nullptr);
    }
    {
      const EpochRef reference(a);
      a.advance();
    }
    a.close(a.current_epoch());
    EXPECT_TRUE(a.try_close(a.current_epoch()));
    a.discard(0);
    EXPECT_TRUE(a.write_json(fd));
    EXPECT_TRUE(a.write_prometheus(fd));
    EpochResource resource(a, a.current_epoch());
    resource.deallocate(resource.allocate(64, 8), 64, 8);
  }));
  EXPECT_TRUE(runtime.files().empty());
}

// Each function that the shared library lets out stands above.
TEST(PendingCancel, IsTriedOnAllThatTheLibraryLetsOut) {
  std::set<std::string> out;
  FILE* const names = ::popen("nm -D --defined-only " TEMPORAL_SLAB_SHARED " | grep ' T '", "r");
  ASSERT_NE(names, nullptr);
  char line[256];
  while (std::fgets(line, sizeof line, names) != nullptr) {
    const std::string text = line;
    const std::size_t begin = text.rfind(' ') + 1;
    out.insert(text.substr(begin, text.find_first_of("@\n", begin) - begin));
  }
  ::pclose(names);
  std::set<std::string> tried;
  Fixture fixture;
  for (const Named& one : every_call(fixture)) tried.insert(one.function);
  EXPECT_EQ(tried, out);
}

}  // namespace
}  // namespace temporal_slab::rules
