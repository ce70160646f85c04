#include "harness/session/holding.h"

#include <gtest/gtest.h>

namespace temporal_slab::harness::session {
namespace {

// Thread 1 (tid 11) takes two on epoch 0, thread 2 (tid 12) one.
class HoldingTest : public testing::Test {
 protected:
  HoldingTest() {
    holding_.is_on(1, 11);
    holding_.is_on(2, 12);
    take(1);
    take(1);
    take(2);
    snapshot_.epochs.resize(model::kEpochs);
    snapshot_.epochs[0].refcount = 3;
    has(11, 2);
    has(12, 1);
  }

  void take(model::ThreadId thread) {
    model_.inc(thread, 0);
    holding_.after_call(model_);
  }
  void drop(model::ThreadId thread) {
    model_.dec(thread, 0);
    holding_.after_call(model_);
  }
  void has(std::uint64_t tid, std::uint64_t refs) {
    stats::HolderRow row;
    row.tid = tid;
    row.refs = refs;
    snapshot_.epochs[0].holders.push_back(row);
  }
  std::string wrong() const { return holding_.compare(snapshot_); }

  model::Model model_;
  Holding holding_;
  stats::Snapshot snapshot_;
};

// R-2.3-3
TEST_F(HoldingTest, EachThreadHoldsWhatItTook) { EXPECT_EQ(wrong(), ""); }

// R-3-3
TEST_F(HoldingTest, HoldersThatDoNotAddUpAreSeen) {
  snapshot_.epochs[0].holders[0].refs = 1;
  EXPECT_EQ(wrong(), "epochs[0]: the holders of 3 references have 2");
  snapshot_.epochs[0].holders[0].refs = 0;
  EXPECT_EQ(wrong(), "epochs[0]: a holder of none");
}

TEST_F(HoldingTest, HoldersThatAreMixedUpAreSeen) {
  std::swap(snapshot_.epochs[0].holders[0].refs, snapshot_.epochs[0].holders[1].refs);
  EXPECT_EQ(wrong(), "epochs[0]: the holders must be 11: 2, 12: 1, are 11: 1, 12: 2");
}

TEST_F(HoldingTest, WhomADropOfAnothersIsChargedToIsLeftOpen) {
  drop(2);
  drop(2);
  snapshot_.epochs[0].refcount = 1;
  snapshot_.epochs[0].holders.pop_back();
  snapshot_.epochs[0].holders[0].refs = 1;
  EXPECT_EQ(wrong(), "");
  snapshot_.epochs[0].holders[0].refs = 2;
  EXPECT_EQ(wrong(), "epochs[0]: the holders of 1 references have 2");
}

TEST_F(HoldingTest, ANewIncarnationIsHeldByNobody) {
  for (int i = 0; i < 3; ++i) drop(i == 0 ? 2 : 1);
  for (std::uint32_t i = 0; i < model::kEpochs; ++i) model_.advance();
  holding_.after_call(model_);
  snapshot_.epochs[0].refcount = 0;
  snapshot_.epochs[0].holders.clear();
  EXPECT_EQ(wrong(), "");
}

TEST_F(HoldingTest, WhatWasAbandonedAddsUpToo) {
  stats::AbandonedRow row;
  row.refcount = 2;
  row.holders.resize(1);
  row.holders[0].refs = 1;
  snapshot_.abandoned.push_back(row);
  EXPECT_EQ(wrong(), "abandoned[0]: the holders of 2 references have 1");
}

}  // namespace
}  // namespace temporal_slab::harness::session
