// A small HTTP server for a few read-only paths: cpp-httplib reads requests and writes
// answers, and what happens on the sockets is decided here, so that no client can stop
// it.
//
//   - A connection is for one request, and ends at its deadline, whatever it does.
//   - A request has at most max_request_bytes; a body is not read.
//   - At most max_connections stand at once, a thread each. A newcomer beyond that takes
//     the place of the one that has been at its request longest, or, if all have sent
//     theirs, of the one that has been at reading its answer longest. So idle clients,
//     half requests and slow readers only ever cost each other.
//   - An answer may go on for as long as the client listens. Its deadline is then one for
//     each part, and nothing is begun anew for a client that hung up.
//
// Threads. One thread uses an object; the handler is called by several at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tslab/listen_address.h"

namespace temporal_slab::tslab {

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};

  // With it the body is what this gives: at once, and then at each multiple of `period` of
  // the steady clock, so that all who listen ask at one time.
  std::function<std::string()> next = nullptr;
  std::chrono::milliseconds period{1000};
};

// Of the request's query, names to values, decoded.
using HttpParameters = std::multimap<std::string, std::string>;

struct HttpPath {
  std::string path;
  std::function<HttpAnswer(const HttpParameters&)> answer;  // of GET, and of HEAD without the body
};

struct HttpLimits {
  std::size_t max_connections = 32;
  std::size_t max_request_bytes = 64 * 1024;
  std::chrono::milliseconds deadline{10'000};
};

class HttpServer {
 public:
  HttpServer(std::vector<HttpPath> paths, HttpLimits limits);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Takes the address. False with one line of `error`.
  bool listen(const ListenAddress& address, std::string* error);

  // What was taken, numeric, with the port that a free one became.
  ListenAddress address() const;
  bool is_loopback() const;

  // Answers until `stop_fd` is readable; then ends all connections. False with `error`
  // when the system lets it accept no more. A client for whom the system refuses a thread
  // is hung up on, and the next one may have more luck; `warn` is told why, once.
  using Warn = std::function<void(const std::string& why)>;
  bool run(int stop_fd, const Warn& warn, std::string* error);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace temporal_slab::tslab
