// Each kind of finding, produced for real by a program that misuses the library, found
// by doctor in its segment, and gone once the program does it right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <chrono>

#include "harness/schema_validator.h"
#include "stats/segment_test_support.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

SlabAllocator* publish(std::uint32_t takeover_after_sec = 300) {
  SlabOptions options;
  slab_options_init(&options);
  options.publish = true;
  options.name = "patient";
  options.retain_bytes = 0;
  options.takeover_after_sec = takeover_after_sec;
  return slab_allocator_create_with(&options);
}

// Until it finds something, which for what must grow older than 0 s takes a second.
Outcome poll_for_findings(const Words& arguments) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Outcome outcome;
  do {
    outcome = run_here(arguments);
  } while (outcome.exit_code == 0 && std::chrono::steady_clock::now() < end);
  return outcome;
}

class Doctor : public testing::Test {
 protected:
  ~Doctor() override { slab_allocator_free(allocator_); }

  static Words with(Words flags) {
    flags.insert(flags.begin(), "doctor");
    return flags;
  }

  static void expect_silent(const Words& flags) {
    const Outcome outcome = run_here(with(flags));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.out, StartsWith("all is well with patient of "));
    EXPECT_EQ(outcome.err, "");
  }

  // One finding, which begins so, and which its JSON has too.
  static void expect_only(const std::string& headline, const Words& flags) {
    const Outcome outcome = run_here(with(flags));
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, StartsWith(headline));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\n\n")));
    Words json = flags;
    json.push_back("--json");
    EXPECT_TRUE(harness::is_valid_findings_json(run_here(with(json)).out));
  }

  // The figures of now, for --since.
  std::string now() const {
    return folder_.write("before.json", run_here({"stats", "--json"}).out);
  }

  stats::RuntimeFolder runtime_;
  TemporaryFolder folder_;
  SlabAllocator* allocator_ = publish();
};

TEST_F(Doctor, FindsAReferenceThatWasEnteredTwiceAndNeverLeft) {
  epoch_advance(allocator_);
  slab_epoch_set_label(allocator_, 1, "background-worker-3");
  epoch_domain_t* const domains[] = {epoch_domain_wrap(allocator_, 1, false),
                                     epoch_domain_wrap(allocator_, 1, false)};
  for (epoch_domain_t* domain : domains) ASSERT_TRUE(epoch_domain_enter(domain));
  epoch_advance(allocator_);
  EXPECT_EQ(poll_for_findings(with({"--age", "0"})).exit_code, 1);
  expect_only("REF_LEAK epoch=1 era=1 label=\"background-worker-3\" refcount=2 age=",
              {"--age", "0"});
  EXPECT_THAT(run_here(with({"--age", "0"})).out,
              HasSubstr("\n  Application bug: 2 references taken and never dropped for "));
  expect_silent({"--age", "3600"});

  for (const int last_first : {1, 0}) {
    ASSERT_TRUE(epoch_domain_exit(domains[last_first]));
    ASSERT_TRUE(epoch_domain_destroy(domains[last_first]));
  }
  expect_silent({"--age", "0"});
}

TEST_F(Doctor, FindsObjectsThatOutliveTheirClosedEpoch) {
  epoch_advance(allocator_);
  slab_epoch_set_label(allocator_, 1, "request:abc123");
  void* const object = slab_malloc_epoch(allocator_, 100, 1);
  epoch_close(allocator_, 1);
  EXPECT_EQ(poll_for_findings(with({"--age", "0"})).exit_code, 1);
  expect_only("OBJECT_LEAK epoch=1 era=1 label=\"request:abc123\" live_objects=1 live_bytes=128 ",
              {"--age", "0"});
  slab_free(allocator_, object);
  expect_silent({"--age", "0"});
}

// Two of two hundred objects stay of each of many short epochs: however fast the ring carries
// them on, they are as old as they are.
TEST_F(Doctor, FindsObjectsThatTheRingCarriesAlong) {
  std::vector<void*> lost;
  for (int turn = 0; turn < 200; ++turn) {
    std::vector<void*> objects;
    for (int i = 0; i < 200; ++i) objects.push_back(slab_malloc(allocator_, 100));
    for (std::size_t i = 2; i < 200; ++i) slab_free(allocator_, objects[i]);
    lost.insert(lost.end(), {objects[0], objects[1]});
    epoch_advance(allocator_);
  }
  // The ring turns on meanwhile, so that no incarnation that stands is old.
  const std::string all = "OBJECT_LEAK carried_objects=400 carried_bytes=51200 eras=200 oldest=";
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Outcome outcome;
  do {
    for (int i = 0; i < 32; ++i) epoch_advance(allocator_);
    outcome = run_here(with({"--age", "1"}));
  } while (!outcome.out.starts_with(all) && std::chrono::steady_clock::now() < end);
  EXPECT_THAT(outcome.out, StartsWith(all));
  expect_silent({"--age", "3600"});
  for (void* const object : lost) slab_free(allocator_, object);
  expect_silent({"--age", "0"});
}

TEST_F(Doctor, FindsSlabsThatAFewObjectsPin) {
  std::vector<void*> objects;
  for (int i = 0; i < 200'000; ++i) objects.push_back(slab_malloc_epoch(allocator_, 128, 0));
  expect_silent({"--age", "0", "--slow-path", "100"});
  // One of each eight stays.
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (i % 8 != 0) slab_free(allocator_, objects[i]);
  EXPECT_EQ(poll_for_findings(with({"--age", "0", "--slow-path", "100"})).exit_code, 1);
  expect_only("PINNED_SLABS empty=22400000 live_bytes=3200000 pinned=25600000\n",
              {"--age", "0", "--slow-path", "100"});
  EXPECT_THAT(run_here(with({"--age", "0"})).out,
              HasSubstr("\n  size class 128, in all epochs: 24.41MB of slabs, 3.05MB of that "
                        "objects\n"));
  expect_silent({"--slow-path", "100"});
  expect_silent({"--age", "0", "--pinned-slabs", "22", "--slow-path", "100"});
  for (std::size_t i = 0; i < objects.size(); i += 8) slab_free(allocator_, objects[i]);
  expect_silent({"--age", "0", "--slow-path", "100"});
}

// R-2.2-3
TEST_F(Doctor, FindsARingThatIsHeld) {
  SlabEpochRef scopes[16];
  for (SlabEpochRef& scope : scopes) scope = slab_epoch_open(allocator_, "request");
  expect_silent({});
  const SlabEpochRef another = slab_epoch_open(allocator_, "request");
  expect_only("RING_FULL count=1 epochs=16 takeover_after=300s\n", {});
  EXPECT_THAT(run_here(with({})).out, HasSubstr("\n  Now 16 of them have.\n"));
  expect_silent({"--advances-held", "1"});

  const std::string before = now();
  ASSERT_TRUE(slab_epoch_release(allocator_, another));
  for (const SlabEpochRef scope : scopes)
    ASSERT_TRUE(slab_epoch_finish(allocator_, scope, SLAB_FINISH_CLOSE) ||
                slab_epoch_state_ref(allocator_, scope) == EPOCH_CLOSING);
  epoch_advance(allocator_);
  expect_silent({"--since", before});
}

TEST_F(Doctor, FindsReferencesThatTheFullRingTookOver) {
  slab_allocator_free(allocator_);
  allocator_ = publish(0);
  for (int i = 0; i < 15; ++i) {
    slab_epoch_inc_refcount(allocator_, epoch_current(allocator_));
    epoch_advance(allocator_);
  }
  slab_epoch_inc_refcount(allocator_, 15);
  expect_silent({});
  epoch_advance(allocator_);
  expect_only("ABANDONED_REFS count=1 takeover_after=0s\n", {});
  EXPECT_THAT(run_here(with({})).out, HasSubstr("\n  epoch 0 era 0 \"\": 1 reference after "));
  expect_silent({"--abandoned-refs", "1"});

  const std::string before = now();
  for (EpochId epoch = 1; epoch < 16; ++epoch) slab_epoch_dec_refcount(allocator_, epoch);
  for (int i = 0; i < 40; ++i) epoch_advance(allocator_);
  expect_silent({"--since", before});
}

TEST_F(Doctor, FindsReferencesDroppedWhereNoneStood) {
  slab_epoch_dec_refcount(allocator_, 0);
  expect_only("UNDERFLOW count=1\n", {});
  const std::string before = now();
  slab_epoch_inc_refcount(allocator_, 0);
  slab_epoch_dec_refcount(allocator_, 0);
  expect_silent({"--since", before});
  expect_silent({"--underflows", "1"});
}

TEST_F(Doctor, FindsReleasesAfterTheirIncarnation) {
  const SlabEpochRef ref = slab_epoch_acquire(allocator_);
  ASSERT_TRUE(slab_epoch_release(allocator_, ref));
  for (int i = 0; i < 16; ++i) epoch_advance(allocator_);
  ASSERT_FALSE(slab_epoch_release(allocator_, ref));
  expect_only("STALE_RELEASE count=1\n", {});
  const std::string before = now();
  ASSERT_TRUE(slab_epoch_release(allocator_, slab_epoch_acquire(allocator_)));
  expect_silent({"--since", before});
  expect_silent({"--stale-releases", "1"});
}

TEST_F(Doctor, FindsFreesThatWereRefused) {
  SlabHandle handle = 0;
  ASSERT_NE(alloc_obj_epoch(allocator_, 64, 0, &handle), nullptr);
  ASSERT_TRUE(free_obj(allocator_, handle));
  ASSERT_FALSE(free_obj(allocator_, handle));
  int no_object = 0;
  slab_free(allocator_, &no_object);
  expect_only("BAD_FREE count=2 invalid=1 stale=1\n", {});
  const std::string before = now();
  slab_free(allocator_, slab_malloc(allocator_, 64));
  expect_silent({"--since", before});
  expect_silent({"--bad-frees", "2"});
}

TEST_F(Doctor, FindsMemoryThatTheKernelDidNotTakeBack) {
  epoch_advance(allocator_);
  void* const locked = slab_malloc_epoch(allocator_, 64, 1);
  // Locked memory is never given back. By the system call: sanitizers ignore mlock.
  ASSERT_EQ(syscall(SYS_mlock, locked, 64), 0);
  slab_free(allocator_, locked);
  epoch_close(allocator_, 1);
  expect_only("MADVISE_FAILURE count=1\n", {});
  const std::string before = now();
  ASSERT_EQ(syscall(SYS_munlock, locked, 64), 0);
  slab_free(allocator_, slab_malloc(allocator_, 64));
  epoch_close(allocator_, epoch_current(allocator_));
  expect_silent({"--since", before});
  expect_silent({"--madvise-failures", "1"});
}

TEST_F(Doctor, FindsASlowPathThatIsTakenOften) {
  // The share of the first few says nothing.
  for (int i = 0; i < 9'999; ++i) slab_malloc(allocator_, 768);
  EXPECT_EQ(run_here({"doctor"}).exit_code, 0);
  slab_malloc(allocator_, 768);
  const Outcome outcome = run_here({"doctor"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, StartsWith("SLOW_PATH share=20.00% hits=2000 cause="));
  EXPECT_THAT(outcome.out, HasSubstr(" size=768\n"));
  // While one object stays, its slab does: all others are fast.
  slab_malloc(allocator_, 64);
  for (int i = 0; i < 100'000; ++i) slab_free(allocator_, slab_malloc(allocator_, 64));
  EXPECT_EQ(run_here({"doctor"}).exit_code, 0);
}

TEST_F(Doctor, FindsWhatAKilledProcessLeft) {
  stats::WaitingChild child([] {
    SlabAllocator* const allocator = publish();
    epoch_advance(allocator);
    slab_epoch_set_label(allocator, 1, "killed");
    slab_epoch_inc_refcount(allocator, 1);
    epoch_advance(allocator);
  });
  const std::string pid = std::to_string(child.pid());
  child.kill_and_reap();
  const Outcome outcome = poll_for_findings(with({"--age", "0", "--pid", pid}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, StartsWith("the process is dead; ages and uptime are as of "));
  EXPECT_THAT(outcome.out, HasSubstr("\nREF_LEAK epoch=1 era=1 label=\"killed\" refcount=1 age="));
}

TEST_F(Doctor, RefusesToCountFromAnotherProcess) {
  const std::string before = now();
  std::string text = run_here({"stats", "--json"}).out;
  const std::string pid = "\"pid\":" + std::to_string(getpid());
  text.replace(text.find(pid), pid.size(), "\"pid\":1");
  const Outcome outcome = run_here({"doctor", "--since", folder_.write("other.json", text)});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "tslab: doctor: --since: the process was replaced: pid 1 is now " +
                             std::to_string(getpid()) + "\n");
}

}  // namespace
}  // namespace temporal_slab::tslab
