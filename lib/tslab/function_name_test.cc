#include "tslab/function_name.h"

#include <gtest/gtest.h>

namespace temporal_slab::tslab {
namespace {

struct Case {
  const char* symbol;
  const char* name;
};

// R-2.5-5
TEST(FunctionName, IsShortForEverySymbolThatCompilersMake) {
  const Case cases[] = {
      {"main", "main"},
      {"leak_in_c.cold", "leak_in_c.cold"},
      {"", ""},
      {"_Z3runi", "run"},
      {"_ZN2ns3runEi", "run"},
      {"_ZN12_GLOBAL__N_13runEi", "run"},
      {"_ZN12_GLOBAL__N_117template_functionIiEEvP13SlabAllocatorT_", "template_function<int>"},
      {"_ZN6HolderIiE4takeIcEEvT_", "take<char>"},
      {"_ZN6HolderIiEC2Ei", "Holder"},
      {"_ZN6WorkerD1Ev", "~Worker"},
      {"_ZNK7FunctorclEv", "Functor::operator()"},
      {"_ZZ4mainENKUlvE_clEv", "main::{lambda}"},
      {"_ZZN2ns3runEiENKUliE0_clEi", "run::{lambda}"},
      {"_ZZZ4mainENKUlT_E_clIiEEDaS_ENKUlvE_clEv", "main::{lambda}::{lambda}"},
      {"_ZZN12_GLOBAL__N_111with_lambdaEP13SlabAllocatorENK3$_0clEv", "with_lambda::{lambda}"},
      {"_ZNK3$_0clEv", "{lambda}"},
      {"_ZN12_GLOBAL__N_19coroutineEP13SlabAllocator.resume", "coroutine"},
      {"_ZN1AlsEi", "operator<<"},
      {"_ZN1AltEi", "operator<"},
      {"_ZN1AptEv", "operator->"},
      {"_ZNK1AcvbEv", "operator bool"},
      {"_ZN1AnaEm", "operator new[]"},
      {"_ZNKSt8functionIFvvEEclEv", "function<void ()>::operator()"},
      {"_ZSt13__invoke_implIvRZ3runvEUlvE_JEET_St14__invoke_otherOT0_DpOT1_",
       "__invoke_impl<void, run()::{lambda()#1}&>"},
      {"_ZN1A1fB5cxx11Ev", "f"},
      {"_Z1fI1AEDTcldtfp_1gEET_", "f<A>"},
  };
  for (const Case& one : cases) EXPECT_EQ(short_function_name(one.symbol), one.name) << one.symbol;
}

TEST(FunctionName, OfBrokenTextIsSomethingAndEnds) {
  for (const char* text : {"(", "((", "f(", "<", "a::", "::", "operator", "operator<", "f<(", "{",
                           "a b", " ", "f()::", "'", "[", "f(int) const::"})
    EXPECT_LE(short_function_name_of(text).size(), 20u) << text;
}

}  // namespace
}  // namespace temporal_slab::tslab
