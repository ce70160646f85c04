// The main function of tests. With TEMPORAL_SLAB_TEST_FILE=x_test.cc it runs those
// that stand in this file, so that ctest has an entry for each file of a program.
//
// With TEMPORAL_SLAB_ONE_THREAD=1 it fails if a thread was started by its end: ThreadSanitizer is
// not run on tests that say so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/single_threaded.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// A filter for the tests of a file; "" if it has none.
std::string filter_for(std::string_view file) {
  std::string filter;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const testing::TestInfo& test = *suite.GetTestInfo(j);
      if (base_name(test.file()) == file)
        filter.append(suite.name()).append(".").append(test.name()) += ':';
    }
  }
  return filter;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (const char* const file = std::getenv("TEMPORAL_SLAB_TEST_FILE"); file != nullptr) {
    const std::string filter = filter_for(file);
    if (filter.empty()) {
      std::fprintf(stderr, "%s: no test stands in %s\n", argv[0], file);
      return 1;
    }
    testing::FLAGS_gtest_filter = filter;
    // What this starts runs as it says itself.
    unsetenv("TEMPORAL_SLAB_TEST_FILE");
  }
  const bool one_thread = std::getenv("TEMPORAL_SLAB_ONE_THREAD") != nullptr;
  unsetenv("TEMPORAL_SLAB_ONE_THREAD");
  const bool alone = __libc_single_threaded != 0;  // a sanitizer's runtime has threads of its own
  const int failed = RUN_ALL_TESTS();
  if (one_thread && alone && __libc_single_threaded == 0) {
    std::fprintf(stderr, "%s: it starts threads and has no label `threads`: see %s\n", argv[0],
                 "temporal_slab_starts_threads of ci/cmake/TemporalSlabTest.cmake");
    return 1;
  }
  return failed;
}
