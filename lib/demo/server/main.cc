// temporal-slab-demo-server: a small real server whose requests are scopes of one allocator.
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>
#include <thread>

#include "demo/server/service.h"
#include "demo/stop_signals.h"

namespace temporal_slab::demo {
namespace {

struct CommandLine {
  int port = 0;
  unsigned connections = 32;
  unsigned threads = 4;
  std::uint32_t epochs = 128;
  std::uint64_t leak_every = 0;
};

int serve(const CommandLine& line, const StopSignals& signals) {
  Options options;
  options.name = "server";
  options.publish = true;
  options.epoch_count = line.epochs;
  Allocator allocator(options);
  Service service(allocator, line.threads, line.leak_every);

  httplib::Server server;
  server.new_task_queue = [&line] { return new httplib::ThreadPool(line.connections); };
  server.set_keep_alive_max_count(1'000'000);
  server.set_tcp_nodelay(true);
  server.set_payload_max_length(16 << 20);
  server.Post("/words", [&service](const httplib::Request& request, httplib::Response& response) {
    const Service::Answer answer = service.answer(request.body);
    response.status = answer.status;
    response.set_content(answer.body, "application/json");
  });
  server.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, std::exception_ptr failure) {
        std::string why = "unknown";
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& known) {
          why = known.what();
        } catch (...) {
        }
        std::fprintf(stderr, "temporal-slab-demo-server: a request failed: %s\n", why.c_str());
        response.status = 500;
        response.set_content("{\"error\":\"internal\"}\n", "application/json");
      });
  int socket = -1;
  server.set_socket_options([&socket](int opened) {
    socket = opened;
    const int yes = 1;
    setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  const int port = line.port == 0 ? server.bind_to_any_port("127.0.0.1")
                                  : (server.bind_to_port("127.0.0.1", line.port) ? line.port : -1);
  if (port < 0) {
    std::fprintf(stderr, "temporal-slab-demo-server: port %d of 127.0.0.1 cannot be had\n",
                 line.port);
    return 1;
  }
  // The library lets 5 wait to be accepted: of more that come at once the kernel refuses some.
  listen(socket, static_cast<int>(line.connections));
  std::thread listener([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
  std::printf("ready: pid %d, http://127.0.0.1:%d/words\n", getpid(), port);
  std::fflush(stdout);
  while (!signals.wait(std::chrono::hours(1))) {
  }
  server.stop();
  listener.join();
  return 0;
}

}  // namespace
}  // namespace temporal_slab::demo

int main(int argc, char** argv) {
  using namespace temporal_slab::demo;
  const StopSignals signals;
  std::signal(SIGPIPE, SIG_IGN);
  CommandLine line;
  CLI::App app(
      "Counts words: POST /words {\"id\": \"abc\", \"texts\": [\"...\", ...]}. Each request is an "
      "epoch, labelled request:ID, that is discarded when its answer is written; tslab shows it.",
      "temporal-slab-demo-server");
  app.add_option("--port", line.port, "of 127.0.0.1; 0: any, which is printed")
      ->check(CLI::Range(0, 65535));
  app.add_option("--connections", line.connections, "that are served at once")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--threads", line.threads, "that count words")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--epochs", line.epochs, "of the ring: at least twice the connections")
      ->check(CLI::Range(2, 256))
      ->capture_default_str();
  app.add_option("--leak-every", line.leak_every, "a request of so many forgets a reference")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
    return serve(line, signals);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "temporal-slab-demo-server: %s\n", failure.what());
    return 1;
  }
}
