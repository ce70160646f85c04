// Takes references in every way in which it is hard to say where. Each is taken on a
// line that is marked with its kind, for site_table_test.py, which says what function
// it must be.
#include "tslab/sites/kinds.h"

#include <functional>
#include <stdexcept>
#include <temporal_slab/user_header.hpp>

#include "tslab/sites/coroutine.h"

namespace {

using temporal_slab::Allocator;
using temporal_slab::Domain;
using temporal_slab::DomainScope;
using temporal_slab::EpochRef;

// Keeps a call before it from being the last one, which would be a jump. Each is its
// own, so that the optimiser does not make one of two functions.
#define STAY() asm volatile("" ::"i"(__LINE__))
#define TAKE(allocator) slab_epoch_inc_refcount(allocator, 0)

[[gnu::noinline]] void plain(Allocator& allocator) {
  slab_epoch_inc_refcount(allocator.get(), 0);  // site: plain
  STAY();
}

[[gnu::noinline]] void macro(Allocator& allocator) {
  TAKE(allocator.get());  // site: macro
  STAY();
}

[[gnu::always_inline]] inline void innermost(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, 0);  // site: inlined
  STAY();
}
[[gnu::always_inline]] inline void between(SlabAllocator* allocator) { innermost(allocator); }
[[gnu::noinline]] void inlined(Allocator& allocator) {
  between(allocator.get());
  STAY();
}

// The mark hides a function from debuggers, but it is the user's.
[[gnu::always_inline, gnu::artificial]] inline void marked(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, 0);  // site: artificial
  STAY();
}
[[gnu::noinline]] void artificial(Allocator& allocator) {
  marked(allocator.get());
  STAY();
}

[[gnu::noinline]] void user_header(Allocator& allocator) {
  take_in_user_header(allocator.get());
  STAY();
}

[[gnu::noinline]] void lambda(Allocator& allocator) {
  const auto take = [&] {
    slab_epoch_inc_refcount(allocator.get(), 0);  // site: lambda
    STAY();
  };
  take();
  STAY();
}

template <typename Function>
[[gnu::noinline]] void call(Function&& function) {
  std::invoke(std::forward<Function>(function));
  STAY();
}

[[gnu::noinline]] void invoked(Allocator& allocator) {
  call([&] {
    slab_epoch_inc_refcount(allocator.get(), 0);  // site: invoked
    STAY();
  });
}

[[gnu::noinline]] void nested(Allocator& allocator) {
  const auto make = [](auto* of) {
    return [of] {
      slab_epoch_inc_refcount(of, 0);  // site: nested
      STAY();
    };
  };
  call(make(allocator.get()));
}

[[gnu::noinline]] void wrapped(Allocator& allocator) {
  const std::function<void()> take = [&] {
    slab_epoch_inc_refcount(allocator.get(), 0);  // site: function object
    STAY();
  };
  call(take);
}

struct Functor {
  void operator()() const {
    slab_epoch_inc_refcount(allocator, 0);  // site: functor
    STAY();
  }
  SlabAllocator* allocator;
};
[[gnu::noinline]] void functor(Allocator& allocator) { call(Functor{allocator.get()}); }

template <typename T>
[[gnu::noinline]] void function_template(SlabAllocator* allocator, T) {
  slab_epoch_inc_refcount(allocator, 0);  // site: template
  STAY();
}
[[gnu::noinline]] void of_template(Allocator& allocator) {
  function_template(allocator.get(), 1);
  STAY();
}

template <typename T>
struct ClassTemplate {
  template <typename U>
  [[gnu::noinline]] void member(SlabAllocator* allocator, U) {
    slab_epoch_inc_refcount(allocator, 0);  // site: member template
    STAY();
  }
};
[[gnu::noinline]] void of_member(Allocator& allocator) {
  ClassTemplate<int>().member(allocator.get(), 'a');
  STAY();
}

struct Object {
  [[gnu::noinline]] explicit Object(SlabAllocator* of) : allocator(of) {
    slab_epoch_inc_refcount(allocator, 0);  // site: constructor
    STAY();
  }
  [[gnu::noinline]] ~Object() {
    if (allocator == nullptr) return;
    slab_epoch_inc_refcount(allocator, 0);  // site: destructor
    STAY();
  }
  SlabAllocator* allocator;
};
[[gnu::noinline]] void constructor(Allocator& allocator) {
  Object object(allocator.get());
  object.allocator = nullptr;
  STAY();
}
[[gnu::noinline]] void destructor(Allocator& allocator) {
  Object object(nullptr);
  object.allocator = allocator.get();
}

[[gnu::noinline]] void handler(Allocator& allocator) {
  try {
    throw std::runtime_error("");
  } catch (const std::exception&) {
    slab_epoch_inc_refcount(allocator.get(), 0);  // site: handler
    STAY();
  }
}

Task coroutine(SlabAllocator* allocator, bool at_once) {
  if (at_once) {
    slab_epoch_inc_refcount(allocator, 0);  // site: coroutine
    STAY();
  }
  co_await Awaited<false>();
  if (!at_once) {
    slab_epoch_inc_refcount(allocator, 0);  // site: resumed
    STAY();
  }
}
[[gnu::noinline]] void begin(Allocator& allocator) { coroutine(allocator.get(), true); }
[[gnu::noinline]] void resume(Allocator& allocator) {
  coroutine(allocator.get(), false).handle.resume();
  STAY();
}

// These two make a jump of the call.
[[gnu::noinline]] void jumping(SlabAllocator* allocator) {
  STAY();
  slab_epoch_inc_refcount(allocator, 0);  // site: jump
}
[[gnu::noinline]] void to_jumping(SlabAllocator* allocator) {
  STAY();
  jumping(allocator);
}
[[gnu::noinline]] void jump(Allocator& allocator) {
  to_jumping(allocator.get());  // site: before jumps
  STAY();
}

// Two ways lead to the library: it is not known which one was taken.
volatile bool take_current = false;
[[gnu::noinline]] void either(SlabAllocator* allocator) {
  if (take_current) {
    slab_epoch_acquire(allocator);
  } else {
    slab_epoch_inc_refcount(allocator, 0);  // site: one of two
  }
}
[[gnu::noinline]] void two_ways(Allocator& allocator) {
  either(allocator.get());  // site: before two
  STAY();
}

// It is jumped to, and calls.
[[gnu::noinline]] void jumped_to(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, 0);  // site: jumped to
  STAY();
}
[[gnu::noinline]] void jump_to(Allocator& allocator) { jumped_to(allocator.get()); }

// The wrappers of this library are not the user's.
[[gnu::noinline]] void wrapper(Allocator& allocator) {
  allocator.inc_refcount(0);  // site: wrapper
  STAY();
}
[[gnu::noinline]] void scope(Allocator& allocator) {
  auto* const domain = new Domain(allocator, 0, false);
  static const auto* const leaked = new DomainScope(*domain);  // site: scope
  static_cast<void>(leaked);
}
[[gnu::noinline]] void enter(Allocator& allocator) {
  (new Domain(allocator, 0, false))->enter();  // site: enter
  STAY();
}
[[gnu::noinline]] void reference(Allocator& allocator) {
  static const auto* const leaked = new EpochRef(allocator);  // site: reference
  static_cast<void>(leaked);
}

constexpr Kind kKinds[] = {
    {"plain", plain},
    {"macro", macro},
    {"inlined", inlined},
    {"artificial", artificial},
    {"user header", user_header},
    {"lambda", lambda},
    {"invoked", invoked},
    {"nested", nested},
    {"function object", wrapped},
    {"functor", functor},
    {"template", of_template},
    {"member template", of_member},
    {"constructor", constructor},
    {"destructor", destructor},
    {"handler", handler},
    {"coroutine", begin},
    {"resumed", resume},
    {"jump", jump},
    {"one of two", two_ways},
    {"jumped to", jump_to},
    {"wrapper", wrapper},
    {"scope", scope},
    {"enter", enter},
    {"reference", reference},
    {nullptr, nullptr},
};

}  // namespace

const Kind* site_kinds() { return kKinds; }
