#include "tslab/columns.h"

#include <gtest/gtest.h>

namespace temporal_slab::tslab {
namespace {

using Rows = std::vector<std::vector<std::string>>;

const std::vector<TableColumn> kColumns = {
    {"NAME"}, {"LIVE", Side::kRight}, {"REFS", Side::kRight}, {"STATE"}};

TEST(Columns, AreAsWideAsWhatStandsInThem) {
  EXPECT_EQ(
      in_columns(kColumns, Rows{{"a", "12.50MB", "3", "alive"}, {"long-name", "0MB", "12", ""}},
                 std::nullopt),
      "NAME          LIVE  REFS  STATE\n"
      "a          12.50MB     3  alive\n"
      "long-name      0MB    12\n");
  EXPECT_EQ(in_columns(kColumns, Rows{}, std::nullopt), "NAME  LIVE  REFS  STATE\n");
}

TEST(Columns, CountWideAndCombiningCharactersAsATerminalDoes) {
  EXPECT_EQ(in_columns(kColumns,
                       Rows{{"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", "1", "2", "x"},
                            {"e\xCC\x81", "1", "2", "x"}},
                       std::nullopt),
            "NAME    LIVE  REFS  STATE\n"
            "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E     1     2  x\n"
            "e\xCC\x81          1     2  x\n");
}

TEST(Columns, FitATerminalThatIsJustWideEnough) {
  const Rows rows = {{"main", "12.50MB", "3", "alive"}};
  const std::string whole = in_columns(kColumns, rows, std::nullopt);
  EXPECT_EQ(in_columns(kColumns, rows, 26), whole);  // "main  12.50MB     3  alive"
  EXPECT_NE(in_columns(kColumns, rows, 25), whole);
}

TEST(Columns, GoOnBelowUnderTheirOwnTitlesWhereThereIsNoRoom) {
  EXPECT_EQ(
      in_columns(kColumns, Rows{{"main", "12.50MB", "3", "alive"}, {"b", "1MB", "12", "dead"}}, 20),
      "NAME     LIVE  REFS\n"
      "    STATE\n"
      "main  12.50MB     3\n"
      "    alive\n"
      "b         1MB    12\n"
      "    dead\n");
}

TEST(Columns, TakeNoLineBelowForWhatIsEmpty) {
  EXPECT_EQ(
      in_columns(kColumns, Rows{{"main", "12.50MB", "3", ""}, {"b", "1MB", "12", "dead"}}, 20),
      "NAME     LIVE  REFS\n"
      "    STATE\n"
      "main  12.50MB     3\n"
      "b         1MB    12\n"
      "    dead\n");
}

TEST(Columns, BreakALongTextBelowItselfAtABlank) {
  EXPECT_EQ(
      in_columns(kColumns, Rows{{"m", "1", "2", "unknown: it runs in another pid namespace"}}, 36),
      "NAME  LIVE  REFS  STATE\n"
      "m        1     2  unknown: it runs\n"
      "                  in another pid\n"
      "                  namespace\n");
}

TEST(Columns, LoseNothingOfATextWithoutBlanksOrOnAScreenOfOneColumn) {
  EXPECT_EQ(in_columns(std::vector<TableColumn>{{"A"}, {"B"}},
                       Rows{{"1", "abcdefghijklmnopqrstuvwxyz"}}, 20),
            "A  B\n"
            "1  abcdefghijklmnopq\n"
            "   rstuvwxyz\n");
  EXPECT_EQ(in_columns(std::vector<TableColumn>{{"A"}}, Rows{{"\xE6\x97\xA5z"}}, 1),
            "A\n"
            "\xE6\x97\xA5\n"
            "z\n");
  EXPECT_EQ(in_columns(std::vector<TableColumn>{{"A"}}, Rows{{"abc"}}, 0), "A\na\nb\nc\n");
}

}  // namespace
}  // namespace temporal_slab::tslab
