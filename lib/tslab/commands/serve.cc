#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "render/text.h"
#include "tslab/commands.h"
#include "tslab/feed.h"
#include "tslab/http_server.h"
#include "tslab/page_files.h"
#include "tslab/scrape.h"

namespace temporal_slab::tslab {
namespace {

// Signals that end it, as a descriptor; they are blocked while this stands.
class StopSignals {
 public:
  StopSignals() {
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &both, &before_);
    fd_ = signalfd(-1, &both, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~StopSignals() {
    if (fd_ >= 0) {
      // The one that came has been obeyed; left pending it would come again.
      signalfd_siginfo come;
      while (read(fd_, &come, sizeof come) > 0) {
      }
      close(fd_);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
  sigset_t before_;
};

// Reads them once a second, whoever listens, so that there are ten minutes to look back on. Where
// no thread can be had `error` says why, and what nobody listened to is not there to look back on.
class Sampler {
 public:
  Sampler(Feed& feed, std::string* error) {
    try {
      thread_ = std::thread([this, &feed] { run(feed); });
    } catch (const std::system_error& failure) {
      *error = "cannot start a thread: " + failure.code().message();
    }
  }
  ~Sampler() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

 private:
  void run(Feed& feed) {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(mutex_);
    while (!stop_) {
      lock.unlock();
      feed.refresh();
      lock.lock();
      const Clock::time_point now = Clock::now();
      changed_.wait_until(lock, now + Feed::kPeriod - now.time_since_epoch() % Feed::kPeriod,
                          [this] { return stop_; });
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread thread_;
};

HttpAnswer unavailable(const std::string& error) {
  HttpAnswer answer;
  answer.status = 500;
  render::append_terminal_safe(answer.body, error);
  answer.body += '\n';
  return answer;
}

template <typename Render>
HttpAnswer answer_of(const char* content_type, std::mutex& one_at_a_time, const Render& render) {
  // However many ask: reading all segments is the work of one core.
  const std::lock_guard lock(one_at_a_time);
  Scrape scrape;
  std::string error;
  if (!scrape_published(&scrape, &error)) return unavailable(error);
  return {.content_type = content_type, .body = render(scrape)};
}

// What the page may do: run the scripts and ask for the figures of this server, and nothing
// else. Trusted types without a policy leave it no way to make markup of a text.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

HttpPath file_path(std::string path, std::string content_type, std::string_view bytes) {
  return {std::move(path), [content_type = std::move(content_type), bytes](const HttpParameters&) {
            return HttpAnswer{.content_type = content_type,
                              .body = std::string(bytes),
                              .headers = {{"Content-Security-Policy", std::string(kPagePolicy)},
                                          {"X-Content-Type-Options", "nosniff"},
                                          {"Referrer-Policy", "no-referrer"},
                                          {"Cross-Origin-Resource-Policy", "same-origin"},
                                          {"Cache-Control", "no-cache"}}};
          }};
}

// Server-sent events: each is the state of a second, the first one with what was before.
HttpAnswer events_of(Feed& feed, const HttpParameters& query) {
  const auto of = query.find("of");
  const std::string key = of == query.end() ? "" : of->second;
  return {.content_type = "text/event-stream",
          .headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}},
          .next =
              [&feed, key, first = true]() mutable {
                return "data: " + feed.state(key, std::exchange(first, false)) + "\n\n";
              },
          .period = Feed::kPeriod};
}

}  // namespace

int run_serve(const CommandLine& line, const Streams& streams) {
  std::mutex one_at_a_time;
  Feed feed(line.thresholds);
  HttpServer server(
      {{"/metrics",
        [&](const HttpParameters&) {
          return answer_of(
              "text/plain; version=0.0.4; charset=utf-8", one_at_a_time,
              [&](const Scrape& scrape) { return metrics_of(scrape, line.prometheus); });
        }},
       {"/snapshot.json",
        [&](const HttpParameters&) {
          return answer_of("application/json", one_at_a_time, json_of);
        }},
       {"/healthz", [](const HttpParameters&) { return HttpAnswer{.body = "ok\n"}; }},
       {"/events", [&](const HttpParameters& query) { return events_of(feed, query); }},
       file_path("/", "text/html; charset=utf-8", page_files::html()),
       file_path("/icon.svg", "image/svg+xml", page_files::icon()),
       file_path("/page.css", "text/css; charset=utf-8", page_files::style()),
       file_path("/drawing.js", "text/javascript; charset=utf-8", page_files::drawing()),
       file_path("/page.js", "text/javascript; charset=utf-8", page_files::script()),
       file_path("/runbook.md", "text/plain; charset=utf-8", page_files::runbook()),
       file_path("/chart.js", "text/javascript; charset=utf-8", page_files::chart())},
      {});
  std::string error;
  if (!server.listen(line.listen, &error)) return complain(streams, "serve: " + error);
  const StopSignals stop;
  if (stop.fd() < 0)
    return complain(streams,
                    std::string("serve: cannot wait for signals: ") + std::strerror(errno));
  const std::string address = to_string(server.address());
  if (!server.is_loopback())
    complain(streams, "serve: " + address +
                          " is no loopback address: whoever reaches it reads names, labels and "
                          "figures of this user's allocators");
  if (const std::optional<int> end =
          print(streams, "serving http://" + address + "/ and /metrics\n"))
    return *end;
  std::string why_not;
  const Sampler sampler(feed, &why_not);
  if (!why_not.empty())
    complain(streams, "serve: " + why_not + "; the page looks back only on what it saw itself");
  const auto warn = [&](const std::string& why) {
    complain(streams, "serve: " + why + "; hung up on a client");
  };
  if (!server.run(stop.fd(), warn, &error)) return complain(streams, "serve: " + error);
  return kExitOk;
}

}  // namespace temporal_slab::tslab
