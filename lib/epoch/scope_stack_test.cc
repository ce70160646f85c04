#include "epoch/scope_stack.h"

#include <gtest/gtest.h>

#include <thread>

namespace temporal_slab::epoch {
namespace {

// R-2.5-3
TEST(ScopeStack, TheOuterScopeIsInnermostAgainAfterAnInnerOneIsLeft) {
  ScopeStack scopes;
  scopes.push({nullptr, 1, 3, 30});
  scopes.push({nullptr, 2, 4, 40});
  EXPECT_EQ(scopes.innermost()->epoch, 4u);
  EXPECT_EQ(scopes.innermost_of(1)->epoch, 3u);
  EXPECT_EQ(scopes.innermost_of(3), nullptr);
  scopes.pop();
  EXPECT_EQ(scopes.innermost()->epoch, 3u);
  scopes.pop();
  EXPECT_EQ(scopes.innermost(), nullptr);
}

// R-2.5-2
TEST(ScopeStack, HoldsThirtyTwoScopes) {
  ScopeStack scopes;
  for (std::uint32_t i = 0; i < 32; ++i) {
    EXPECT_FALSE(scopes.full());
    scopes.push({nullptr, 1, i % 16, i});
  }
  EXPECT_TRUE(scopes.full());
}

TEST(ScopeStack, ForgetsTheScopesOfOneAllocatorAndKeepsTheOrderOfTheOthers) {
  ScopeStack scopes;
  for (std::uint32_t i = 0; i < 9; ++i) scopes.push({nullptr, i % 3, i, i});
  scopes.drop(1);
  EXPECT_EQ(scopes.innermost_of(1), nullptr);
  EXPECT_EQ(scopes.innermost()->epoch, 8u);
  scopes.pop();
  EXPECT_EQ(scopes.innermost()->epoch, 6u);
}

TEST(ThisThread, HasAnIdThatNoOtherThreadHas) {
  const std::uint64_t mine = this_thread_id();
  EXPECT_EQ(this_thread_id(), mine);
  std::uint64_t other = mine;
  std::thread([&] { other = this_thread_id(); }).join();
  EXPECT_NE(other, mine);
}

}  // namespace
}  // namespace temporal_slab::epoch
