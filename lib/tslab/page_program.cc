// What page_test.py looks at: a program with a published allocator that does what it reads,
// a command a line, and answers each with one line.
//
//   page_program NAME
//
//   advance LABEL     turns the ring; the label is in hexadecimal
//   allocate N SIZE   in the current epoch; kept
//   free              all that was allocated
//   hold N            references on the current epoch
//   work N            so many requests: an epoch each, opened, used and closed
//   crash             ends by SIGKILL
// An end of the input ends it in good order.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <temporal_slab/temporal_slab.hpp>
#include <vector>

namespace {

std::string from_hexadecimal(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

[[gnu::noinline]] void hold(temporal_slab::Allocator& allocator, int times) {
  for (int i = 0; i < times; ++i)
    slab_epoch_inc_refcount(allocator.get(), allocator.current_epoch());
}

void work(temporal_slab::Allocator& allocator, int requests) {
  for (int i = 0; i < requests; ++i) {
    allocator.advance();
    allocator.set_label(allocator.current_epoch(), "request:" + std::to_string(i));
    std::vector<void*> objects;
    for (int k = 0; k < 200; ++k)
      objects.push_back(allocator.allocate(static_cast<std::size_t>(64 + k * 5)));
    for (void* const object : objects) allocator.deallocate(object);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  temporal_slab::Options options;
  options.publish = true;
  options.name = argv[1];
  temporal_slab::Allocator allocator(options);
  std::vector<void*> kept;
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::string label;
    int count = 0;
    std::size_t size = 0;
    words >> command;
    if (command == "advance") {
      words >> label;
      allocator.advance();
      allocator.set_label(allocator.current_epoch(), from_hexadecimal(label));
    } else if (command == "allocate" && words >> count >> size) {
      for (int i = 0; i < count; ++i) kept.push_back(allocator.allocate(size));
    } else if (command == "free") {
      for (void* const object : kept) allocator.deallocate(object);
      kept.clear();
    } else if (command == "hold" && words >> count) {
      hold(allocator, count);
    } else if (command == "work" && words >> count) {
      work(allocator, count);
    } else if (command == "crash") {
      kill(getpid(), SIGKILL);
    } else {
      std::printf("unknown: %s\n", line.c_str());
      return 2;
    }
    std::puts("done");
    std::fflush(stdout);
  }
  return 0;
}
