#include "demo/word_table.h"

#include <algorithm>
#include <new>

namespace temporal_slab::demo {

struct WordTable::Node {
  Node* next;
  TextChunk* text;
  std::uint64_t length;
  std::uint64_t hash;
  std::uint64_t count;
};

namespace {

constexpr std::size_t kFirstBuckets = 64;

// FNV-1a: short, and good enough for words.
std::uint64_t hash_of(std::string_view word) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : word) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace

WordTable::WordTable(const ObjectSource& source) : source_(source), buckets_(kFirstBuckets) {}

WordTable::~WordTable() {
  for (Node* node : buckets_) {
    while (node != nullptr) {
      Node* const next = node->next;
      free_text(source_, node->text);
      source_.free(node);
      node = next;
    }
  }
}

// The link that points to the word's node, or that a new node belongs in.
WordTable::Node** WordTable::find(std::string_view word, std::uint64_t hash) {
  Node** link = &buckets_[hash & (buckets_.size() - 1)];
  while (*link != nullptr) {
    const Node* const node = *link;
    if (node->hash == hash && text_equals(node->text, node->length, word)) break;
    link = &(*link)->next;
  }
  return link;
}

bool WordTable::add(std::string_view word, std::uint64_t count) {
  const std::uint64_t hash = hash_of(word);
  Node** link = find(word, hash);
  if (*link == nullptr) {
    void* const object = source_.allocate(sizeof(Node));
    if (object == nullptr) return false;
    TextChunk* const text = make_text(source_, word);
    if (text == nullptr) {
      source_.free(object);
      return false;
    }
    *link = new (object) Node{nullptr, text, word.size(), hash, count};
    if (++different_words_ > buckets_.size()) grow();
  } else {
    (*link)->count += count;
  }
  total_words_ += count;
  return true;
}

void WordTable::grow() {
  std::vector<Node*> wider(buckets_.size() * 2);
  for (Node* node : buckets_) {
    while (node != nullptr) {
      Node* const next = node->next;
      Node*& head = wider[node->hash & (wider.size() - 1)];
      node->next = head;
      head = node;
      node = next;
    }
  }
  buckets_.swap(wider);
}

bool WordTable::merge(const WordTable& other) {
  for (const Node* node : other.buckets_) {
    for (; node != nullptr; node = node->next)
      if (!add(text_string(node->text, node->length), node->count)) return false;
  }
  return true;
}

std::vector<WordCount> WordTable::most_frequent(std::size_t most) const {
  std::vector<WordCount> words;
  words.reserve(different_words_);
  for (const Node* node : buckets_) {
    for (; node != nullptr; node = node->next)
      words.push_back({text_string(node->text, node->length), node->count});
  }
  most = std::min(most, words.size());
  const auto middle = words.begin() + static_cast<std::ptrdiff_t>(most);
  std::partial_sort(
      words.begin(), middle, words.end(), [](const WordCount& left, const WordCount& right) {
        return left.count != right.count ? left.count > right.count : left.word < right.word;
      });
  words.resize(most);
  return words;
}

}  // namespace temporal_slab::demo
