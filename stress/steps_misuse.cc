// Calls that must be refused, counted, and change nothing (R-2-2, R-2.1-4, R-2.1-5).
#include <cerrno>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

// Counts a refused free by what errno says that it was.
void count_refusal(Worker& me, int error, const std::string& what) {
  if (error == ESTALE) {
    ++me.tally.stale_frees;
  } else if (error == EINVAL) {
    ++me.tally.invalid_frees;
  } else {
    fail(what + ": " + error_name(error));
  }
}

}  // namespace

void free_twice(World& world, Worker& me) {
  if (me.freed.empty()) return;
  const SlabHandle handle = me.freed.pick(me.random);
  const std::string what =
      text("second free of handle 0x%llx", static_cast<unsigned long long>(handle));
  errno = 0;
  if (free_obj(world.allocator, handle)) fail(what + ": accepted");
  if (errno != ESTALE) fail(what + ": " + error_name(errno));
  count_refusal(me, errno, what);
}

void free_forged_handle(World& world, Worker& me) {
  const bool foreign = !me.foreign.empty() && me.random.one_in(3);
  const SlabHandle handle = foreign               ? me.foreign.pick(me.random)
                            : me.random.one_in(4) ? me.random.below(4096)
                                                  : me.random.next();
  const std::string what = text("free of %s handle 0x%llx", foreign ? "foreign" : "forged",
                                static_cast<unsigned long long>(handle));
  errno = 0;
  if (free_obj(world.allocator, handle)) fail(what + ": accepted");
  if (foreign && errno != EINVAL) fail(what + ": " + error_name(errno));
  count_refusal(me, errno, what);
}

void free_forged_pointer(World& world, Worker& me) {
  unsigned char on_stack[64] = {};
  unsigned char* pointer = on_stack;
  if (!me.objects.empty() && !me.random.one_in(4)) {
    const Object& object = me.objects[me.random.below(me.objects.size())];
    pointer = object.address + 1 + me.random.below(object.usable_bytes - 1);
  } else if (me.random.one_in(2)) {
    pointer = reinterpret_cast<unsigned char*>(world.allocator);
  }
  const std::string what = text("free of forged pointer %p", static_cast<void*>(pointer));
  if (slab_usable_size(world.allocator, pointer) != 0) fail(what + ": has a usable size");
  errno = 0;
  slab_free(world.allocator, pointer);
  if (errno != EINVAL) fail(what + ": " + error_name(errno));
  count_refusal(me, errno, what);
}

}  // namespace temporal_slab::stress
