// What the tests of the C++ headers share.
#pragma once

#include <functional>
#include <system_error>
#include <utility>

namespace temporal_slab {

// The errno that a constructor threw; 0 if it threw none.
inline int thrown_errno(const std::function<void()>& make) {
  try {
    make();
  } catch (const std::system_error& error) {
    return error.code().category() == std::generic_category() ? error.code().value() : -1;
  }
  return 0;
}

// Moves through a reference: compilers warn of a self-move that they can see.
template <typename T>
void move_to(T& target, T& source) {
  target = std::move(source);
}

}  // namespace temporal_slab
