#include "render/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "harness/sample_snapshots.h"

namespace temporal_slab::render {
namespace {

const EpochKey& epoch_key(std::string_view name) { return *find_key(kEpochKeys, name); }

stats::EpochRow epoch(std::uint64_t id, std::uint64_t refcount, std::string label) {
  stats::EpochRow row;
  row.epoch_id = id;
  row.refcount = refcount;
  row.label = std::move(label);
  return row;
}

std::string top(const std::vector<stats::EpochRow>& rows, const TopOptions& options,
                std::string_view key = "refcount") {
  stats::Snapshot s;
  s.epochs = rows;
  return render_top_epochs(s, epoch_key(key), options);
}

// The first word of each row.
std::string order(const std::string& table) {
  std::string ids;
  std::size_t line = 0;
  for (std::size_t at = 0; at < table.size(); at = table.find('\n', at) + 1)
    if (line++ >= 2) ids += table.substr(at, table.find(' ', at) - at) + " ";
  return ids;
}

TEST(TopEpochs, PrintTheLinesOfTheContract) {
  stats::EpochRow row = epoch(5, 2, "test-request-123");
  row.epoch_era = 150;
  row.age_sec = 10;
  row.estimated_rss_bytes = 4 << 20;
  EXPECT_EQ(top({row}, {}),
            "top epochs by refcount\n"
            "epoch    era        state    age        refcount   rss          label\n"
            "5        150        ACTIVE   10s        2          4.00MB       test-request-123\n");
}

TEST(TopEpochs, NoLineEndsWithABlank) {
  for (const char* label : {"", " ", "ends with blanks   "}) {
    const std::string table = top({epoch(1, 2, label)}, {});
    EXPECT_EQ(table.find(" \n"), table.npos) << table;
  }
}

TEST(TopEpochs, TiesGoByIdInBothDirections) {
  const std::vector<stats::EpochRow> rows = {epoch(2, 1, ""), epoch(0, 1, ""), epoch(1, 1, ""),
                                             epoch(3, 9, "")};
  EXPECT_EQ(order(top(rows, {.rows = 4, .ascending = false})), "3 0 1 2 ");
  EXPECT_EQ(order(top(rows, {.rows = 4, .ascending = true})), "0 1 2 3 ");
}

TEST(TopEpochs, ShowAtLeastOneRowAndNoMoreThanThereAre) {
  const std::vector<stats::EpochRow> rows = {epoch(0, 1, ""), epoch(1, 2, "")};
  EXPECT_EQ(order(top(rows, {.rows = 0})), "1 ");
  EXPECT_EQ(order(top(rows, {.rows = 1})), "1 ");
  EXPECT_EQ(order(top(rows, {.rows = static_cast<std::size_t>(-1)})), "1 0 ");
  EXPECT_EQ(order(top({}, {})), "");
}

TEST(TopEpochs, AWideValueKeepsOneBlankAndIsNotCut) {
  stats::EpochRow row = epoch(5, 123456789012345, "label");
  row.epoch_era = 1234567890123;
  EXPECT_NE(top({row}, {}).find("5        1234567890123 ACTIVE   0s         123456789012345 0.00MB "
                                "      label\n"),
            std::string::npos);
}

TEST(TopEpochs, ALabelCannotAddALineOrAnEscape) {
  for (const std::string& label : harness::hostile_labels()) {
    const std::string table = top({epoch(0, 0, label)}, {});
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3) << table;
    EXPECT_EQ(table.find('\x1B'), table.npos);
  }
}

TEST(TopKeys, SortByTheFigureTheyName) {
  stats::Snapshot s;
  std::uint64_t id = 0;
  for (const EpochKey& key : kEpochKeys) {
    stats::EpochRow row = epoch(id++, 0, "");
    row.*key.member = 7;
    s.epochs.push_back(row);
  }
  id = 0;
  for (const ClassKey& key : kClassKeys) {
    stats::ClassRow row;
    row.class_index = id++;
    row.*key.member = 7;
    s.classes.push_back(row);
  }
  const TopOptions one = {.rows = 1};
  EXPECT_EQ(order(render_top_epochs(s, epoch_key("rss_bytes"), one)), "0 ");
  EXPECT_EQ(order(render_top_epochs(s, epoch_key("age_sec"), one)), "1 ");
  EXPECT_EQ(order(render_top_epochs(s, epoch_key("refcount"), one)), "2 ");
  EXPECT_EQ(order(render_top_epochs(s, epoch_key("reclaimable_bytes"), one)), "3 ");
  EXPECT_EQ(order(render_top_epochs(s, epoch_key("live_objects"), one)), "4 ");
  id = 0;
  for (const ClassKey& key : kClassKeys)
    EXPECT_EQ(order(render_top_classes(s, key, one)), std::to_string(id++) + " ") << key.name;
  EXPECT_EQ(s.epochs[0].estimated_rss_bytes, 7u);
  EXPECT_EQ(s.classes[0].slow_path_hits, 7u);
  EXPECT_EQ(s.classes[1].new_slab_count, 7u);
  EXPECT_EQ(s.classes[2].madvise_bytes, 7u);
  EXPECT_EQ(s.classes[3].net_slabs, 7u);
  EXPECT_EQ(s.classes[4].live_bytes, 7u);
}

TEST(TopKeys, AreListedInTheOrderOfTheTableWithTheDefaultFirst) {
  EXPECT_EQ(key_names(kEpochKeys), "rss_bytes, age_sec, refcount, reclaimable_bytes, live_objects");
  EXPECT_EQ(key_names(kClassKeys),
            "slow_path_hits, new_slab_count, madvise_bytes, net_slabs, live_bytes");
  EXPECT_EQ(find_key(kEpochKeys, "slow_path_hits"), nullptr);
  EXPECT_EQ(find_key(kEpochKeys, ""), nullptr);
}

TEST(Rankings, OfSeveralSayWhoseEachRowIsAndGoByPlaceAmongTies) {
  std::vector<stats::Snapshot> snapshots(3);
  snapshots[0].epochs = {epoch(2, 5, "first"), epoch(1, 7, "")};
  snapshots[2].epochs = {epoch(0, 7, "a\x1B[2J"), epoch(3, 9, "")};
  const Ranking ranking = rank_epochs(snapshots, epoch_key("refcount"), {.rows = 3});
  EXPECT_EQ(ranking.title, "top epochs by refcount");
  ASSERT_EQ(ranking.rows.size(), 3u);
  EXPECT_EQ(ranking.rows[0].of, 2u);
  EXPECT_EQ(ranking.rows[0].cells[0], "3");
  EXPECT_EQ(ranking.rows[1].of, 0u);
  EXPECT_EQ(ranking.rows[1].cells[0], "1");
  EXPECT_EQ(ranking.rows[2].of, 2u);
  EXPECT_EQ(ranking.rows[2].cells.back(), "a\\x1b[2J");
  for (const Ranking::Row& row : ranking.rows) EXPECT_EQ(row.cells.size(), ranking.columns.size());
}

TEST(Rankings, OfSeveralHaveTheColumnOfTheirKeyToo) {
  const std::vector<stats::Snapshot> snapshots(2, harness::busy_snapshot());
  const Ranking ranking = rank_epochs(snapshots, epoch_key("live_objects"), {.ascending = true});
  EXPECT_EQ(ranking.columns[6], "live_objects");
  EXPECT_EQ(ranking.columns[7], "label");
  EXPECT_EQ(rank_classes(snapshots, kClassKeys[0], {.rows = 1000}).rows.size(),
            2 * snapshots[0].classes.size());
  EXPECT_TRUE(rank_epochs({}, epoch_key("refcount"), {}).rows.empty());
}

}  // namespace
}  // namespace temporal_slab::render
