#include "demo/report.h"

#include <gtest/gtest.h>

namespace temporal_slab::demo {
namespace {

TEST(WordsReport, LooksAsUniqPrintsIt) {
  EXPECT_EQ(words_report({{"the", 12345}, {"of", 7}, {"much", 123456789}}),
            "  12345 the\n      7 of\n123456789 much\n");
  EXPECT_EQ(words_report({}), "");
}

TEST(SummaryReport, SaysWhatWasCountedAndNothingElse) {
  const RunFacts run = {.files = 3,
                        .bytes = 1000,
                        .words = 200,
                        .different_words = 50,
                        .threads = 4,
                        .seconds = 0.25};
  SlabGlobalStats stats{};
  stats.total_allocs = 600;
  stats.total_frees = 400;
  stats.epochs_closed = 6;
  stats.epochs_drained_at_close = 5;
  stats.total_slabs_allocated = 40;
  stats.total_slabs_recycled = 33;
  stats.net_slabs = 7;
  stats.total_madvise_bytes = 65536;
  stats.total_madvise_calls = 2;
  EXPECT_EQ(summary_report(run, stats),
            "         3 files\n"
            "      1000 bytes\n"
            "       200 words, 50 different ones, in 0.250 s on 4 threads\n"
            "       600 objects allocated, 400 of them freed\n"
            "         6 epochs closed, 5 of them without a live object by then\n"
            "        40 slabs set up, 33 of them emptied, 7 in use\n"
            "     65536 bytes given back to the system in 2 calls\n");
}

}  // namespace
}  // namespace temporal_slab::demo
