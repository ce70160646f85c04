// The service: counts the words of texts. Each request is a scope of the allocator.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <temporal_slab/temporal_slab.hpp>
#include <thread>
#include <vector>

namespace temporal_slab::demo {

struct Part;

// Threads that count parts of requests.
class Workers {
 public:
  explicit Workers(unsigned threads);
  ~Workers();  // when nothing is left to count
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void submit(Part part);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Part> parts_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

class Service {
 public:
  // Each `leak_every`-th request forgets a reference; 0: none does.
  Service(Allocator& allocator, unsigned threads, std::uint64_t leak_every)
      : allocator_(allocator), leak_every_(leak_every), workers_(threads) {}

  struct Answer {
    int status;  // of HTTP
    std::string body;
  };
  // {"id": "abc", "texts": ["a b a", ...]} gives {"id", "label", "words", "different", "most",
  // "texts"}. On any thread.
  Answer answer(std::string_view body);

 private:
  Allocator& allocator_;
  const std::uint64_t leak_every_;
  std::atomic<std::uint64_t> requests_{0};
  Workers workers_;
};

}  // namespace temporal_slab::demo
