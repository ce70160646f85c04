// `tslab export prometheus`, and what `tslab serve` says of all published allocators.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/process.h"
#include "harness/exposition_parser.h"
#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "stats/segment_test_support.h"
#include "tslab/scrape.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using Families = std::map<std::string, harness::ExpositionFamily>;

Families parsed(const std::string& text) {
  Families families;
  const std::optional<std::string> offence = harness::parse_exposition(text, &families);
  EXPECT_FALSE(offence) << *offence;
  return families;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Export, PrintsWhatTheRendererMakesOfEachSample) {
  for (const std::string sample : {"fresh", "busy", "largest"})
    for (const std::string series : {"epoch", "slot"}) {
      const Outcome outcome =
          run_here({"export", "prometheus", "--series", series, "--input",
                    harness::source_path("schemas/golden/json_" + sample + ".json")});
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_TRUE(
          harness::matches_golden("prometheus/" + sample + "_" + series + ".prom", outcome.out));
    }
}

TEST(Export, ReplacesAFileAndPrintsNothing) {
  const TemporaryFolder folder;
  const std::string path = folder.write("slab.prom", "former\n");
  const std::string json = render::render_json(harness::busy_snapshot());
  const Outcome outcome =
      run_here({"export", "prometheus", "--prefix", "my", "--stdin", "--output", path}, json);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(text_of(path), run_here({"export", "prometheus", "--prefix=my", "--stdin"}, json).out);
  EXPECT_TRUE(parsed(text_of(path)).contains("my_epoch_refcount"));
}

TEST(Export, OfWhatCannotBeReadLeavesTheFileAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.write("slab.prom", "former\n");
  const Outcome outcome =
      run_here({"export", "prometheus", "--stdin", "--output", path}, "{\"not\":\"one\"}\n");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(text_of(path), "former\n");
}

// Two processes, or two snapshots of them, on one textfile collector.
TEST(Export, LabelsTellTwoExportsApart) {
  const std::string json = render::render_json(harness::busy_snapshot());
  const auto exported = [&](const std::string& service) {
    const Outcome outcome =
        run_here({"export", "prometheus", "--stdin", "--label=service=" + service, "--label",
                  "zone=a=b \"c\"\\\n"},
                 json);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return parsed(outcome.out);
  };
  const Families one = exported("one");
  const Families two = exported("two");
  std::size_t series = 0;
  for (const auto& [name, family] : one)
    for (const auto& [labels, value] : family.samples) {
      EXPECT_EQ(labels.at("zone"), "a=b \"c\"\\\n");
      EXPECT_FALSE(two.at(name).samples.contains(labels)) << name;
      ++series;
    }
  EXPECT_GT(series, 800U);
}

TEST(Export, OfAProcessThatWasChosenByPidSaysWhichItIs) {
  const stats::RuntimeFolder runtime;
  SlabOptions options;
  slab_options_init(&options);
  options.publish = true;
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  const std::string pid = std::to_string(getpid());
  for (const auto& [name, family] : parsed(run_here({"export", "prometheus", "--pid", pid}).out))
    for (const auto& [labels, value] : family.samples) EXPECT_EQ(labels.at("pid"), pid) << name;
  for (const auto& [name, family] : parsed(run_here({"export", "prometheus"}).out))
    for (const auto& [labels, value] : family.samples) EXPECT_FALSE(labels.contains("pid")) << name;
  slab_allocator_free(allocator);
}

class ScrapeTest : public testing::Test {
 protected:
  static SlabAllocator* publish(const char* name) {
    SlabOptions options;
    slab_options_init(&options);
    options.publish = true;
    options.name = name;
    return slab_allocator_create_with(&options);
  }
  static Families scraped() {
    std::string error;
    Scrape scrape;
    EXPECT_TRUE(scrape_published(&scrape, &error)) << error;
    return parsed(metrics_of(scrape, {}));
  }
  static std::string segments(const Families& families, const std::string& condition) {
    return families.at("temporal_slab_segments").samples.at({{"condition", condition}});
  }

  stats::RuntimeFolder runtime_;
};

TEST_F(ScrapeTest, OfNothingSaysThat) {
  const Families families = scraped();
  EXPECT_EQ(families.size(), 1U);
  EXPECT_EQ(segments(families, "alive"), "0");
}

TEST_F(ScrapeTest, ShowsEachAllocatorOfEachProcess) {
  SlabAllocator* const own = publish("same");
  const std::string pid = std::to_string(getpid());
  const stats::WaitingChild child([] { publish("same"); });
  char process[64];
  base::own_process_name(process, sizeof(process));
  const harness::ExpositionLabels labels = {
      {"allocator", "same"}, {"pid", pid}, {"process", process}};
  {
    const Families families = scraped();
    EXPECT_EQ(segments(families, "alive"), "2");
    const auto& found = families.at("temporal_slab_net_slabs").samples;
    EXPECT_EQ(found.size(), 2U);
    EXPECT_TRUE(found.contains(labels));
  }
  // Two of one name in one process are told apart by their segments.
  SlabAllocator* const twin = publish("same");
  const auto with_twin = scraped().at("temporal_slab_net_slabs").samples;
  EXPECT_EQ(with_twin.size(), 3U);
  EXPECT_FALSE(with_twin.contains(labels));
  slab_allocator_free(twin);
  EXPECT_TRUE(scraped().at("temporal_slab_net_slabs").samples.contains(labels));
  slab_allocator_free(own);
}

// R-2.6-3
TEST_F(ScrapeTest, DeadAndDamagedOnesCostTheirOwnRowsOnly) {
  SlabAllocator* const own = publish("fine");
  stats::WaitingChild child([] { publish("killed"); });
  child.kill_and_reap();
  const std::string noise(10'000, 'x');
  stats::write_new_file(runtime_.segment(getpid(), 1000), noise.data(), noise.size());
  stats::write_new_file(runtime_.segment(getpid(), 1001), "", 0);
  const Families families = scraped();
  EXPECT_EQ(segments(families, "alive"), "1");
  EXPECT_EQ(segments(families, "dead"), "1");
  EXPECT_EQ(segments(families, "damaged"), "2");
  EXPECT_EQ(families.at("temporal_slab_net_slabs").samples.size(), 1U);
  slab_allocator_free(own);
}

// R-2.6-3
TEST_F(ScrapeTest, OnesThatVanishOnceTheyAreListedCostTheirOwnRowsOnly) {
  SlabAllocator* const going = publish("going");
  SlabAllocator* const fine = publish("fine");
  SlabAllocator* const replaced = publish("replaced");
  stats::Listing listing;
  std::string error;
  ASSERT_TRUE(stats::list_published(&listing, &error)) << error;
  const std::vector<stats::Published>& list = listing.segments;
  ASSERT_EQ(list.size(), 3U);
  slab_allocator_free(going);
  const std::string path = list.back().path;
  ASSERT_EQ(unlink(path.c_str()), 0);
  stats::write_new_file(path, "", 0);
  const Families families = parsed(metrics_of(scrape_listed(list), {}));
  EXPECT_EQ(segments(families, "alive"), "1");
  EXPECT_EQ(segments(families, "dead"), "0");
  EXPECT_EQ(segments(families, "damaged"), "0");
  EXPECT_EQ(segments(families, "vanished"), "2");
  EXPECT_EQ(families.at("temporal_slab_net_slabs").samples.size(), 1U);
  slab_allocator_free(replaced);
  slab_allocator_free(fine);
}

TEST_F(ScrapeTest, OfAFolderThatCannotBeTrustedIsAnError) {
  SlabAllocator* const own = publish("fine");
  ASSERT_EQ(chmod(runtime_.directory().c_str(), 0755), 0);
  std::string error;
  Scrape scrape;
  EXPECT_FALSE(scrape_published(&scrape, &error));
  EXPECT_NE(error.find("mode"), std::string::npos) << error;
  ASSERT_EQ(chmod(runtime_.directory().c_str(), 0700), 0);
  slab_allocator_free(own);
}

}  // namespace
}  // namespace temporal_slab::tslab
