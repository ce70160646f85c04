#include "harness/exposition_parser.h"

#include <gtest/gtest.h>

namespace temporal_slab::harness {
namespace {

constexpr char kGood[] =
    "# HELP a_total one\\\\two\\nthree \"four\"\n"
    "# TYPE a_total counter\n"
    "a_total{x=\"1\",y=\"q\\\"b\\\\n\\n\"} 18446744073709551615\n"
    "a_total 0.000000001\n"
    "# HELP b two\n"
    "# TYPE b gauge\n"
    "b{x=\"\"} 0\n";

TEST(ExpositionParser, UndoesEscapesAndKeepsDigits) {
  std::map<std::string, ExpositionFamily> families;
  ASSERT_EQ(parse_exposition(kGood, &families), std::nullopt);
  ASSERT_EQ(families.size(), 2U);
  const ExpositionFamily& a = families["a_total"];
  EXPECT_EQ(a.help, "one\\two\nthree \"four\"");
  EXPECT_EQ(a.type, "counter");
  EXPECT_EQ(a.samples.at({{"x", "1"}, {"y", "q\"b\\n\n"}}), "18446744073709551615");
  EXPECT_EQ(a.samples.at({}), "0.000000001");
  EXPECT_EQ(families["b"].samples.at({{"x", ""}}), "0");
}

TEST(ExpositionParser, FindsEachOffence) {
  const std::string head = "# HELP a x\n# TYPE a gauge\n";
  const std::pair<std::string, std::string> offences[] = {
      {"a 1\n", "outside of its family"},
      {"# HELP a\n", "a HELP without its text"},
      {"# HELP a \\q\n", "an escape that there is not"},
      {"# TYPE a gauge\n", "does not follow its HELP"},
      {"# HELP a x\n# TYPE b gauge\n", "does not follow its HELP"},
      {"# HELP a x\n# TYPE a gauges\n", "neither counter nor gauge"},
      {"# HELP a x\n# TYPE a counter\n", "a is a counter"},
      {"# HELP a_total x\n# TYPE a_total gauge\n", "a_total is a gauge"},
      {"# HELP a x\na 1\n", "outside of its family"},
      {head, "a has no sample"},
      {head + "# HELP b x\n", "a has no sample"},
      {head + "a 1\n" + head + "a{x=\"2\"} 1\n", "a comes twice"},
      {head + "b 1\n", "outside of its family"},
      {head + "a{} 1\n", "a label that cannot be read"},
      {head + "a{x=\"1} 1\n", "a label that cannot be read"},
      {head + "a{x=\"\\t\"} 1\n", "a label that cannot be read"},
      {head + "a{1x=\"\"} 1\n", "a label that cannot be read"},
      {head + "a{x=\"\",x=\"\"} 1\n", "label x comes twice"},
      {head + "a{x=\"\" 1\n", "labels without an end"},
      {head + "a\n", "no value"},
      {head + "a 1e3\n", "the value 1e3"},
      {head + "a -1\n", "the value -1"},
      {head + "a 1.50\n", "the value 1.50"},
      {head + "a 1 \n", "the value 1 "},
      {head + "a{x=\"1\"} 1\na{x=\"1\"} 1\n", "a series that comes twice"},
      {head + "a{x=\"\xFF\"} 1\n", "no clean UTF-8"},
      {head + std::string("a{x=\"\0\"} 1\n", 11), "no clean UTF-8"},
      {head + "a 1", "no newline at its end"},
      {head + "\na 1\n", "outside of its family"},
  };
  for (const auto& [text, expected] : offences) {
    std::map<std::string, ExpositionFamily> families;
    const std::optional<std::string> offence = parse_exposition(text, &families);
    ASSERT_TRUE(offence) << text;
    EXPECT_NE(offence->find(expected), std::string::npos) << text << *offence;
  }
}

}  // namespace
}  // namespace temporal_slab::harness
