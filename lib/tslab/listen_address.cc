#include "tslab/listen_address.h"

#include <charconv>
#include <system_error>

namespace temporal_slab::tslab {

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Without brackets it would be anybody's guess which colon is the last of the host.
  if (host.empty() || host.find_first_of(std::string_view("[] \0", 4)) != host.npos ||
      (host.find(':') != host.npos) != bracketed)
    return std::nullopt;
  const char* const end = port.data() + port.size();
  const auto [stop, fault] = std::from_chars(port.data(), end, address.port);
  if (fault != std::errc() || stop != end) return std::nullopt;
  address.host = host;
  return address;
}

std::string to_string(const ListenAddress& address) {
  const bool bracketed = address.host.find(':') != address.host.npos;
  return (bracketed ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace temporal_slab::tslab
