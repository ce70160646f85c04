#include "tslab/json_documents.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using testing::ElementsAre;

struct Found {
  std::vector<std::string> documents;  // "LINE: TEXT"
  NextDocument end = NextDocument::kFound;
  std::size_t end_line = 0;
};

Found take_apart_fd(int fd) {
  JsonDocuments documents(fd);
  Found found;
  JsonDocument document;
  while ((found.end = documents.next(&document)) == NextDocument::kFound)
    found.documents.push_back(std::to_string(document.line) + ": " + document.text);
  found.end_line = document.line;
  return found;
}

Found take_apart(const std::string& text) {
  const TemporaryFolder folder;
  const int fd = open(folder.write("text", text).c_str(), O_RDONLY);
  Found found = take_apart_fd(fd);
  close(fd);
  return found;
}

TEST(JsonDocuments, OneALine) {
  EXPECT_THAT(take_apart("{\"a\":1}\n{\"b\":[]}\n").documents,
              ElementsAre("1: {\"a\":1}\n", "2: {\"b\":[]}\n"));
}

TEST(JsonDocuments, TheLastLineNeedsNoLineBreak) {
  EXPECT_THAT(take_apart("{}\n{}").documents, ElementsAre("1: {}\n", "2: {}"));
}

TEST(JsonDocuments, BlankLinesAreNone) {
  EXPECT_THAT(take_apart("\n \t\r\n{}\r\n\n\n{}\n\n").documents,
              ElementsAre("3: {}\r\n", "6: {}\n"));
  EXPECT_THAT(take_apart("").documents, ElementsAre());
  EXPECT_EQ(take_apart("\n\n").end, NextDocument::kEnd);
}

TEST(JsonDocuments, OneOverSeveralLines) {
  EXPECT_THAT(take_apart("{\n  \"a\": [\n    {}\n  ]\n}\n{\n}\n").documents,
              ElementsAre("1: {\n  \"a\": [\n    {}\n  ]\n}\n", "6: {\n}\n"));
}

TEST(JsonDocuments, BracketsInTextsDoNotCount) {
  EXPECT_THAT(take_apart("{\"a\":\"}]{[\\\"}\"}\n{}\n").documents,
              ElementsAre("1: {\"a\":\"}]{[\\\"}\"}\n", "2: {}\n"));
}

TEST(JsonDocuments, ALineThatWasCutOffDoesNotTakeTheNextWithIt) {
  EXPECT_THAT(take_apart("{\"a\":[1,\n{\"b\":1}\n").documents,
              ElementsAre("1: {\"a\":[1,\n", "2: {\"b\":1}\n"));
  EXPECT_THAT(take_apart("{\"a\":\"te\n  {\"b\":1}\n").documents,
              ElementsAre("1: {\"a\":\"te\n", "2:   {\"b\":1}\n"));
}

TEST(JsonDocuments, WhatIsNoJsonEndsWithItsLine) {
  EXPECT_THAT(take_apart("]]]\nhello\n{}\n").documents,
              ElementsAre("1: ]]]\n", "2: hello\n", "3: {}\n"));
}

TEST(JsonDocuments, LinesLongerThanWhatIsReadAtOnce) {
  const std::string text = "{\"a\":\"" + std::string(200'000, 'x') + "\"}\n";
  EXPECT_THAT(take_apart(text + text).documents, ElementsAre("1: " + text, "2: " + text));
}

// R-2.6-3
TEST(JsonDocuments, ALineAboveTheLimitEndsIt) {
  const std::string largest(kMostJsonBytes - 1, '[');
  EXPECT_EQ(take_apart("{}\n" + largest + "\n").documents.size(), 2u);
  const Found found = take_apart("{}\n" + largest + "[\n");
  EXPECT_THAT(found.documents, ElementsAre("1: {}\n"));
  EXPECT_EQ(found.end, NextDocument::kTooLong);
  EXPECT_EQ(found.end_line, 2u);
}

// R-2.6-3
TEST(JsonDocuments, ManyLinesTogetherAboveTheLimitEndIt) {
  std::string line(kMostJsonBytes / 4 + 1, '[');
  line.back() = '\n';
  const Found found = take_apart("{}\n" + line + line + line + line);
  EXPECT_THAT(found.documents, ElementsAre("1: {}\n"));
  EXPECT_EQ(found.end, NextDocument::kTooLong);
  EXPECT_EQ(found.end_line, 2u);
}

// R-2.6-3
TEST(JsonDocuments, AnInputWithoutEndEndsAtTheLimit) {
  const int fd = open("/dev/zero", O_RDONLY);
  EXPECT_EQ(take_apart_fd(fd).end, NextDocument::kTooLong);
  close(fd);
}

TEST(JsonDocuments, WhatComesInPiecesIsPutTogether) {
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  std::thread writer([&] {
    for (const char c : std::string("{\"a\":\n 1}\n{}\n"))
      if (write(pipe_fds[1], &c, 1) != 1) break;
    close(pipe_fds[1]);
  });
  EXPECT_THAT(take_apart_fd(pipe_fds[0]).documents, ElementsAre("1: {\"a\":\n 1}\n", "3: {}\n"));
  writer.join();
  close(pipe_fds[0]);
}

TEST(JsonDocuments, AnErrorOfReadIsKept) {
  const int fd = open("/", O_RDONLY);
  EXPECT_EQ(take_apart_fd(fd).end, NextDocument::kUnreadable);
  EXPECT_EQ(errno, EISDIR);
  close(fd);
}

}  // namespace
}  // namespace temporal_slab::tslab
