// Words and how often each was seen: a hash table with chains. Its nodes and texts
// come from the allocator; the array of buckets, which outgrows the largest size
// class, is ordinary memory.
//
// Threads. None of its own: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "demo/chunked_text.h"
#include "demo/object_source.h"

namespace temporal_slab::demo {

struct WordCount {
  std::string word;
  std::uint64_t count;
};

class WordTable {
 public:
  explicit WordTable(const ObjectSource& source);
  WordTable(const WordTable&) = delete;
  WordTable& operator=(const WordTable&) = delete;
  ~WordTable();

  // Counts a word `count` times more. False with errno if the allocator refused;
  // the table is then as it was.
  bool add(std::string_view word, std::uint64_t count = 1);

  // Counts all that `other` counted. False as add; what was merged so far stays.
  bool merge(const WordTable& other);

  std::uint64_t different_words() const { return different_words_; }
  std::uint64_t total_words() const { return total_words_; }

  // The `most` words seen most often; equally frequent ones in order of bytes.
  std::vector<WordCount> most_frequent(std::size_t most) const;

 private:
  struct Node;

  Node** find(std::string_view word, std::uint64_t hash);
  void grow();

  ObjectSource source_;
  std::vector<Node*> buckets_;  // a power of two of them
  std::uint64_t different_words_ = 0;
  std::uint64_t total_words_ = 0;
};

}  // namespace temporal_slab::demo
