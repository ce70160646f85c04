#include "tslab/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>
#include <memory>

namespace temporal_slab::tslab {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

Listener::~Listener() {
  if (fd_ >= 0) close(fd_);
}

bool Listener::open(const ListenAddress& address, std::string* error) {
  const auto fail = [&](const char* why) {
    *error = "cannot listen on " + to_string(address) + ": " + why;
    return false;
  };
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int fault =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (fault != 0) return fail(fault == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(fault));
  const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
  int why = EADDRNOTAVAIL;
  for (const addrinfo* one = list; one != nullptr && fd_ < 0; one = one->ai_next) {
    fd_ = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, one->ai_protocol);
    const int yes = 1;  // not to wait for the connections of a former server
    if (fd_ >= 0 && setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd_, one->ai_addr, one->ai_addrlen) == 0 && ::listen(fd_, SOMAXCONN) == 0) {
      socklen_t size = sizeof bound_;
      getsockname(fd_, reinterpret_cast<sockaddr*>(&bound_), &size);
      return true;
    }
    why = errno;
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  return fail(std::strerror(why));
}

ListenAddress Listener::address() const {
  char text[INET6_ADDRSTRLEN] = "";
  ListenAddress address;
  if (bound_.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bound_);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    address.port = ntohs(v6.sin6_port);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound_);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    address.port = ntohs(v4.sin_port);
  }
  address.host = text;
  return address;
}

bool Listener::is_loopback() const {
  if (bound_.ss_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(bound_).sin6_addr);
  return ntohl(reinterpret_cast<const sockaddr_in&>(bound_).sin_addr.s_addr) >> 24 == 127;
}

}  // namespace temporal_slab::tslab
