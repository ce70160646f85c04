#include "report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace temporal_slab::explorer {
namespace {

// More rows than that are cut out of the middle.
constexpr std::size_t kMostRows = 60;
constexpr std::size_t kAround = 8;  // rows at the end, and around each switch

std::string order_name(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_consume:
      return "consume";
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    case std::memory_order_seq_cst:
      return "seq_cst";
  }
  return "?";
}

// Places in memory by name: those of the pool by their block, others in the order in which they
// come up, so that a replay says the same of objects that lie elsewhere.
class Places {
 public:
  explicit Places(Engine& engine) : engine_(engine) {}

  std::string name(std::uint64_t place) {
    if (place == 0) return "null";
    int number = 0;
    const MemoryPool::Block* block = engine_.memory().around(place, &number);
    if (block == nullptr)
      return "place" + std::to_string(others_.try_emplace(place, others_.size() + 1).first->second);
    const auto offset = place - reinterpret_cast<std::uintptr_t>(block->begin);
    return std::string("block") + std::to_string(number) +
           (offset > 0 ? std::string("+") + std::to_string(offset) : "");
  }

 private:
  Engine& engine_;
  std::map<std::uint64_t, std::size_t> others_;
};

std::string value_text(Places& places, const ObjectInfo& object, std::uint64_t value) {
  switch (object.kind) {
    case ValueKind::kSigned:
      return std::to_string(static_cast<std::int64_t>(value));
    case ValueKind::kUnsigned:
      return std::to_string(value);
    case ValueKind::kBool:
      return value != 0 ? "true" : "false";
    case ValueKind::kPointer:
      return places.name(value);
    case ValueKind::kOpaque:
      break;
  }
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

class Table {
 public:
  explicit Table(Engine& engine) : engine_(engine), places_(engine) {
    const Trace& trace = engine.trace();
    for (std::size_t i = 0; i < trace.size(); ++i) {
      if (trace[i].written_serial > 0) row_of_[trace[i].written_serial] = i + 1;
    }
  }

  std::string text() {
    const Trace& trace = engine_.trace();
    const auto threads = static_cast<std::size_t>(engine_.threads());
    std::vector<std::string> cells;
    std::vector<std::size_t> width(threads, 2);
    for (const Step& step : trace) {
      cells.push_back(cell(step));
      std::size_t& column = width[static_cast<std::size_t>(step.thread)];
      column = std::max(column, cells.back().size());
    }
    std::string out = "  row";
    for (std::size_t t = 0; t < threads; ++t) {
      out += std::string("  ") + pad(t == 0 ? "T0 (test)" : std::string("T") + std::to_string(t),
                                     width[t] = std::max<std::size_t>(width[t], t == 0 ? 9 : 2));
    }
    out += "  line\n";
    const std::vector<bool> shown = rows_to_show(trace);
    for (std::size_t i = 0; i < trace.size(); ++i) {
      if (!shown[i]) {
        std::size_t end = i;
        while (!shown[end]) ++end;
        out += std::string("  ... ") + std::to_string(end - i) + " rows\n";
        i = end;
      }
      const std::string number = std::to_string(i + 1);
      out += std::string(5 - std::min<std::size_t>(5, number.size()), ' ') + number;
      for (std::size_t t = 0; t < threads; ++t) {
        const bool mine = static_cast<std::size_t>(trace[i].thread) == t;
        out += std::string("  ") + pad(mine ? cells[i] : "", width[t]);
      }
      out += std::string("  ") + where(trace[i].where) + "\n";
    }
    return out;
  }

 private:
  // All of them, or as far as there is room: the last ones, the first ones, and those around each
  // switch of threads.
  static std::vector<bool> rows_to_show(const Trace& trace) {
    std::vector<bool> shown(trace.size(), trace.size() <= kMostRows);
    std::size_t count = 0;
    const auto show = [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < std::min(to, trace.size()) && count < kMostRows; ++i) {
        count += shown[i] ? 0 : 1;
        shown[i] = true;
      }
    };
    if (trace.size() <= kMostRows) return shown;
    show(trace.size() - kAround, trace.size());
    for (std::size_t i = 1; i < trace.size(); ++i)
      if (trace[i].thread != trace[i - 1].thread)
        show(i - std::min(i, kAround / 2), i + kAround / 2);
    show(0, trace.size());
    return shown;
  }

  static std::string pad(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
  }

  static std::string where(Where at) { return at.line != 0 ? place(at) : at.file; }

  std::string source(const Step& step) const {
    const auto row = row_of_.find(step.read_serial);
    std::string from = step.read_serial == 0 ? "initial" : "earlier";
    if (row != row_of_.end()) from = "row " + std::to_string(row->second);
    return (step.stale ? " (stale, " : " (") + from + ")";
  }

  std::string cell(const Step& step) {
    const std::string order = order_name(step.order);
    const std::string who = step.object != nullptr ? label(*step.object) + "." : "";
    const auto value = [&](std::uint64_t bits) { return value_text(places_, *step.object, bits); };
    switch (step.op) {
      case Op::kLoad:
        return who + "load(" + order + ") = " + value(step.read) + source(step);
      case Op::kStore:
        return who + "store(" + value(step.written) + ", " + order + ")" +
               (step.stale ? " (behind newer)" : "");
      case Op::kModify:
        return who + "rmw(" + order + ") " + value(step.read) + " -> " + value(step.written) +
               source(step);
      case Op::kFailModify:
        return who + "cas(" + order + ") fails, = " + value(step.read) + source(step);
      case Op::kFence:
        return "fence(" + order + ")";
      case Op::kMembarrier:
        return "membarrier()";
      case Op::kYield:
        return "yield()";
      case Op::kLock:
        return who + "lock()";
      case Op::kTryLock:
        return who + "try_lock() = true";
      case Op::kFailTryLock:
        return who + "try_lock() = false";
      case Op::kUnlock:
        return who + "unlock()";
      case Op::kWait:
        return who + "wait()";
      case Op::kNotify:
        return who + "notify()";
      case Op::kRead:
        return who + "read";
      case Op::kWrite:
        return who + "write";
      case Op::kMake:
        return who + "make(" + value(step.written) + ")";
      case Op::kDestroy:
        return who + "destroy";
    }
    return "?";
  }

  Engine& engine_;
  Places places_;
  std::map<std::int32_t, std::size_t> row_of_;  // of each store, by its serial
};

}  // namespace

std::string place(Where where) {
  if (where.line == Where::kCode) {
    if (line_of_code != nullptr) return line_of_code(where.file);
    char text[32];
    std::snprintf(text, sizeof(text), "%p", static_cast<const void*>(where.file));
    return text;
  }
  std::string file = where.file;
  const std::size_t slash = file.rfind('/');
  if (slash != std::string::npos) file.erase(0, slash + 1);
  return file + ":" + std::to_string(where.line);
}

std::string label(const ObjectInfo& object) {
  return object.name != nullptr ? object.name : object.letter + std::to_string(object.ordinal);
}

std::string table_of(Engine& engine) { return Table(engine).text(); }

}  // namespace temporal_slab::explorer
