#include "properties/draw.h"

#include <rapidcheck/gen/Container.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/seq/Create.h>
#include <rapidcheck/shrinkable/Create.h>

#include <numeric>
#include <ostream>

#include "harness/sample_snapshots.h"

namespace temporal_slab::properties {

using harness::model::kSlotClasses;
using harness::session::kBehindCurrent;
using harness::session::Session;

namespace {

std::uint32_t below(rc::Random& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random.next() % bound);
}

std::uint32_t draw_size(rc::Random& random) {
  // Small ones fill slabs sooner.
  const std::uint32_t classes = below(random, 4) == 0 ? kSlotClasses.size() : 8;
  const std::uint32_t bytes = kSlotClasses[below(random, classes)].bytes;
  switch (below(random, 32)) {
    case 0:
      return 0;
    case 1:
      return kSlotClasses.back().bytes + 1 + below(random, 100'000);
    case 2:
      return below(random, 64) == 0 ? (std::uint32_t{32} << 20) + below(random, 8192) : 769;
    case 3:
      return bytes + 1;
    default:
      return bytes - below(random, 2);
  }
}

std::uint32_t draw_epoch(rc::Random& random) {
  switch (below(random, 32)) {
    case 0:
      return 16 + below(random, 3);
    case 1:
      return ~std::uint32_t{0};
    default:
      return random.next() % 4 == 0 ? below(random, 16) : kBehindCurrent + below(random, 3);
  }
}

// Arguments of an operation that takes something other than two indexes.
void draw_arguments(rc::Random& random, Call& call) {
  // Small numbers pick as well as large ones, and shrink sooner.
  call.a = below(random, 256);
  switch (call.operation) {
    case Operation::kAllocObj:
    case Operation::kMallocEpoch:
      call.a = draw_size(random);
      call.b = draw_epoch(random);
      break;
    case Operation::kMalloc:
    case Operation::kReallocNull:
      call.a = draw_size(random);
      break;
    case Operation::kRealloc:
    case Operation::kReallocDead:
      call.b = draw_size(random);
      break;
    case Operation::kFreeObjForged:
      call.a = static_cast<std::uint32_t>(random.next());
      call.b = static_cast<std::uint32_t>(random.next());
      break;
    case Operation::kFreeObjNextGeneration:
    case Operation::kFreeInside:
    case Operation::kUsableSizeInside:
    case Operation::kRelease:
      call.b = below(random, 768);
      break;
    case Operation::kTurn:
      call.a = below(random, 20);
      call.b = below(random, 2);
      break;
    case Operation::kDomainWrap:
      call.a = draw_epoch(random);
      call.b = below(random, 2);
      break;
    case Operation::kDomainEnter:
      call.b = below(random, 4);
      break;
    case Operation::kReleaseForged:
      call.b = below(random, 64);
      call.a = draw_epoch(random);
      break;
    case Operation::kSetLabel:
      call.text = draw_text(random);
      call.a = draw_epoch(random);
      break;
    case Operation::kClose:
    case Operation::kTryClose:
    case Operation::kDiscard:
    case Operation::kSetLabelNull:
    case Operation::kInc:
    case Operation::kDec:
    case Operation::kRead:
      call.a = draw_epoch(random);
      break;
    default:
      break;
  }
}

// Towards the caller's thread, small numbers, short texts.
rc::Seq<Call> simpler(const Call& call) {
  std::vector<Call> calls;
  const auto with = [&](auto&& change) {
    Call changed = call;
    change(changed);
    if (changed != call) calls.push_back(changed);
  };
  with([](Call& c) { c.thread = 0; });
  with([](Call& c) { c.a = 0; });
  with([](Call& c) { c.a /= 2; });
  with([](Call& c) { c.b = 0; });
  with([](Call& c) { c.b /= 2; });
  with([](Call& c) { c.text.resize(c.text.size() / 2); });
  return rc::seq::fromContainer(std::move(calls));
}

rc::Gen<Call> draw_call(std::vector<Weighted> operations, std::uint32_t threads) {
  std::uint32_t total = 0;
  for (const Weighted& operation : operations) total += operation.weight;
  return [=](rc::Random random, int) {
    Call call;
    std::uint32_t at = below(random, total);
    std::size_t i = 0;
    while (at >= operations[i].weight) at -= operations[i++].weight;
    call.operation = operations[i].operation;
    call.thread = static_cast<std::uint8_t>(below(random, 3) == 0 ? below(random, threads) : 0);
    draw_arguments(random, call);
    return rc::shrinkable::shrinkRecur(std::move(call), [](const Call& c) { return simpler(c); });
  };
}

// What a program is made of besides its calls.
struct Choice {
  Config config;
  std::vector<Weighted> operations;
  std::uint32_t threads;
};

Choice draw_choice(const Machine& machine, rc::Random& random) {
  Choice choice;
  choice.config.retain_bytes = std::size_t{4096} * below(random, machine.most_retained_pages + 1);
  if (machine.most_pages != 0)
    choice.config.max_bytes = std::size_t{4096} * (1 + below(random, machine.most_pages));
  // Mostly the usual one; small ones fill up.
  static constexpr std::uint32_t kRings[] = {16, 16, 16, 2, 3, 4, 17, 64};
  choice.config.ring.epochs = kRings[below(random, std::size(kRings))];
  choice.config.ring.takes_over = below(random, 2) == 0;
  for (const Weighted& operation : machine.operations)
    if (below(random, 4) != 0) choice.operations.push_back(operation);
  if (choice.operations.empty())
    choice.operations.assign(machine.operations.begin(), machine.operations.end());
  choice.threads = 1 + below(random, machine.threads);
  return choice;
}

}  // namespace

std::string draw_text(rc::Random& random) {
  static constexpr std::string_view kPieces[] = {"a",
                                                 "label ",
                                                 "\xC3\xA9",
                                                 "\xE6\x97\xA5",
                                                 "\xF0\x9F\x98\x80",
                                                 "\"",
                                                 "\\",
                                                 "\n",
                                                 "\x1B[0m",
                                                 "\xE2\x80\xAE",
                                                 "\x80",
                                                 "\xC0",
                                                 "\xED\xA0\x80",
                                                 "\xF0\x9F",
                                                 "\xFF",
                                                 "\xF4\x90\x80\x80"};
  std::string text;
  if (below(random, 8) == 0) {
    const auto& hostile = harness::hostile_labels();
    text = hostile[below(random, static_cast<std::uint32_t>(hostile.size()))];
    return text.substr(0, text.find('\0'));
  }
  for (std::uint32_t n = below(random, 14); n > 0; --n) {
    if (below(random, 4) == 0)
      text += static_cast<char>(1 + below(random, 255));
    else
      text += kPieces[below(random, std::size(kPieces))];
  }
  return text;
}

rc::Gen<Program> draw_program(const Machine& machine) {
  const rc::Gen<Choice> choices = [machine](rc::Random random, int) {
    return rc::shrinkable::just(draw_choice(machine, random));
  };
  return rc::gen::mapcat(choices, [](const Choice& choice) {
    const auto calls = rc::gen::scale(
        3, rc::gen::container<std::vector<Call>>(draw_call(choice.operations, choice.threads)));
    return rc::gen::map(calls, [choice](std::vector<Call> drawn) {
      return Program{choice.config, std::move(drawn)};
    });
  });
}

std::string run(const Program& program) {
  Session session(program.config);
  for (const Call& call : program.calls)
    if (!session.run(call)) return session.failure();
  session.finish();
  return session.failure();
}

void showValue(const Program& program, std::ostream& out) {
  Session session(program.config);
  session.keep_lines();
  for (const Call& call : program.calls) session.run(call);
  session.finish();
  out << "\n  SlabOptions options = {.retain_bytes = " << program.config.retain_bytes
      << ", .max_bytes = " << program.config.max_bytes
      << ", .epoch_count = " << program.config.ring.epochs
      << ", .takeover_after_sec = " << (program.config.ring.takes_over ? 0 : 1'000'000) << "};\n";
  for (const std::string& line : session.lines()) out << "  " << line << '\n';
}

}  // namespace temporal_slab::properties
