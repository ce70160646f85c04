#include "harness/explorer/litmus/axioms.h"

#include <algorithm>
#include <bitset>
#include <numeric>

namespace temporal_slab::explorer::litmus {
namespace {

constexpr std::size_t kMostEvents = 24;

// A relation of events: row a, bit b.
struct Relation {
  std::array<std::bitset<kMostEvents>, kMostEvents> rows;

  bool has(std::size_t a, std::size_t b) const { return rows[a][b]; }
  void add(std::size_t a, std::size_t b) { rows[a].set(b); }
  Relation operator|(const Relation& other) const {
    Relation made = *this;
    for (std::size_t a = 0; a < kMostEvents; ++a) made.rows[a] |= other.rows[a];
    return made;
  }
  Relation then(const Relation& next) const {
    Relation made;
    for (std::size_t a = 0; a < kMostEvents; ++a) {
      for (std::size_t b = 0; b < kMostEvents; ++b) {
        if (rows[a][b]) made.rows[a] |= next.rows[b];
      }
    }
    return made;
  }
  Relation closure() const {
    Relation made = *this;
    for (std::size_t via = 0; via < kMostEvents; ++via) {
      for (std::size_t a = 0; a < kMostEvents; ++a) {
        if (made.rows[a][via]) made.rows[a] |= made.rows[via];
      }
    }
    return made;
  }
  bool acyclic() const {
    const Relation all = closure();
    for (std::size_t a = 0; a < kMostEvents; ++a) {
      if (all.rows[a][a]) return false;
    }
    return true;
  }
};

struct Event {
  int thread = -1;  // -1: an initial value
  Instruction what;
  bool reads = false;
  bool writes = false;
  bool fence = false;
  bool acquire = false;
  bool release = false;
  bool seq_cst = false;
};

class Judge {
 public:
  Judge(const Program& program, bool load_buffering) : load_buffering_(load_buffering) {
    for (int l = 0; l < kLocations; ++l) {
      Event first;
      first.what = {Kind::kStore, l, 0, -1, std::memory_order_relaxed};
      first.writes = true;
      events_.push_back(first);
    }
    for (std::size_t t = 0; t < program.threads.size(); ++t) {
      for (const Instruction& each : program.threads[t]) add(static_cast<int>(t), each);
    }
    for (std::size_t b = 0; b < events_.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        if (events_[a].thread == events_[b].thread ? events_[a].thread >= 0
                                                   : events_[a].thread < 0) {
          sb_.add(a, b);
        }
      }
      if (events_[b].reads) reads_.push_back(b);
    }
    source_.resize(events_.size());
  }

  Outcomes all() {
    choose_source(0);
    return std::move(outcomes_);
  }

 private:
  void add(int t, const Instruction& what) {
    Event event;
    event.thread = t;
    event.what = what;
    event.fence = what.kind == Kind::kFence;
    event.reads =
        what.kind == Kind::kLoad || what.kind == Kind::kAdd || what.kind == Kind::kExchange;
    event.writes = !event.fence && what.kind != Kind::kLoad;
    event.seq_cst = what.order == std::memory_order_seq_cst;
    const bool both = event.seq_cst || what.order == std::memory_order_acq_rel;
    event.acquire =
        (both || what.order == std::memory_order_acquire) && (event.fence || event.reads);
    event.release =
        (both || what.order == std::memory_order_release) && (event.fence || event.writes);
    events_.push_back(event);
  }

  bool same_place(std::size_t a, std::size_t b) const {
    return events_[a].what.location == events_[b].what.location;
  }

  bool is_rmw(std::size_t event) const { return events_[event].reads && events_[event].writes; }

  // Read-modify-writes come right after what they read, so no two read the same.
  bool is_taken(std::size_t w, std::size_t n) const {
    if (!is_rmw(reads_[n])) return false;
    for (std::size_t i = 0; i < n; ++i) {
      if (is_rmw(reads_[i]) && source_[reads_[i]] == w) return true;
    }
    return false;
  }

  void choose_source(std::size_t n) {
    if (n == reads_.size()) return choose_order(0);
    for (std::size_t w = 0; w < events_.size(); ++w) {
      if (!events_[w].writes || !same_place(w, reads_[n]) || w == reads_[n]) continue;
      if (is_taken(w, n)) continue;
      source_[reads_[n]] = w;
      choose_source(n + 1);
    }
  }

  void choose_order(unsigned location) {
    if (location == kLocations) return judge();
    order_[location] = {location};  // the initial value comes first
    extend_order(location);
  }

  void extend_order(unsigned location) {
    std::vector<std::size_t>& order = order_[location];
    bool complete = true;
    for (std::size_t w = kLocations; w < events_.size(); ++w) {
      if (!events_[w].writes || !same_place(w, location)) continue;
      if (std::find(order.begin(), order.end(), w) != order.end()) continue;
      complete = false;
      if (events_[w].reads && source_[w] != order.back()) continue;
      order.push_back(w);
      extend_order(location);
      order.pop_back();
    }
    if (complete) choose_order(location + 1);
  }

  // Relations that follow from what was chosen.
  void derive() {
    rf_ = mo_ = Relation{};
    Relation fr;
    for (const std::size_t r : reads_) rf_.add(source_[r], r);
    for (const auto& order : order_) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) mo_.add(order[i], order[j]);
      }
    }
    for (const std::size_t r : reads_) {
      for (std::size_t w = 0; w < events_.size(); ++w) {
        if (w != r && mo_.has(source_[r], w)) fr.add(r, w);
      }
    }
    eco_ = (rf_ | mo_ | fr).closure();
    derive_synchronizes();
    hb_ = (sb_ | sw_).closure();
  }

  // True if `read` reads from the release sequence that `head` heads.
  bool reads_sequence(std::size_t read, std::size_t head) const {
    std::size_t w = source_[read];
    while (w != head && events_[w].reads) w = source_[w];
    return w == head;
  }

  void derive_synchronizes() {
    sw_ = Relation{};
    for (const std::size_t r : reads_) {
      for (std::size_t w = 0; w < events_.size(); ++w) {
        if (!events_[w].writes || !same_place(w, r) || !reads_sequence(r, w)) continue;
        for (std::size_t from = 0; from < events_.size(); ++from) {
          const bool releases =
              events_[from].release && (from == w || (events_[from].fence && sb_.has(from, w)));
          if (!releases) continue;
          for (std::size_t to = 0; to < events_.size(); ++to) {
            if (events_[to].acquire && (to == r || (events_[to].fence && sb_.has(r, to)))) {
              sw_.add(from, to);
            }
          }
        }
      }
    }
  }

  bool has_total_order() const {
    // [intro.races] 12: strongly happens before.
    Relation strongly = sb_ | sb_.then(hb_).then(sb_);
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < events_.size(); ++b) {
        const bool operations = !events_[a].fence && !events_[b].fence;
        if (operations && events_[a].seq_cst && events_[b].seq_cst && sw_.has(a, b)) {
          strongly.add(a, b);
        }
      }
    }
    strongly = strongly.closure();
    // [atomics.order] 4: from A coherence-ordered before B to what brackets the two.
    Relation before;
    Relation after;
    for (std::size_t a = 0; a < events_.size(); ++a) {
      if (!events_[a].fence) before.add(a, a), after.add(a, a);
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (events_[a].fence && hb_.has(a, b)) before.add(a, b);
        if (events_[b].fence && hb_.has(a, b)) after.add(a, b);
      }
    }
    Relation constraints = strongly | before.then(eco_).then(after);
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (!events_[a].seq_cst || !events_[b].seq_cst) constraints.rows[a].reset(b);
      }
    }
    return constraints.acyclic();
  }

  void judge() {
    derive();
    if (!load_buffering_ && !(sb_ | rf_).acyclic()) return;
    if (!hb_.acyclic() || !eco_.acyclic()) return;
    const Relation incoherent = hb_.then(eco_);
    for (std::size_t a = 0; a < events_.size(); ++a) {
      if (incoherent.has(a, a)) return;
    }
    if (!has_total_order()) return;
    Outcome outcome;
    for (const std::size_t r : reads_) {
      outcome.registers[static_cast<unsigned>(events_[r].what.reg)] = value_of(source_[r], 0);
    }
    for (unsigned l = 0; l < kLocations; ++l) {
      outcome.locations[l] = value_of(order_[l].back(), 0);
    }
    outcomes_.insert(outcome);
  }

  int value_of(std::size_t w, int depth) const {
    const Instruction& what = events_[w].what;
    if (what.kind != Kind::kAdd || depth > static_cast<int>(kMostEvents)) return what.value;
    return what.value + value_of(source_[w], depth + 1);
  }

  bool load_buffering_;
  std::vector<Event> events_;
  std::vector<std::size_t> reads_;
  std::vector<std::size_t> source_;
  std::array<std::vector<std::size_t>, kLocations> order_;
  Relation sb_, rf_, mo_, eco_, sw_, hb_;
  Outcomes outcomes_;
};

}  // namespace

Outcomes consistent_outcomes(const Program& program, bool load_buffering) {
  return Judge(program, load_buffering).all();
}

}  // namespace temporal_slab::explorer::litmus
