// What a terminal has room for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace temporal_slab::tslab {

struct ScreenSize {
  std::size_t rows = 0;
  std::size_t columns = 0;
};

// Nothing for what is no terminal, or one that does not say.
std::optional<ScreenSize> screen_size(int fd);

// The lines for which there is room beside `reserved` more and the cursor's; if that is not all,
// the last of them says how many are left out. A line that is wider than the screen takes several.
std::string fitting(const std::string& text, const ScreenSize& size, std::size_t reserved);

// Breaks lines that are wider than `columns`; what is broken off goes below, behind
// `indent` blanks, so that a long text in the last column stays in it. A screen that is
// too narrow for that is left to wrap as it does.
std::string fold(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace temporal_slab::tslab
