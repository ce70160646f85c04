#include "temporal_slab_explorer/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define TEMPORAL_SLAB_EXPLORER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEMPORAL_SLAB_EXPLORER_ASAN 1
#endif
#endif

#if defined(TEMPORAL_SLAB_EXPLORER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
extern "C" {
// Saves what a call must preserve, leaves the stack pointer in *save, goes on with `load`.
void temporal_slab_explorer_switch(void** save, void* load);
// Where a new fiber comes to life: calls the function in one preserved register with another.
void temporal_slab_explorer_enter();
}
#endif

#if defined(__x86_64__) && !defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
asm(R"(
  .text
  .globl temporal_slab_explorer_switch
  .hidden temporal_slab_explorer_switch
  .type temporal_slab_explorer_switch, @function
temporal_slab_explorer_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size temporal_slab_explorer_switch, .-temporal_slab_explorer_switch
  .globl temporal_slab_explorer_enter
  .hidden temporal_slab_explorer_enter
  .type temporal_slab_explorer_enter, @function
temporal_slab_explorer_enter:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%r13
  ud2
  .cfi_endproc
  .size temporal_slab_explorer_enter, .-temporal_slab_explorer_enter
)");
#elif defined(__aarch64__) && !defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
asm(R"(
  .text
  .globl temporal_slab_explorer_switch
  .hidden temporal_slab_explorer_switch
  .type temporal_slab_explorer_switch, %function
temporal_slab_explorer_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .size temporal_slab_explorer_switch, .-temporal_slab_explorer_switch
  .globl temporal_slab_explorer_enter
  .hidden temporal_slab_explorer_enter
  .type temporal_slab_explorer_enter, %function
temporal_slab_explorer_enter:
  .cfi_startproc
  .cfi_undefined x30
  mov x0, x19
  blr x20
  brk #1
  .cfi_endproc
  .size temporal_slab_explorer_enter, .-temporal_slab_explorer_enter
)");
#endif

namespace temporal_slab::explorer {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;

#if defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
// makecontext passes ints only, so the fiber that is being started stands here.
thread_local void* starting = nullptr;
#endif

}  // namespace

Fiber::Fiber(Entry entry, void* argument) : entry_(entry), argument_(argument) {
  guard_bytes_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  mapping_bytes_ = guard_bytes_ + kStackBytes;
  mapping_ = ::mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
  ::mprotect(mapping_, guard_bytes_, PROT_NONE);
  stack_low_ = spare();
  stack_bytes_ = kStackBytes;
  restart();
}

Fiber::~Fiber() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_bytes_);
}

void Fiber::begin(void* fiber) {
  auto* self = static_cast<Fiber*>(fiber);
  self->arrived();
#if defined(TEMPORAL_SLAB_EXPLORER_ASAN)
  // What was abandoned here is gone, as after a longjmp.
  __asan_handle_no_return();
#endif
  self->entry_(self->argument_);
}

void Fiber::arrived() {
#if defined(TEMPORAL_SLAB_EXPLORER_ASAN)
  const void* low = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &low, &bytes);
  // The OS thread's stack is learnt on the first way out of it.
  if (came_from_ != nullptr && came_from_->stack_low_ == nullptr) {
    came_from_->stack_low_ = low;
    came_from_->stack_bytes_ = bytes;
  }
#endif
}

void Fiber::restart() {
#if defined(TEMPORAL_SLAB_EXPLORER_ASAN)
  __asan_unpoison_memory_region(stack_low_, stack_bytes_);
#endif
#if defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
  ::getcontext(&context_);
  context_.uc_stack.ss_sp = spare();
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  ::makecontext(
      &context_, +[] { begin(starting); }, 0);
#else
  auto* top = reinterpret_cast<void**>(static_cast<char*>(spare()) + kStackBytes);
  const auto enter = reinterpret_cast<void*>(&temporal_slab_explorer_enter);
  const auto first = reinterpret_cast<void*>(&Fiber::begin);
#if defined(__x86_64__)
  // r15 r14 r13 r12 rbx rbp, the address that `ret` takes, and a stop for whoever unwinds.
  top -= 9;
  for (int i = 0; i < 9; ++i) top[i] = nullptr;
  top[2] = first;
  top[3] = this;
  top[6] = enter;
#else
  top -= 20;
  for (int i = 0; i < 20; ++i) top[i] = nullptr;
  top[0] = this;
  top[1] = first;
  top[11] = enter;
#endif
  stack_pointer_ = top;
#endif
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  to.came_from_ = &from;
#if defined(TEMPORAL_SLAB_EXPLORER_ASAN)
  __sanitizer_start_switch_fiber(&from.fake_stack_, to.stack_low_, to.stack_bytes_);
#endif
#if defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
  starting = &to;
  ::swapcontext(&from.context_, &to.context_);
#else
  temporal_slab_explorer_switch(&from.stack_pointer_, to.stack_pointer_);
#endif
  from.arrived();
}

}  // namespace temporal_slab::explorer
