#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

#include "render/text.h"
#include "tslab/commands.h"
#include "tslab/http_server.h"
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
  return {200, content_type, render(scrape)};
}

}  // namespace

int run_serve(const CommandLine& line, const Streams& streams) {
  std::mutex one_at_a_time;
  HttpServer server(
      {{"/metrics",
        [&] {
          return answer_of(
              "text/plain; version=0.0.4; charset=utf-8", one_at_a_time,
              [&](const Scrape& scrape) { return metrics_of(scrape, line.prometheus); });
        }},
       {"/snapshot.json", [&] { return answer_of("application/json", one_at_a_time, json_of); }},
       {"/healthz", [] { return HttpAnswer{.body = "ok\n"}; }}},
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
  if (const std::optional<int> end = print(streams, "serving http://" + address + "/metrics\n"))
    return *end;
  const auto warn = [&](const std::string& why) {
    complain(streams, "serve: " + why + "; hung up on a client");
  };
  if (!server.run(stop.fd(), warn, &error)) return complain(streams, "serve: " + error);
  return kExitOk;
}

}  // namespace temporal_slab::tslab
