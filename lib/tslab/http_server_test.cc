// What clients may do on loopback without stopping the server.
#include "tslab/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <thread>

namespace temporal_slab::tslab {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kLargeBytes = 16 << 20;  // more than all buffers of a connection

std::vector<HttpPath> paths() {
  return {{"/small", [](const HttpParameters&) { return HttpAnswer{.body = "small\n"}; }},
          {"/large",
           [](const HttpParameters&) { return HttpAnswer{.body = std::string(kLargeBytes, 'x')}; }},
          {"/throws", [](const HttpParameters&) -> HttpAnswer { throw std::runtime_error("no"); }},
          {"/said",
           [](const HttpParameters& query) {
             const auto what = query.find("what");
             return HttpAnswer{.body = what == query.end() ? "nothing" : what->second,
                               .headers = {{"X-Said", "yes"}}};
           }},
          {"/ticks",
           [](const HttpParameters&) {
             return HttpAnswer{.content_type = "text/event-stream",
                               .next = [] { return std::string("tick\n"); },
                               .period = std::chrono::milliseconds(10)};
           }},
          {"/hour",
           [](const HttpParameters&) {
             return HttpAnswer{.next = [] { return std::string("hour\n"); },
                               .period = std::chrono::hours(1)};
           }},
          {"/large-parts", [](const HttpParameters&) {
             return HttpAnswer{.next = [] { return std::string(kLargeBytes, 'x'); },
                               .period = std::chrono::milliseconds(10)};
           }}};
}

// A server in a thread, on a free port of loopback.
class Running {
 public:
  explicit Running(HttpLimits limits) : server_(paths(), limits), stop_(eventfd(0, EFD_CLOEXEC)) {
    std::string error;
    EXPECT_TRUE(server_.listen({"127.0.0.1", 0}, &error)) << error;
    thread_ = std::thread([this] {
      std::string why;
      const auto warn = [](const std::string& text) { ADD_FAILURE() << text; };
      EXPECT_TRUE(server_.run(stop_, warn, &why)) << why;
    });
  }
  ~Running() {
    eventfd_write(stop_, 1);
    thread_.join();
    close(stop_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::uint16_t port() const { return server_.address().port; }

 private:
  HttpServer server_;
  int stop_;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(const Running& running) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(running.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(fd_); }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Client& operator=(Client&&) = delete;

  // The server may have hung up: that is no failure here.
  void say(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // What comes until it holds this text so often.
  std::string hear(std::string_view wanted, int times) const {
    std::string text;
    for (;;) {
      int found = 0;
      for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string::npos; ++at) ++found;
      if (found >= times) return text;
      char part[4096];
      pollfd one = {fd_, POLLIN, 0};
      const ssize_t got = poll(&one, 1, 60'000) == 1 ? recv(fd_, part, sizeof part, 0) : -1;
      if (got <= 0) {
        ADD_FAILURE() << "the server hung up, or says nothing for a minute, after " << text;
        return text;
      }
      text.append(part, static_cast<std::size_t>(got));
    }
  }

  // All that comes until the server hangs up; a minute without anything fails.
  std::string hear() const {
    std::string text;
    char part[65536];
    for (;;) {
      pollfd one = {fd_, POLLIN, 0};
      if (poll(&one, 1, 60'000) != 1) {
        ADD_FAILURE() << "nothing comes, and the server does not hang up";
        return text;
      }
      const ssize_t got = recv(fd_, part, sizeof part, 0);
      if (got <= 0) return text;
      text.append(part, static_cast<std::size_t>(got));
    }
  }

 private:
  int fd_;
};

std::string answer(const Running& running, std::string_view request) {
  const Client client(running);
  client.say(request);
  return client.hear();
}

std::string get(const Running& running, const std::string& path) {
  return answer(running, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

void expect_at_work(const Running& running) {
  EXPECT_THAT(get(running, "/small"), EndsWith("\r\n\r\nsmall\n"));
}

// So long that a test that waits for it fails.
constexpr HttpLimits kFew = {.max_connections = 4, .deadline = std::chrono::hours(1)};

TEST(HttpServer, AnswersEachPathAndRefusesOthers) {
  const Running running({});
  expect_at_work(running);
  EXPECT_THAT(get(running, "/small"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get(running, "/smaller"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(running, "/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(running, "/../../etc/passwd"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(running, "/throws"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer(running, "HEAD /small HTTP/1.1\r\n\r\n"),
              testing::AllOf(HasSubstr("Content-Length: 6\r\n"), EndsWith("\r\n\r\n")));
}

TEST(HttpServer, IdleClientsMakePlace) {
  const Running running(kFew);
  std::vector<Client> idle;
  for (int i = 0; i < 20; ++i) idle.emplace_back(running);
  expect_at_work(running);
}

TEST(HttpServer, HalfRequestsMakePlace) {
  const Running running(kFew);
  std::vector<Client> half;
  for (const char* text :
       {"G", "GET /small", "GET /small HTTP/1.1\r\n", "GET /small HTTP/1.1\r\nHost: x\r\n",
        "POST /small HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx"}) {
    half.emplace_back(running);
    half.back().say(text);
  }
  expect_at_work(running);
}

TEST(HttpServer, ClientsThatDoNotReadMakePlace) {
  const Running running(kFew);
  std::vector<Client> deaf;
  for (int i = 0; i < 8; ++i) {
    deaf.emplace_back(running);
    deaf.back().say("GET /large HTTP/1.1\r\n\r\n");
  }
  expect_at_work(running);
}

TEST(HttpServer, AFloodOfConnectionsPasses) {
  const Running running(kFew);
  std::vector<Client> flood;
  for (int i = 0; i < 300; ++i) {
    flood.emplace_back(running);
    if (i % 3 == 0) flood.back().say("GET /small HTTP/1.1\r\n\r\n");
  }
  expect_at_work(running);
}

TEST(HttpServer, HangsUpAtTheDeadline) {
  const Running running({.deadline = std::chrono::milliseconds(100)});
  const Client idle(running);
  EXPECT_EQ(idle.hear(), "");
  const Client half(running);
  half.say("GET /small HT");
  EXPECT_THAT(half.hear(), testing::Not(HasSubstr("small\n")));
}

TEST(HttpServer, RequestsWithoutEndAreCutOff) {
  const Running running(kFew);
  for (const char* part : {"x", "GET /small HTTP/1.1\r\n", "Header: value\r\n", "\r\n"}) {
    const Client client(running);
    client.say("GET /small HTTP/1.1\r\n");
    std::string text;
    while (text.size() < 1 << 20) text += part;
    client.say(text);
    client.hear();
    expect_at_work(running);
  }
}

TEST(HttpServer, BodiesAreNotWaitedFor) {
  const Running running(kFew);
  for (const char* head :
       {"Content-Length: 5\r\n", "Content-Length: 99999999999999999999\r\n",
        "Content-Length: -1\r\n", "Content-Length: x\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const Client client(running);
    client.say("POST /small HTTP/1.1\r\n" + std::string(head) + "\r\n5\r\nhello\r\n0\r\n\r\n");
    EXPECT_THAT(client.hear(), StartsWith("HTTP/1.1 405 ")) << head;
    expect_at_work(running);
  }
}

TEST(HttpServer, ManyRangesDoNotRepeatTheBody) {
  const Running running(kFew);
  std::string ranges = "0-5";
  for (int i = 0; i < 1000; ++i) ranges += ",0-5";
  EXPECT_LT(answer(running, "GET /small HTTP/1.1\r\nRange: bytes=" + ranges + "\r\n\r\n").size(),
            1000U);
  expect_at_work(running);
}

TEST(HttpServer, NoiseIsHungUpOn) {
  const Running running(kFew);
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    std::string noise(random() % 3000, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    if (i % 2 == 0) noise.insert(0, "GET /small HTTP/1.1\r\n");
    answer(running, noise + "\r\n\r\n");
  }
  expect_at_work(running);
}

TEST(HttpServer, TellsThePathItsQuery) {
  const Running running({});
  EXPECT_THAT(get(running, "/said?what=a%20b%3D1"),
              testing::AllOf(HasSubstr("X-Said: yes\r\n"), EndsWith("\r\n\r\na b=1")));
  EXPECT_THAT(get(running, "/said"), EndsWith("\r\n\r\nnothing"));
}

TEST(HttpServer, AnswersThatGoOnOutliveTheDeadlineOfOnePart) {
  const Running running({.deadline = std::chrono::milliseconds(200)});
  const Client client(running);
  client.say("GET /ticks HTTP/1.1\r\nAccept-Encoding: gzip, br\r\n\r\n");
  // 50 parts, 10 ms from one to the next, take longer than the deadline.
  EXPECT_THAT(client.hear("tick\n", 50),
              testing::AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("text/event-stream"),
                             testing::Not(HasSubstr("Content-Encoding"))));
  EXPECT_THAT(answer(running, "HEAD /ticks HTTP/1.1\r\n\r\n"), EndsWith("\r\n\r\n"));
}

TEST(HttpServer, AnswersThatGoOnMakePlace) {
  const Running running(kFew);
  std::vector<Client> listening;
  for (int i = 0; i < 8; ++i) {
    listening.emplace_back(running);
    listening.back().say(i % 2 == 0 ? "GET /ticks HTTP/1.1\r\n\r\n"
                                    : "GET /large-parts HTTP/1.1\r\n\r\n");
  }
  expect_at_work(running);
}

TEST(HttpServer, NothingGoesOnForAClientThatHungUp) {
  const Running running({.max_connections = 1, .deadline = std::chrono::hours(1)});
  { Client(running).say("GET /ticks HTTP/1.1\r\n\r\n"); }
  expect_at_work(running);
}

TEST(HttpServer, EndsWithConnectionsOpen) {
  std::vector<Client> clients;
  const Running running(kFew);
  for (int i = 0; i < 3; ++i) clients.emplace_back(running);
  clients.back().say("GET /large HTTP/1.1\r\n\r\n");
  clients.front().say("GET /hour HTTP/1.1\r\n\r\n");
}

TEST(HttpServer, SaysThatAnAddressIsTaken) {
  const Running running({});
  HttpServer other(paths(), {});
  std::string error;
  EXPECT_FALSE(other.listen({"127.0.0.1", running.port()}, &error));
  EXPECT_EQ(error, "cannot listen on 127.0.0.1:" + std::to_string(running.port()) +
                       ": Address already in use");
}

TEST(HttpServer, KnowsWhatIsLoopback) {
  std::string error;
  for (const auto& [host, loopback] : {std::pair{"127.0.0.1", true},
                                       {"127.1.2.3", true},
                                       {"localhost", true},
                                       {"0.0.0.0", false}}) {
    HttpServer server(paths(), {});
    ASSERT_TRUE(server.listen({host, 0}, &error)) << error;
    EXPECT_EQ(server.is_loopback(), loopback) << host;
    EXPECT_NE(server.address().port, 0);
  }
}

}  // namespace
}  // namespace temporal_slab::tslab
