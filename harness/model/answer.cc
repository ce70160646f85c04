#include "harness/model/answer.h"

#include <cerrno>

namespace temporal_slab::harness::model {

std::string error_text(int error) {
  switch (error) {
    case 0:
      return "success";
    case EINVAL:
      return "EINVAL";
    case ENOMEM:
      return "ENOMEM";
    case ESTALE:
      return "ESTALE";
    case EPERM:
      return "EPERM";
    case EAGAIN:
      return "EAGAIN";
    case EBUSY:
      return "EBUSY";
    case EOVERFLOW:
      return "EOVERFLOW";
    default:
      return "errno " + std::to_string(error);
  }
}

std::string Answer::text() const {
  std::string text;
  for (std::size_t i = 0; i < count_; ++i) text += (i == 0 ? "" : " or ") + error_text(errors_[i]);
  return text;
}

}  // namespace temporal_slab::harness::model
