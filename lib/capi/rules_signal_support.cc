#include "capi/rules_signal_support.h"

#include <pthread.h>
#include <signal.h>
#include <temporal_slab/slab_stats.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/memory_marks.h"
#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

// ThreadSanitizer reports what allocates in a handler.
constexpr bool kMayUseMalloc = !base::kBuiltForTsan;

thread_local Looker* this_looker = nullptr;
// Of a label of truth_support.h.
bool is_label_of(const char* label, std::uint64_t era) {
  char begin[32];
  const int length =
      std::snprintf(begin, sizeof begin, "e%llu.", static_cast<unsigned long long>(era));
  const std::size_t half = std::strlen(label) / 2;
  return label[0] == '\0' ||
         (std::strncmp(label, begin, static_cast<std::size_t>(length)) == 0 && label[half] == ' ' &&
          std::strncmp(label, label + half + 1, half) == 0);
}

// What is wrong with a row that says this, as far as the calling thread can know.
const char* fault_of_row(Looker& me, EpochId epoch, std::uint64_t era, std::uint64_t refcount,
                         const char* label) {
  if (!is_label_of(label, era)) return "a label of another era";
  if (refcount > kMostRefs) return "more references than there are";
  if (era < me.last_era[epoch]) return "an era that fell";
  me.last_era[epoch] = era;
  const std::uint64_t count = me.held[epoch].count.load(std::memory_order_relaxed);
  if (count == 0) return nullptr;
  if (era != me.held[epoch].era.load(std::memory_order_relaxed)) return "not the era that is held";
  return refcount < count ? "fewer references than the thread has" : nullptr;
}

void note_fault(Looker& me, const char* fault, EpochId epoch, std::uint64_t era,
                std::uint64_t refcount, const char* label) {
  if (fault == nullptr || me.fault[0] != '\0') return;
  std::snprintf(me.fault.data(), me.fault.size(),
                "%s in %s, inside %s: epoch %u, era %llu, refcount %llu, label \"%s\"", fault,
                me.look.load(), me.call.load(), epoch, static_cast<unsigned long long>(era),
                static_cast<unsigned long long>(refcount), label);
}

void look_at_rows(Looker& me) {
  me.look = "slab_stats_epoch";
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    SlabEpochStats row;
    slab_stats_epoch(me.allocator, epoch % SLAB_CLASS_COUNT, epoch, &row);
    note_fault(me, fault_of_row(me, epoch, row.epoch_era, row.refcount, row.label), epoch,
               row.epoch_era, row.refcount, row.label);
  }
}

void look_at_global(Looker& me) {
  me.look = "slab_stats_global";
  SlabGlobalStats stats;
  slab_stats_global(me.allocator, &stats);
  if (stats.active_epoch_count + stats.closing_epoch_count != kEpochs ||
      stats.current_epoch >= kEpochs || stats.abandoned_refs != 0)
    note_fault(me, "figures that do not agree", 0, 0, 0, "");
}

void look_at_class(Looker& me) {
  me.look = "slab_stats_class";
  const auto index = static_cast<std::uint32_t>(me.looks % SLAB_CLASS_COUNT);
  SlabClassStats row;
  slab_stats_class(me.allocator, index, &row);
  if (row.class_index != index || row.allocs < me.last_allocs[index])
    note_fault(me, "figures of another class", 0, 0, 0, "");
  me.last_allocs[index] = row.allocs;
}

void look_at_json(Looker& me) {
  me.look = "slab_stats_write_json";
  if (::ftruncate(me.fd, 0) != 0 || ::lseek(me.fd, 0, SEEK_SET) != 0 ||
      !slab_stats_write_json(me.allocator, me.fd))
    return note_fault(me, "no JSON", 0, 0, 0, "");
  std::string text(static_cast<std::size_t>(::lseek(me.fd, 0, SEEK_END)), '\0');
  if (::pread(me.fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return;
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return note_fault(me, "broken JSON", 0, 0, 0, "");
  for (const Json& row : json["epochs"]) {
    const std::uint64_t refcount = row["refcount"];
    std::uint64_t held = 0;
    for (const Json& holder : row["holders"]) held += holder["refs"].get<std::uint64_t>();
    const std::string label = row["label"];
    const char* fault =
        fault_of_row(me, row["epoch_id"], row["epoch_era"], refcount, label.c_str());
    if (fault == nullptr && held != refcount) fault = "holders of another number of references";
    note_fault(me, fault, row["epoch_id"], row["epoch_era"], refcount, label.c_str());
  }
}

// One signal; the next comes when this one's handler is done, so that calls get on.
void arm(Looker& me) {
  itimerspec when = {};
  when.it_value.tv_nsec = 1000 + static_cast<long>(me.delays() % 60'000);
  timer_settime(me.timer, 0, &when, nullptr);
}

void on_signal(int) {
  const int errno_before = errno;
  Looker& me = *this_looker;
  const bool inside = me.inside.load(std::memory_order_relaxed);
  look_at_rows(me);
  if (me.looks % 2 == 0) look_at_global(me);
  if (me.looks % 2 == 1) look_at_class(me);
  if (kMayUseMalloc && inside && me.looks_inside % 8 == 1) look_at_json(me);
  me.look = "none";
  me.looks += 1;
  me.looks_inside += inside ? 1 : 0;
  arm(me);
  errno = errno_before;
}

}  // namespace

void set_look_handler() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGRTMIN, &action, nullptr);
}

bool start_looks(Looker& me) {
  this_looker = &me;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGRTMIN;
  event._sigev_un._tid = ::gettid();
  if (::timer_create(CLOCK_MONOTONIC, &event, &me.timer) != 0) return false;
  arm(me);
  return true;
}

void stop_looks(Looker& me) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::timer_delete(me.timer);
}

}  // namespace temporal_slab::rules
