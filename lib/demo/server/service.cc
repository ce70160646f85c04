#include "demo/server/service.h"

#include <cctype>
#include <exception>
#include <functional>
#include <latch>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace temporal_slab::demo {

namespace {

// Containers whose memory is the scope's that the thread is in.
using String = std::basic_string<char, std::char_traits<char>, DomainAllocator<char>>;
template <typename Key, typename Value, typename Less, typename Memory>
using Map = std::map<Key, Value, Less, Memory>;
using Json = nlohmann::basic_json<Map, std::vector, String, bool, std::int64_t, std::uint64_t,
                                  double, DomainAllocator>;
using Counts = std::map<String, std::uint64_t, std::less<>,
                        DomainAllocator<std::pair<const String, std::uint64_t>>>;

void count_words(std::string_view text, Counts* counts) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool in_word = i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) != 0;
    if (in_word) continue;
    if (i > begin) ++(*counts)[String(text.substr(begin, i - begin))];
    begin = i + 1;
  }
}

// The bug: a reference for a part of the request that nobody begins, nor finishes.
void forget_a_part(const Epoch& request) { slab_epoch_ref_dup(request.allocator(), request.get()); }

Service::Answer bad_request(std::string_view why) {
  return {400, "{\"error\":\"" + std::string(why) + "\"}\n"};
}

}  // namespace

// Of a request, handed to another thread with a reference of its own.
struct Part {
  Epoch scope;
  std::string_view text;  // in the request's memory
  Counts* counts;
  std::latch* done;
  std::exception_ptr* failure;
};

Workers::Workers(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::submit(Part part) {
  {
    const std::lock_guard lock(mutex_);
    parts_.push_back(std::move(part));
  }
  changed_.notify_one();
}

void Workers::work() {
  for (;;) {
    std::optional<Part> part;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return over_ || !parts_.empty(); });
      if (parts_.empty()) return;
      part.emplace(std::move(parts_.front()));
      parts_.pop_front();
    }
    try {
      Domain domain(part->scope);
      const DomainScope inside(domain);
      count_words(part->text, part->counts);
    } catch (...) {
      *part->failure = std::current_exception();
    }
    std::latch* const done = part->done;
    part.reset();  // before whoever waits goes on: it is not to be the last
    done->count_down();
  }
}

Service::Answer Service::answer(std::string_view body) {
  const std::uint64_t number = ++requests_;
  Epoch request(allocator_, "request", SLAB_FINISH_DISCARD);
  Domain domain(request);
  const DomainScope inside(domain);  // what containers of this thread allocate is the request's

  const Json asked = Json::parse(body, nullptr, false);
  if (!asked.is_object() || !asked.contains("id") || !asked["id"].is_string() ||
      !asked.contains("texts") || !asked["texts"].is_array())
    return bad_request("an object with id, a string, and texts, an array, is wanted");
  const auto& id = asked["id"].get_ref<const String&>();
  request.label("request:" + std::string(id));

  const auto& texts = asked["texts"];
  std::vector<Counts, DomainAllocator<Counts>> parts(texts.size());
  std::exception_ptr failure;
  std::latch done(static_cast<std::ptrdiff_t>(texts.size()));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string_view text;
    if (texts[i].is_string()) text = texts[i].get_ref<const String&>();
    workers_.submit({request.dup(), text, &parts[i], &done, &failure});
  }
  done.wait();
  if (failure) std::rethrow_exception(failure);
  if (leak_every_ != 0 && number % leak_every_ == 0) forget_a_part(request);

  std::uint64_t words = 0;
  Counts all;
  for (const Counts& part : parts)
    for (const auto& [word, count] : part) {
      all[word] += count;
      words += count;
    }
  const auto most = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  Json answer = {{"id", id},
                 {"label", String(allocator_.label(request.epoch()))},
                 {"words", words},
                 {"different", all.size()},
                 {"most", most == all.end() ? String() : most->first},
                 {"texts", texts.size()}};
  return {200, std::string(answer.dump()) + "\n"};
}

}  // namespace temporal_slab::demo
