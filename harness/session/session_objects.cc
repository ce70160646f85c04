// Objects: allocation, free, realloc, usable size.
#include <cerrno>
#include <cstring>
#include <memory>

#include "harness/invariants/invariants.h"
#include "harness/session/say.h"

namespace temporal_slab::harness::session {

using model::Answer;

namespace {

unsigned char fill_of(model::ObjectId object) {
  return static_cast<unsigned char>(object * 37 + 11);
}

std::uint64_t as_value(const void* pointer) { return pointer != nullptr ? 1 : 0; }

}  // namespace

// Exact, because whatever is kept empty makes room for any class and epoch
// (R-2.2-7): memory is short only when the slabs that hold live objects leave no
// room for one more.
bool Session::memory_left(std::uint64_t size, std::uint32_t epoch) const {
  if (config_.max_bytes == 0) return true;
  if (placement_.has_room(epoch, model_.epoch(epoch).era, model::class_for(size))) return true;
  const std::uint64_t most = config_.max_bytes / model::kPageBytes * model::kPageBytes;
  return placement_.bytes() + model::slab_bytes_for(size) <= most;
}

// Puts down where the youngest object of the model lies.
void Session::arrived(void* pointer, SlabHandle handle) {
  const ObjectId id = places_.size();
  const model::Object& object = model_.objects().back();
  places_.push_back({pointer, handle});
  live_.push_back(id);
  const std::string wrong = placement_.put(reinterpret_cast<std::uintptr_t>(pointer),
                                           invariants::slab_begin(allocator_, pointer), object);
  if (!wrong.empty()) return fail(text_of("p", id, " ", wrong));
  if (handle != 0)
    for (const Place& place : places_)
      if (place.handle == handle && place.pointer != pointer)
        fail("the handle names another object");
  live_at_[pointer] = id;
  std::memset(pointer, fill_of(id), object.bytes);
}

void Session::check_contents(ObjectId object) {
  const auto* bytes = static_cast<const unsigned char*>(places_[object].pointer);
  const std::size_t count = model_.objects()[object].bytes;
  for (std::size_t i = 0; i < count; ++i)
    if (bytes[i] != fill_of(object))
      return fail("byte " + std::to_string(i) + " of p" + std::to_string(object) + " changed");
}

// After each call that may free: what the model says is dead is put among the dead.
void Session::forget_dead() {
  std::size_t kept = 0;
  for (const ObjectId id : live_) {
    const model::Object& object = model_.objects()[id];
    if (object.live) {
      live_[kept++] = id;
      continue;
    }
    dead_.push_back(id);
    placement_.take(reinterpret_cast<std::uintptr_t>(places_[id].pointer), object);
    live_at_.erase(places_[id].pointer);
  }
  live_.resize(kept);
}

void Session::allocate(std::uint64_t size, std::uint32_t epoch, const Make& make, const Ask& ask) {
  const bool may_succeed = epoch >= model_.epoch_count() || memory_left(size, epoch);
  SlabHandle handle = 0;
  void* pointer = nullptr;
  const Seen seen = observe([&] { return as_value(pointer = make(&handle)); });
  const Answer answer = ask(seen.error);
  if (!answer.allows(seen.error)) return expect(answer, seen);
  if (as_value(pointer) != (seen.error == 0 ? 1u : 0u)) return fail("errno and result disagree");
  // R-2.1-10
  if (answer.allows(0) && (seen.error == 0) != may_succeed)
    return fail(may_succeed ? "ENOMEM though memory is left" : "max_bytes is exceeded");
  if (seen.error == 0) arrived(pointer, handle);
}

void Session::reallocate(ObjectId id, std::uint64_t size) {
  void* const old = places_[id].pointer;
  check_contents(id);
  const model::Object object = model_.objects()[id];
  const std::size_t before = model_.objects().size();
  const bool may_succeed =
      size <= object.bytes || size > model::kMostBytes || memory_left(size, object.epoch);
  void* moved = nullptr;
  const Seen seen = observe([&] { return as_value(moved = slab_realloc(allocator_, old, size)); });
  const Answer answer = model_.realloc(id, size, seen.error);
  if (!answer.allows(seen.error)) return expect(answer, seen);
  if (as_value(moved) != (seen.error == 0 ? 1u : 0u)) return fail("errno and result disagree");
  if (answer.allows(0) && (seen.error == 0) != may_succeed)
    return fail(may_succeed ? "ENOMEM though memory is left" : "max_bytes is exceeded");
  if (seen.error != 0) return check_contents(id);
  if (model_.objects().size() == before) {
    if (moved != old) fail("it moved though it fits");
    const auto address = reinterpret_cast<std::uintptr_t>(old);
    placement_.take(address, object);
    const std::string wrong =
        placement_.put(address, invariants::slab_begin(allocator_, old), model_.objects()[id]);
    if (!wrong.empty()) fail(text_of("p", id, " ", wrong));
    return check_contents(id);
  }
  const auto* bytes = static_cast<const unsigned char*>(moved);
  for (std::size_t i = 0; i < object.bytes; ++i)
    if (bytes[i] != fill_of(id)) return fail("byte " + std::to_string(i) + " was not moved along");
  arrived(moved, 0);
  forget_dead();
}

std::vector<model::ObjectId> Session::with_handle(const std::vector<ObjectId>& ids) const {
  std::vector<ObjectId> named;
  for (const ObjectId id : ids)
    if (places_[id].handle != 0) named.push_back(id);
  return named;
}

bool Session::run_object_call(const Call& call) {
  const auto size = std::uint64_t{call.a};
  const auto pick = [&](const std::vector<ObjectId>& from) { return from[call.a % from.size()]; };
  const std::size_t next = places_.size();
  const std::uint32_t epoch = epoch_of(call.b);
  switch (call.operation) {
    case Operation::kAllocObj: {
      const auto size32 = call.a;
      say("void* p", next, " = alloc_obj_epoch(a, ", size, ", ", epoch, ", &h", next, ");");
      allocate(
          size, epoch,
          [&](SlabHandle* out) { return alloc_obj_epoch(allocator_, size32, epoch, out); },
          [&](int seen) { return model_.alloc_epoch(size, epoch, seen); });
      return true;
    }
    case Operation::kMallocEpoch:
      say("void* p", next, " = slab_malloc_epoch(a, ", size, ", ", epoch, ");");
      allocate(
          size, epoch, [&](SlabHandle*) { return slab_malloc_epoch(allocator_, size, epoch); },
          [&](int seen) { return model_.alloc_epoch(size, epoch, seen); });
      return true;
    case Operation::kAllocRef: {
      if (references_.empty()) return true;
      const SlabEpochRef r = references_[call.b % references_.size()].reference;
      say("void* p", next, " = alloc_obj_ref(a, ", size, ", {", r.epoch, ", ", r.holder, ", ",
          r.era, "}, &h", next, ");");
      allocate(
          size, r.epoch, [&](SlabHandle* out) { return alloc_obj_ref(allocator_, size, r, out); },
          [&](int seen) { return model_.alloc_ref(size, r.epoch, r.era, seen); });
      return true;
    }
    case Operation::kMalloc:
    case Operation::kReallocNull: {
      const bool plain = call.operation == Operation::kMalloc;
      say("void* p", next, plain ? " = slab_malloc(a, " : " = slab_realloc(a, NULL, ", size, ");");
      allocate(
          size, model_.malloc_epoch(thread_),
          [&](SlabHandle*) {
            return plain ? slab_malloc(allocator_, size) : slab_realloc(allocator_, nullptr, size);
          },
          [&](int seen) { return model_.malloc(thread_, size, seen); });
      return true;
    }
    case Operation::kRealloc:
      if (live_.empty()) return true;
      say("void* p", next, " = slab_realloc(a, p", pick(live_), ", ", call.b, ");");
      reallocate(pick(live_), call.b);
      return true;
    case Operation::kFreeObj: {
      const std::vector<ObjectId> named = with_handle(live_);
      if (named.empty()) return true;
      const ObjectId id = pick(named);
      say("free_obj(a, h", id, ");");
      check_contents(id);
      expect(model_.free(id), observe([&] { return free_obj(allocator_, places_[id].handle); }));
      forget_dead();
      return true;
    }
    case Operation::kFree:
      if (live_.empty()) return true;
      say("slab_free(a, p", pick(live_), ");");
      free_pointer(places_[pick(live_)].pointer, true);
      return true;
    case Operation::kUsableSize:
      if (live_.empty()) return true;
      say("slab_usable_size(a, p", pick(live_), ");");
      usable_size(places_[pick(live_)].pointer, true);
      return true;
    default:
      return false;
  }
}

}  // namespace temporal_slab::harness::session
