// How a session writes calls down.
#pragma once

#include <sstream>

#include "harness/session/session.h"

namespace temporal_slab::harness::session {

template <typename... Parts>
std::string text_of(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <typename... Parts>
void Session::say(const Parts&... parts) {
  if (!keeps_lines_) return;
  std::ostringstream line;
  (line << ... << parts);
  if (thread_ != 0) line << "  /* thread " << thread_ << " */";
  lines_.push_back(line.str());
}

}  // namespace temporal_slab::harness::session
