// Words of a stream of bytes: each maximal run of ASCII letters, in lower case.
// The same words as `tr -cs A-Za-z '\n' | tr A-Z a-z` gives with LC_ALL=C.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace temporal_slab::demo {

class Tokenizer {
 public:
  // Gets each word, valid during the call; false stops the work.
  using Sink = std::function<bool(std::string_view word)>;

  explicit Tokenizer(Sink sink) : sink_(std::move(sink)) {}

  // Takes the next bytes. A word may begin in one piece and end in a later one.
  // False if the sink said so.
  bool feed(std::string_view bytes);

  // Ends the stream, and with it a word that it ended in.
  bool finish();

 private:
  Sink sink_;
  std::string word_;  // what the stream so far ended in
};

}  // namespace temporal_slab::demo
