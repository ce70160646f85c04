// demo_server_client PORT REQUESTS CONNECTIONS: asks the server, on so many connections at once,
// and checks each answer against what it counts itself.
#include <httplib.h>

#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using Json = nlohmann::json;

std::atomic<long> left{0};
std::atomic<long> right{0};
std::atomic<bool> failed{false};

struct Draw {
  std::uint32_t state;
  std::uint32_t below(std::uint32_t bound) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % bound;
  }
};

std::string text_of(Draw* draw, std::map<std::string, int>* counts) {
  static const char* const kWords[] = {
      "epoch", "slab",  "slot",  "ring", "refcount", "label",   "free", "retain",
      "purge", "alpha", "omega", "x",    "yes",      "perhaps", "a",    "incomprehensibilities"};
  std::string text;
  for (std::uint32_t i = draw->below(200); i > 0; --i) {
    std::string word = kWords[draw->below(16)];
    if (draw->below(4) == 0) word += static_cast<char>('a' + draw->below(26));
    ++(*counts)[word];
    text += word;
    text += draw->below(3) == 0 ? ", " : " ";
  }
  return text;
}

void fail(const std::string& what) {
  if (!failed.exchange(true)) std::printf("%s\n", what.c_str());
}

bool ask(httplib::Client& client, Draw* draw, const std::string& id) {
  std::map<std::string, int> counts;
  Json texts = Json::array();
  for (std::uint32_t i = draw->below(6); i > 0; --i) texts.push_back(text_of(draw, &counts));
  int words = 0;
  int most = 0;
  for (const auto& [word, count] : counts) {
    words += count;
    most = std::max(most, count);
  }
  const auto answer =
      client.Post("/words", Json({{"id", id}, {"texts", texts}}).dump(), "application/json");
  if (!answer || answer->status != 200) {
    fail(id + ": " + (answer ? answer->body : httplib::to_string(answer.error())));
    return false;
  }
  const Json said = Json::parse(answer->body, nullptr, false);
  const bool is_right = said.is_object() && said["id"] == id && said["label"] == "request:" + id &&
                        said["words"] == words && said["different"] == counts.size() &&
                        said["texts"] == texts.size() &&
                        (words == 0 ? said["most"] == "" : counts[said["most"]] == most);
  if (!is_right) fail(id + ": " + answer->body);
  return is_right;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int port = std::atoi(argv[1]);
  left = std::atol(argv[2]);
  std::vector<std::thread> connections;
  for (int i = 0; i < std::atoi(argv[3]); ++i)
    connections.emplace_back([i, port] {
      httplib::Client client("127.0.0.1", port);
      client.set_keep_alive(true);
      client.set_tcp_nodelay(true);
      client.set_read_timeout(60);
      Draw draw{static_cast<std::uint32_t>(i + 1)};
      for (long number; !failed && (number = --left) >= 0;)
        if (ask(client, &draw, std::to_string(i) + "-" + std::to_string(number))) ++right;
    });
  for (std::thread& connection : connections) connection.join();
  std::printf("%ld answers are right\n", right.load());
  return failed ? 1 : 0;
}
