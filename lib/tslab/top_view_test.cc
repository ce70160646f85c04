#include "tslab/top_view.h"

#include <gtest/gtest.h>

#include "render/table_keys.h"

namespace temporal_slab::tslab {
namespace {

TopFigures figures_of(std::size_t epochs) {
  TopFigures figures;
  stats::Snapshot& snapshot = figures.snapshots.emplace_back();
  for (std::size_t i = 0; i < epochs; ++i) {
    stats::EpochRow& row = snapshot.epochs.emplace_back();
    row.epoch_id = i;
    row.refcount = i;
    row.label = "label-" + std::to_string(i);
  }
  figures.heading = "now";
  return figures;
}

CommandLine top_epochs() {
  CommandLine line;
  line.epoch_key = &render::kEpochKeys[0];
  return line;
}

void type(TopView& view, const std::string& text) {
  for (const char c : text) view.press({Key::kText, std::string(1, c)});
}

TEST(TopView, HasALetterForEachKeyThatNoCommandHas) {
  for (const bool epochs : {true, false}) {
    CommandLine line = top_epochs();
    if (!epochs) line = {};
    if (!epochs) line.class_key = &render::kClassKeys[0];
    TopView view(line);
    const std::string keys = view.lines(figures_of(1), {24, 500}).back().text;
    const auto check = [&](std::string_view name, const auto& is_chosen) {
      const std::size_t at = keys.find(" " + std::string(name));
      ASSERT_NE(at, std::string::npos) << keys;
      type(view, keys.substr(at - 1, 1));
      EXPECT_TRUE(is_chosen()) << name;
    };
    if (epochs)
      for (const render::EpochKey& key : render::kEpochKeys)
        check(key.name, [&] { return view.epoch_key() == &key; });
    else
      for (const render::ClassKey& key : render::kClassKeys)
        check(key.name, [&] { return view.class_key() == &key; });
  }
}

// However small the screen and however far it was scrolled.
TEST(TopView, KeepsToItsScreen) {
  for (std::size_t rows = 1; rows < 30; ++rows) {
    TopView view(top_epochs());
    const TopFigures many = figures_of(100);
    for (const Key key : {Key::kEnd, Key::kPageDown, Key::kDown, Key::kPageUp, Key::kUp}) {
      view.press({key, ""});
      EXPECT_EQ(view.lines(many, {rows, 80}).size(), rows);
    }
    view.press({Key::kEnd, ""});
    EXPECT_EQ(view.lines(figures_of(0), {rows, 80}).size(), rows);
    EXPECT_EQ(view.lines(figures_of(0), {rows, 1}).size(), rows);
  }
}

TEST(TopView, FindsATextAsItIsShown) {
  TopFigures figures = figures_of(20);
  figures.snapshots[0].epochs[3].label = "two\nlines";
  TopView view(top_epochs());
  type(view, "/two\\x0al");
  EXPECT_EQ(view.lines(figures, {24, 80})[1].text,
            "top epochs by rss_bytes: 1 of 20 rows with 'two\\x0al'");
  view.press({Key::kEscape, ""});
  EXPECT_EQ(view.lines(figures, {30, 80})[1].text, "top epochs by rss_bytes: 20 rows");
  EXPECT_TRUE(view.press({Key::kText, "x"}));
  EXPECT_FALSE(view.press({Key::kText, "q"}));
}

}  // namespace
}  // namespace temporal_slab::tslab
