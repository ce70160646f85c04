#include "sync/biased_section.h"

#include <gtest/gtest.h>

#include "sync/biased_section_support.h"

namespace temporal_slab::sync {
namespace {

using Payer = Bias::Payer;

TEST(BiasedSection, NothingIsLostToARevokerThatPays) {
  owners_and_revoker(Bias::of_this_process());
}

TEST(BiasedSection, NothingIsLostWithFences) { owners_and_revoker(Bias(Payer::kBoth)); }

TEST(BiasedSection, MovesItsWordTwiceAndChangesWhatIsBelow) {
  constexpr std::uint64_t kTurn = 16;
  Atomic<std::uint64_t> word{5};
  {
    BiasedSection<kTurn> section(Bias(Payer::kBoth), word);
    EXPECT_EQ(section.found(), 5U);
    EXPECT_EQ(word.load(kRelaxed), 16U + 5U);
    section.change(3);
  }
  EXPECT_EQ(word.load(kRelaxed), 2U * 16U + 8U);
  { const BiasedSection<kTurn> section(Bias::of_this_process(), word); }
  EXPECT_EQ(word.load(kRelaxed), 4U * 16U + 8U);
}

TEST(BiasedSection, TheProcessIsAskedOnce) {
  EXPECT_EQ(Bias::of_this_process().payer(), Bias::of_this_process().payer());
  EXPECT_EQ(Bias::of_this_process().payer() == Payer::kRevoker, register_membarrier());
}

}  // namespace
}  // namespace temporal_slab::sync
