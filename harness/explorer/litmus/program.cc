#include "harness/explorer/litmus/program.h"

#include <optional>
#include <sstream>
#include <stdexcept>

#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::explorer::litmus {
namespace {

constexpr char kNames[] = "xyz";

struct NamedOrder {
  const char* name;
  std::memory_order order;
};
constexpr NamedOrder kOrders[] = {{"rlx", std::memory_order_relaxed},
                                  {"acq", std::memory_order_acquire},
                                  {"rel", std::memory_order_release},
                                  {"ar", std::memory_order_acq_rel},
                                  {"sc", std::memory_order_seq_cst}};

std::memory_order order_of(const std::string& name) {
  for (const NamedOrder& each : kOrders) {
    if (name == each.name) return each.order;
  }
  throw std::invalid_argument("order " + name);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    const std::size_t from = part.find_first_not_of(' ');
    const std::size_t to = part.find_last_not_of(' ');
    if (from != std::string::npos) parts.push_back(part.substr(from, to - from + 1));
  }
  return parts;
}

int location_of(char name) {
  if (name < 'x' || name > 'z') throw std::invalid_argument(std::string("location ") + name);
  return name - 'x';
}

Instruction parse_instruction(const std::string& text) {
  Instruction made;
  if (text == "mb" || text == "lb") {
    made.kind = text == "mb" ? Kind::kMembarrier : Kind::kLightBarrier;
    return made;
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) throw std::invalid_argument(text);
  made.order = order_of(text.substr(dot + 1));
  std::string rest = text.substr(0, dot);
  if (rest == "f") {
    made.kind = Kind::kFence;
    return made;
  }
  if (rest[0] == 'r') {
    made.reg = rest[1] - '0';
    rest.erase(0, 3);
  }
  made.location = location_of(rest[0]);
  if (rest.size() > 1) {
    made.kind = rest[1] == '+' ? Kind::kAdd : made.reg >= 0 ? Kind::kExchange : Kind::kStore;
    made.value = std::stoi(rest.substr(2));
  }
  return made;
}

void step(const Instruction& instruction, std::array<atomic<int>, kLocations>& memory,
          Outcome& outcome) {
  const auto reg = static_cast<unsigned>(instruction.reg);
  const auto location = static_cast<unsigned>(instruction.location);
  const std::memory_order order = instruction.order;
  switch (instruction.kind) {
    case Kind::kLoad:
      outcome.registers[reg] = memory[location].load(order);
      break;
    case Kind::kStore:
      memory[location].store(instruction.value, order);
      break;
    case Kind::kAdd:
      outcome.registers[reg] = memory[location].fetch_add(instruction.value, order);
      break;
    case Kind::kExchange:
      outcome.registers[reg] = memory[location].exchange(instruction.value, order);
      break;
    case Kind::kFence:
      explorer::atomic_thread_fence(order);
      break;
    case Kind::kMembarrier:
      explorer::membarrier();
      break;
    case Kind::kLightBarrier:
      explorer::light_barrier();
      break;
  }
}

}  // namespace

Program parse(const std::string& text) {
  Program program;
  for (const std::string& thread : split(text, '|')) {
    program.threads.emplace_back();
    for (const std::string& each : split(thread, ';')) {
      program.threads.back().push_back(parse_instruction(each));
    }
  }
  return program;
}

bool matches(const Outcome& outcome, const std::string& condition) {
  for (const std::string& each : split(condition, ' ')) {
    const int wanted = std::stoi(each.substr(each.find('=') + 1));
    const int found = each[0] == 'r'
                          ? outcome.registers[static_cast<unsigned>(each[1] - '0')]
                          : outcome.locations[static_cast<unsigned>(location_of(each[0]))];
    if (found != wanted) return false;
  }
  return true;
}

std::string to_text(const Outcome& outcome) {
  std::string text;
  for (unsigned r = 0; r < kRegisters; ++r) {
    text += std::string("r") + std::to_string(r) + "=" + std::to_string(outcome.registers[r]) + " ";
  }
  for (unsigned l = 0; l < kLocations; ++l) {
    text += kNames[l] + std::string("=") + std::to_string(outcome.locations[l]) + " ";
  }
  return text;
}

std::string to_text(const Program& program) {
  std::string text;
  for (const auto& thread : program.threads) {
    if (!text.empty()) text += " | ";
    for (const Instruction& each : thread) {
      if (each.kind == Kind::kMembarrier || each.kind == Kind::kLightBarrier) {
        text += each.kind == Kind::kMembarrier ? "mb; " : "lb; ";
        continue;
      }
      if (each.reg >= 0) text += std::string("r") + std::to_string(each.reg) + "=";
      text += each.kind == Kind::kFence ? 'f' : kNames[each.location];
      if (each.kind == Kind::kAdd) text += std::string("+") + std::to_string(each.value);
      if (each.kind == Kind::kStore || each.kind == Kind::kExchange) {
        text += std::string("=") + std::to_string(each.value);
      }
      for (const NamedOrder& order : kOrders) {
        if (order.order == each.order) text += std::string(".") + order.name + "; ";
      }
    }
  }
  return text;
}

Outcome run_threads_of(const Program& program) {
  std::array<atomic<int>, kLocations> memory;
  Outcome outcome;
  {
    std::array<std::optional<thread>, kMaxThreads> threads;
    for (std::size_t t = 0; t < program.threads.size(); ++t) {
      threads[t].emplace([&, t] {
        for (const Instruction& each : program.threads[t]) step(each, memory, outcome);
      });
    }
  }
  for (unsigned l = 0; l < kLocations; ++l) outcome.locations[l] = memory[l].load();
  return outcome;
}

Outcomes reached_outcomes(const Program& program, const Options& options, Result* result) {
  Outcomes reached;
  *result = explore(options, [&] { reached.insert(run_threads_of(program)); });
  return reached;
}

Outcomes reached_outcomes(const Program& program, Result* result) {
  Options options;
  options.preemptions = kUnlimited;
  return reached_outcomes(program, options, result);
}

}  // namespace temporal_slab::explorer::litmus
