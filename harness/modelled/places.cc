#include "harness/modelled/places.h"

#include <array>
#include <cerrno>

#include "harness/modelled/run_table.h"

namespace temporal_slab::modelled {
namespace {

using explorer::AtomicObject;
using explorer::MutexObject;
using explorer::PlainObject;
using explorer::running_engine;
using explorer::Where;

constexpr std::uintptr_t kWord = 8;

// Bytes of a word that were always used together have one object.
using PlainWord = std::array<PlainObject*, kWord>;

struct Tables {
  RunTable<AtomicObject*> atomics;
  RunTable<MutexObject*> mutexes;
  RunTable<PlainWord> plain;
};

Tables& tables() {
  static thread_local auto& all =
      *new Tables;  // as the engine: one a thread of the operating system; outlives the library
  return all;
}

std::uintptr_t number_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

PlainObject* fresh_plain(std::uintptr_t address, Where where) {
  PlainObject* const object = &running_engine->make_plain(true, where);
  object->untold = true;
  object->address = reinterpret_cast<const void*>(address);
  return object;
}

// Accesses bytes [first, last) of the word at `address`.
void access_word(std::uintptr_t address, std::size_t first, std::size_t last, bool write,
                 Where where) {
  PlainWord& word = tables().plain.at(address, running_engine->run_number());
  // Bytes seen for the first time share an object; an object that reaches further than this access
  // is split: here goes on with a copy of what is known.
  PlainObject* fresh = nullptr;
  for (std::size_t i = first; i < last; ++i)
    if (word[i] == nullptr) {
      if (fresh == nullptr) fresh = fresh_plain(address, where);
      word[i] = fresh;
    }
  for (std::size_t i = first; i < last;) {
    PlainObject* const object = word[i];
    std::size_t end = i;
    while (end < last && word[end] == object) ++end;
    const bool reaches_further =
        (i == first && i > 0 && word[i - 1] == object) || (end < kWord && word[end] == object);
    PlainObject* mine = object;
    if (reaches_further) {
      mine = fresh_plain(address, where);
      *mine = *object;
      for (std::size_t k = i; k < end; ++k) word[k] = mine;
    }
    if (write)
      running_engine->plain_write(*mine, where);
    else
      running_engine->plain_read(*mine, where);
    i = end;
  }
}

}  // namespace

AtomicObject& atomic_at(const void* address, std::uint64_t initial, explorer::ValueKind kind) {
  AtomicObject*& object = tables().atomics.at(number_of(address), running_engine->run_number());
  if (object == nullptr) {
    object = &running_engine->make_atomic(initial, kind, true, {"static", 0});
    object->address = address;
  }
  return *object;
}

const AtomicObject* known_atomic(const void* address) {
  AtomicObject* const* const object =
      tables().atomics.known(number_of(address), running_engine->run_number());
  return object == nullptr ? nullptr : *object;
}

MutexObject& mutex_at(const void* address) {
  MutexObject*& object = tables().mutexes.at(number_of(address), running_engine->run_number());
  if (object == nullptr) {
    object = &running_engine->make_mutex({"static", 0});
    object->address = address;
  }
  return *object;
}

void plain_access(const void* address, std::size_t bytes, bool write, const void* code) {
  // While there is one thread nothing it does races with anything, nor later on: others know of all
  // that went before they began, and it of all that they did.
  if (running_engine == nullptr || running_engine->alone() || running_engine->peeking() ||
      running_engine->on_own_stack(address) || address == &errno)
    return;
  const Where where = Where::code(code);
  std::uintptr_t at = number_of(address);
  const std::uintptr_t end = at + bytes;
  while (at < end) {
    const std::uintptr_t base = at / kWord * kWord;
    const std::uintptr_t stop = base + kWord < end ? base + kWord : end;
    access_word(base, at - base, stop - base, write, where);
    at = stop;
  }
}

void forget(const void* address, std::size_t bytes) {
  if (running_engine == nullptr || bytes == 0) return;
  const std::uint64_t run = running_engine->run_number();
  const std::uintptr_t low = number_of(address);
  tables().atomics.forget(low, low + bytes, 1, run);
  tables().mutexes.forget(low, low + bytes, 1, run);
  tables().plain.forget(low, low + bytes, kWord, run);
}

void forget_plain(const void* address, std::size_t bytes) {
  if (running_engine == nullptr) return;
  const std::uintptr_t low = number_of(address);
  tables().plain.forget(low, low + bytes, kWord, running_engine->run_number());
}

void forget_object(const void* address) {
  if (running_engine == nullptr) return;
  const std::uintptr_t low = number_of(address);
  tables().atomics.forget(low, low + 1, 1, running_engine->run_number());
  tables().mutexes.forget(low, low + 1, 1, running_engine->run_number());
}

}  // namespace temporal_slab::modelled
