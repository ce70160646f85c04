#include "stress/label.h"

#include "stress/random.h"

namespace temporal_slab::stress {
namespace {

std::string check_digits(std::string_view text) {
  std::uint64_t sum = 0;
  for (const char c : text) sum = mix(sum + static_cast<unsigned char>(c));
  std::string digits;
  for (int i = 0; i < 4; ++i, sum >>= 4) digits += "0123456789abcdef"[sum & 15];
  return digits;
}

}  // namespace

std::string make_label(EpochId epoch, std::optional<std::uint64_t> era, std::uint64_t serial) {
  const std::string body = std::to_string(epoch) + "." + (era ? std::to_string(*era) : "-") + "." +
                           std::to_string(serial % 1000000) + ".";
  return body + check_digits(body);
}

bool label_belongs(std::string_view label, EpochId epoch, std::uint64_t era) {
  if (label.empty()) return true;
  const std::size_t last_dot = label.rfind('.');
  if (last_dot == std::string_view::npos) return false;
  const std::string_view body = label.substr(0, last_dot + 1);
  if (label.substr(last_dot + 1) != check_digits(body)) return false;
  const std::string of_epoch = std::to_string(epoch) + ".";
  return body.starts_with(of_epoch + "-.") ||
         body.starts_with(of_epoch + std::to_string(era) + ".");
}

}  // namespace temporal_slab::stress
