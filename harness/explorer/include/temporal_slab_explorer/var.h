// explorer::var<T>: plain memory. Two accesses of which one writes and neither happens before the
// other are a data race, whatever the values; so is the end of its life beside an access.
#pragma once

#include <utility>

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {

template <typename T>
class var {
 public:
  var(Where where = Where::here()) : var(T{}, where) {}
  var(T value, Where where = Where::here()) : value_(std::move(value)) {
    if (running_engine != nullptr) take(false, where);
  }
  ~var() {
    if (is_of_this_run()) running_engine->end_plain(*handle_.object, {"~var", 0});
  }
  var(const var&) = delete;
  var& operator=(const var&) = delete;

  // What reports call it; a literal.
  void name(const char* text) {
    if (is_of_this_run()) handle_.object->name = text;
  }

  const T& get(Where where = Where::here()) const {
    if (running_engine != nullptr) running_engine->plain_read(object(), where);
    return value_;
  }
  void set(T value, Where where = Where::here()) {
    if (running_engine != nullptr) running_engine->plain_write(object(), where);
    value_ = std::move(value);
  }

  operator const T&() const { return get({"operator T", 0}); }
  var& operator=(T value) {
    set(std::move(value), {"operator=", 0});
    return *this;
  }

 private:
  bool is_of_this_run() const {
    return running_engine != nullptr && handle_.object != nullptr &&
           handle_.run == running_engine->run_number();
  }
  void take(bool is_static, Where where) const {
    handle_.object = &running_engine->make_plain(is_static, where);
    handle_.run = running_engine->run_number();
  }
  PlainObject& object() const {
    if (!is_of_this_run()) take(true, {"static", 0});
    return *handle_.object;
  }

  T value_;
  mutable Handle<PlainObject> handle_;
};

}  // namespace temporal_slab::explorer
