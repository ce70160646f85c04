// A second reader of JSON, which shares nothing with the one of tslab: the grammar of RFC 8259
// and no more, without recursion limits beyond what our format needs.
#pragma once

#include <functional>
#include <string_view>

namespace temporal_slab::fuzz {

// Visits every scalar of a document with its path, such as "/epochs/3/label": texts decoded,
// numbers as they are written. Ends the process if the text is no JSON, if a key stands twice in
// an object, or if a text is not well-formed UTF-8.
using VisitScalar = std::function<void(std::string_view path, std::string_view value)>;
void read_strictly(std::string_view text, const VisitScalar& visit);

// The same when only that counts.
void require_json(std::string_view text);

}  // namespace temporal_slab::fuzz
