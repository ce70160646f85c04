// A socket that listens.
#pragma once

#include <sys/socket.h>

#include <string>

#include "tslab/listen_address.h"

namespace temporal_slab::tslab {

class Listener {
 public:
  Listener() = default;
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Takes the first of the host's addresses that can be had. False with `error`.
  bool open(const ListenAddress& address, std::string* error);

  int fd() const { return fd_; }  // does not block
  ListenAddress address() const;
  bool is_loopback() const;

 private:
  int fd_ = -1;
  sockaddr_storage bound_ = {};
};

}  // namespace temporal_slab::tslab
