// Where `serve` listens, as `--listen` says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace temporal_slab::tslab {

struct ListenAddress {
  std::string host = "127.0.0.1";  // a name or a numeric address, without brackets
  std::uint16_t port = 9465;       // 0: any that is free
};

// What parse_listen_address takes, for messages.
inline constexpr const char* kAllowedListenAddresses =
    "HOST:PORT or [IPV6]:PORT, PORT from 0 to 65535";

std::optional<ListenAddress> parse_listen_address(std::string_view text);

// "127.0.0.1:9465", "[::1]:9465"
std::string to_string(const ListenAddress& address);

}  // namespace temporal_slab::tslab
