// explorer::mutex: std::mutex for tests. A thread that waits for it is not scheduled; all threads
// waiting is a deadlock.
#pragma once

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {

class mutex {
 public:
  mutex(Where where = Where::here()) : born_(where) {
    if (running_engine != nullptr) object();
  }
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock(Where where = Where::here()) {
    if (running_engine != nullptr) running_engine->lock(object(), where);
  }
  // May fail without cause, as the standard's may.
  bool try_lock(Where where = Where::here()) {
    return running_engine == nullptr || running_engine->try_lock(object(), where);
  }
  void unlock(Where where = Where::here()) {
    if (running_engine != nullptr) running_engine->unlock(object(), where);
  }

 private:
  MutexObject& object() {
    if (handle_.object == nullptr || handle_.run != running_engine->run_number()) {
      handle_.object = &running_engine->make_mutex(born_);
      handle_.run = running_engine->run_number();
    }
    return *handle_.object;
  }

  Where born_;
  Handle<MutexObject> handle_;
};

}  // namespace temporal_slab::explorer
