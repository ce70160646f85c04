#include "tslab/streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "tslab/run.h"

namespace temporal_slab::tslab {
namespace {

// What a run writes to a pipe that stands for stderr.
template <typename Run>
std::string errors_of(Run&& run, int out) {
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  run(Streams{.in = 0, .out = out, .err = fds[1]});
  close(fds[1]);
  std::string text(4096, '\0');
  const ssize_t got = read(fds[0], text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  close(fds[0]);
  return text;
}

class Output : public testing::Test {
 protected:
  Output() { signal(SIGPIPE, SIG_IGN); }
};

TEST_F(Output, ToAClosedPipeEndsQuietly) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  close(fds[0]);
  const char* const argv[] = {"tslab", "--help"};
  EXPECT_EQ(errors_of([&](Streams s) { EXPECT_EQ(run(2, argv, s), kExitOk); }, fds[1]), "");
  close(fds[1]);
}

TEST_F(Output, ToAFullDiskIsAnError) {
  const int full = open("/dev/full", O_WRONLY);
  const char* const argv[] = {"tslab", "--version"};
  EXPECT_EQ(errors_of([&](Streams s) { EXPECT_EQ(run(2, argv, s), kExitError); }, full),
            "tslab: cannot write to standard output: No space left on device\n");
  close(full);
}

TEST_F(Output, ThatIsClosedIsAnError) {
  const char* const argv[] = {"tslab", "--version"};
  EXPECT_EQ(errors_of([&](Streams s) { EXPECT_EQ(run(2, argv, s), kExitError); }, -1),
            "tslab: cannot write to standard output: Bad file descriptor\n");
}

TEST_F(Output, ErrorsThatCannotBeWrittenChangeNothing) {
  const char* const argv[] = {"tslab", "--frobnicate"};
  EXPECT_EQ(run(2, argv, {.in = -1, .out = -1, .err = -1}), kExitError);
}

TEST_F(Output, LongerThanAPipeIsWrittenWhole) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const std::string text(1'000'000, 'x');
  std::thread writer([&] {
    EXPECT_EQ(print({.in = 0, .out = fds[1], .err = 2}, text), std::nullopt);
    close(fds[1]);
  });
  std::size_t got = 0;
  char chunk[4096];
  for (ssize_t n; (n = read(fds[0], chunk, sizeof chunk)) > 0;) got += static_cast<std::size_t>(n);
  writer.join();
  close(fds[0]);
  EXPECT_EQ(got, text.size());
}

TEST_F(Output, ComplaintsAreOneLineWhateverStandsInThem) {
  EXPECT_EQ(errors_of([](Streams s) { complain(s, "a\nb\x1B[31m\xFF"); }, 1),
            "tslab: a\\x0ab\\x1b[31m\\xff\n");
}

TEST_F(Output, OfAProgramStartedWithoutItsNameIsAComplaintToo) {
  const char* const argv[] = {nullptr};
  EXPECT_NE(errors_of([&](Streams s) { EXPECT_EQ(run(0, argv, s), kExitError); }, 1), "");
}

}  // namespace
}  // namespace temporal_slab::tslab
