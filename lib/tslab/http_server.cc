#include "tslab/http_server.h"

#include <errno.h>
#include <fcntl.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "tslab/http_connections.h"
#include "tslab/listener.h"

namespace temporal_slab::tslab {
namespace {

using Clock = std::chrono::steady_clock;

// A socket as cpp-httplib sees it: with a deadline for all of it, and an end to what is
// read.
class DeadlineStream final : public httplib::Stream {
 public:
  DeadlineStream(int fd, std::chrono::milliseconds limit, std::size_t most_bytes)
      : fd_(fd), limit_(limit), deadline_(Clock::now() + limit), left_(most_bytes) {}

  // Waits until then. False when the client hung up, or was hung up on; else the deadline
  // begins anew.
  bool wait_until(Clock::time_point then) {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(then - Clock::now()).count();
      pollfd one = {fd_, POLLRDHUP, 0};
      const int ready = poll(&one, 1, left < 0 ? 0 : static_cast<int>(left) + 1);
      if (ready > 0 || (ready < 0 && errno != EINTR)) return false;
      if (Clock::now() < then) continue;
      deadline_ = Clock::now() + limit_;
      return true;
    }
  }

  bool is_readable() const override { return first_ < end_ || wait_for(POLLIN); }
  bool is_writable() const override { return wait_for(POLLOUT); }

  ssize_t read(char* out, size_t size) override {
    if (first_ == end_ && !fill()) return -1;
    const std::size_t taken = std::min(size, end_ - first_);
    std::memcpy(out, buffer_ + first_, taken);
    first_ += taken;
    return static_cast<ssize_t>(taken);
  }

  ssize_t write(const char* bytes, size_t size) override {
    while (wait_for(POLLOUT)) {
      const ssize_t sent = send(fd_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return sent;
      if (errno != EINTR && errno != EAGAIN) break;
    }
    return -1;
  }

  // Says that no more comes, and reads on until the other side has taken note: closed
  // with bytes unread, a socket takes back what was sent.
  void finish() {
    shutdown(fd_, SHUT_WR);
    while (fill()) {
    }
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return fd_; }

 private:
  bool wait_for(short what) const {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      if (left <= 0) return false;
      pollfd one = {fd_, what, 0};
      const int ready = poll(&one, 1, static_cast<int>(left) + 1);
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

  bool fill() {
    while (left_ > 0 && wait_for(POLLIN)) {
      const ssize_t got = recv(fd_, buffer_, std::min(sizeof buffer_, left_), MSG_DONTWAIT);
      if (got > 0) {
        first_ = 0;
        end_ = static_cast<std::size_t>(got);
        left_ -= end_;
        return true;
      }
      if (got == 0 || (errno != EINTR && errno != EAGAIN)) return false;
    }
    return false;
  }

  const int fd_;
  const std::chrono::milliseconds limit_;
  Clock::time_point deadline_;
  std::size_t left_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  char buffer_[4096];
};

std::string as_pattern(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (c == '.') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// cpp-httplib without its sockets and threads.
class Protocol final : public httplib::Server {
 public:
  explicit Protocol(const std::vector<HttpPath>& paths) {
    // Without a socket of its own it would take itself for shut down, and end each answer that
    // goes on.
    svr_sock_ = 0;
    for (const HttpPath& path : paths)
      Get(as_pattern(path.path),
          [&path](const httplib::Request& request, httplib::Response& response) {
            HttpAnswer answer = path.answer(request.params);
            response.status = answer.status;
            for (const auto& [name, value] : answer.headers) response.set_header(name, value);
            if (answer.next)
              go_on(std::move(answer), *stream_of_thread, &response);
            else
              response.set_content(answer.body, answer.content_type.c_str());
          });
    // Before anything of a body is waited for.
    set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      if (request.method == "GET" || request.method == "HEAD") return HandlerResponse::Unhandled;
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      return HandlerResponse::Handled;
    });
  }

  void serve(DeadlineStream& stream, const std::function<void()>& when_read) {
    bool closed = false;
    stream_of_thread = &stream;
    process_request(stream, true, closed, [&](httplib::Request& request) {
      request.ranges.clear();  // a list of ranges would repeat the body as often as it likes
      when_read();
    });
  }

 private:
  // Of the connection that this thread is for.
  static inline thread_local DeadlineStream* stream_of_thread = nullptr;

  static void go_on(HttpAnswer answer, DeadlineStream& stream, httplib::Response* response) {
    const std::string content_type = answer.content_type;
    response->set_content_provider(content_type, [&stream, answer = std::move(answer),
                                                  first = true](std::size_t,
                                                                httplib::DataSink& sink) mutable {
      const auto passed = Clock::now().time_since_epoch() % answer.period;
      if (!std::exchange(first, false) && !stream.wait_until(Clock::now() + answer.period - passed))
        return false;
      const std::string part = answer.next();
      return sink.write(part.data(), part.size());
    });
  }
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(std::vector<HttpPath> paths, HttpLimits limits)
      : paths_(std::move(paths)), limits_(limits), protocol_(paths_) {}

  bool run(int stop_fd, const Warn& warn, std::string* error) {
    HttpConnections connections(limits_.max_connections);
    bool warned = false;
    for (;;) {
      pollfd fds[] = {{listener.fd(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return fail(error);
      if (fds[1].revents != 0) return true;
      const int fd = accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) {
        const auto body = [&](HttpConnections::One& one) { serve(one, connections); };
        std::string why;
        if (!connections.add(fd, body, &why) && !std::exchange(warned, true)) warn(why);
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        // What connections hold comes back when they end.
        connections.end_all();
      } else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK || errno == EFAULT) {
        return fail(error);
      }
      // Anything else is about one connection that is gone already.
    }
  }

  Listener listener;

 private:
  static bool fail(std::string* error) {
    *error = std::string("cannot accept connections: ") + std::strerror(errno);
    return false;
  }

  void serve(HttpConnections::One& one, HttpConnections& connections) {
    DeadlineStream stream(one.fd, limits_.deadline, limits_.max_request_bytes);
    try {
      protocol_.serve(stream, [&] { connections.mark_answering(one); });
      stream.finish();
    } catch (const std::exception&) {
      // Of a request that cannot be understood, or of no memory: hung up on.
    }
  }

  const std::vector<HttpPath> paths_;
  const HttpLimits limits_;
  Protocol protocol_;
};

HttpServer::HttpServer(std::vector<HttpPath> paths, HttpLimits limits)
    : impl_(std::make_unique<Impl>(std::move(paths), limits)) {}
HttpServer::~HttpServer() = default;

bool HttpServer::listen(const ListenAddress& address, std::string* error) {
  return impl_->listener.open(address, error);
}
ListenAddress HttpServer::address() const { return impl_->listener.address(); }
bool HttpServer::is_loopback() const { return impl_->listener.is_loopback(); }
bool HttpServer::run(int stop_fd, const Warn& warn, std::string* error) {
  return impl_->run(stop_fd, warn, error);
}

}  // namespace temporal_slab::tslab
