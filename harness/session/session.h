// Runs calls on an allocator and on the model at once, and says where they part.
//
//   Session session(config);
//   for (const Call& call : calls) if (!session.run(call)) break;
//   session.finish();
//   session.failure();   "" or what differed
//
// After each call the ring is looked at in full. Objects are filled with bytes of
// their own and looked at before they go. An error is told by errno: a call that
// succeeds leaves it as it was, one that fails sets it (R-2-1).
#pragma once

#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_stats.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/model/model.h"
#include "harness/session/call.h"
#include "harness/session/crew.h"
#include "harness/session/holding.h"
#include "harness/session/placement.h"

namespace temporal_slab::harness::session {

class Session {
 public:
  explicit Session(const Config& config);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // False if anything differed, now or before.
  bool run(const Call& call);
  // Frees what lives and closes all epochs, looking at everything once more.
  bool finish();

  const std::string& failure() const { return failure_; }
  const model::Model& model() const { return model_; }
  SlabAllocator* allocator() const { return allocator_; }

  // From now on each call is also written down as C would have it.
  void keep_lines() { keeps_lines_ = true; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  using ObjectId = model::ObjectId;
  struct Place {
    void* pointer;
    SlabHandle handle;  // 0: made by a call that tells none
  };
  // What a call came back with.
  struct Seen {
    int error;  // 0: errno was left as it was
    std::uint64_t value;
  };

  void run_here(const Call& call);
  bool run_object_call(const Call& call);
  bool run_misuse_call(const Call& call);
  void expect_to_leave(const model::Answer& answer, const Seen& seen);
  void check_reserve(const Seen& seen);
  bool run_epoch_call(const Call& call);
  bool run_domain_call(const Call& call);
  void run_null_call(std::uint32_t which);

  static Seen observe(const std::function<std::uint64_t()>& call);
  void expect(const model::Answer& answer, const Seen& seen);
  void fail(const std::string& what);
  template <typename... Parts>
  void say(const Parts&... parts);

  // `make` returns the new object.
  using Make = std::function<void*(SlabHandle*)>;
  using Ask = std::function<model::Answer(int)>;
  void allocate(std::uint64_t size, std::uint32_t epoch, const Make& make, const Ask& ask);
  void reallocate(ObjectId object, std::uint64_t size);
  std::uint32_t epoch_of(std::uint32_t argument) const;
  bool memory_left(std::uint64_t size, std::uint32_t epoch) const;
  void arrived(void* pointer, SlabHandle handle);
  void check_contents(ObjectId object);
  void forget_dead();
  void free_pointer(void* pointer, bool was_ours);
  void usable_size(void* pointer, bool was_ours);
  std::vector<ObjectId> with_handle(const std::vector<ObjectId>& ids) const;

  void look_at_ring();
  void check_figures();
  void check_json();
  void walk();

  const Config config_;
  SlabAllocator* allocator_;
  SlabAllocator* other_;
  std::vector<SlabHandle> foreign_handles_;
  std::vector<void*> foreign_pointers_;
  model::Model model_;
  Placement placement_;
  Holding holding_;
  std::vector<Place> places_;  // by ObjectId
  std::vector<ObjectId> live_;
  std::vector<ObjectId> dead_;
  std::map<void*, ObjectId> live_at_;
  struct Held {
    SlabEpochRef reference;
    model::Taker taker;
  };
  std::vector<Held> references_;
  std::vector<epoch_domain_t*> domains_;  // by DomainId
  model::ThreadId thread_ = 0;            // that the call runs on
  model::ThreadId last_thread_ = kCrew - 1;
  std::array<model::ThreadId, kCrew> threads_{0, 1, 2};
  bool keeps_lines_ = false;
  std::vector<std::string> lines_;
  std::string failure_;
  Crew crew_;  // last: its threads end first
};

}  // namespace temporal_slab::harness::session
