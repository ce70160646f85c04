// The catalogue: what is forbidden is never produced by the exhaustive search, what is allowed is
// reached, and together the outcomes are those of the axioms.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "harness/explorer/litmus/axioms.h"
#include "harness/explorer/litmus/catalogue.h"

namespace temporal_slab::explorer::litmus {
namespace {

std::vector<std::string> conditions(const char* text) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, '|');) found.push_back(part);
  return found;
}

bool some_matches(const Outcomes& outcomes, const std::string& condition) {
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [&](const Outcome& each) { return matches(each, condition); });
}

bool has_membarrier(const Program& program) {
  for (const auto& thread : program.threads) {
    for (const Instruction& each : thread) {
      if (each.kind == Kind::kMembarrier || each.kind == Kind::kLightBarrier) return true;
    }
  }
  return false;
}

class LitmusTest : public ::testing::TestWithParam<Litmus> {};

TEST_P(LitmusTest, ReachesWhatIsAllowedAndNothingElse) {
  const Litmus& litmus = GetParam();
  const Program program = parse(litmus.program);
  Result result;
  const Outcomes reached = reached_outcomes(program, &result);
  ASSERT_TRUE(result.complete) << result.report;
  for (const std::string& condition : conditions(litmus.forbidden)) {
    EXPECT_FALSE(some_matches(reached, condition)) << "forbidden: " << condition;
  }
  for (const std::string& condition : conditions(litmus.allowed)) {
    EXPECT_TRUE(some_matches(reached, condition)) << "not reached: " << condition;
  }
  for (const std::string& condition : conditions(litmus.gap)) {
    EXPECT_FALSE(some_matches(reached, condition)) << "the gap has closed: " << condition;
  }
}

// The catalogue's own words are judged too, by axioms that know nothing of the explorer.
TEST_P(LitmusTest, AgreesWithTheAxioms) {
  const Litmus& litmus = GetParam();
  const Program program = parse(litmus.program);
  if (has_membarrier(program)) return;  // not of the standard's model
  const Outcomes allowed = consistent_outcomes(program, true);
  for (const std::string& condition : conditions(litmus.forbidden)) {
    EXPECT_FALSE(some_matches(allowed, condition)) << condition;
  }
  for (const std::string& condition : conditions(litmus.allowed)) {
    EXPECT_TRUE(some_matches(allowed, condition)) << condition;
  }
  for (const std::string& condition : conditions(litmus.gap)) {
    EXPECT_TRUE(some_matches(allowed, condition)) << condition;
  }
  Result result;
  EXPECT_EQ(reached_outcomes(program, &result), consistent_outcomes(program, false));
}

TEST(Catalogue, HasManyTestsWithNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Litmus& litmus : catalogue()) names.insert(litmus.name);
  EXPECT_EQ(names.size(), catalogue().size());
  EXPECT_GE(names.size(), 40U);
}

std::string test_name(const ::testing::TestParamInfo<Litmus>& info) {
  std::string name = info.param.name;
  for (char& each : name) each = std::isalnum(static_cast<unsigned char>(each)) != 0 ? each : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, LitmusTest, ::testing::ValuesIn(catalogue()), test_name);

}  // namespace
}  // namespace temporal_slab::explorer::litmus
