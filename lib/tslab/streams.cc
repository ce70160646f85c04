#include "tslab/streams.h"

#include <errno.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "render/text.h"

namespace temporal_slab::tslab {
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

std::optional<int> print(const Streams& streams, std::string_view text) {
  const int fault = write_all(streams.out, text);
  if (fault == 0) return std::nullopt;
  if (fault == EPIPE) return kExitOk;
  return complain(streams, std::string("cannot write to standard output: ") + std::strerror(fault));
}

int complain(const Streams& streams, std::string_view text) {
  std::string line = "tslab: ";
  render::append_terminal_safe(line, text);
  line += '\n';
  // Nowhere is left to say that this failed.
  (void)write_all(streams.err, line);
  return kExitError;
}

}  // namespace temporal_slab::tslab
