#include "tslab/listen_address.h"

#include <gtest/gtest.h>

namespace temporal_slab::tslab {
namespace {

TEST(ListenAddress, IsAHostAndAPort) {
  for (const char* text :
       {"127.0.0.1:9465", "localhost:0", "[::1]:65535", "0.0.0.0:1", "[::]:80"}) {
    const std::optional<ListenAddress> address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
  EXPECT_EQ(parse_listen_address("[::1]:9")->host, "::1");
}

TEST(ListenAddress, IsNothingElse) {
  for (const char* text : {"", ":", ":9465", "localhost", "9465", "host:", "host:65536", "host:-1",
                           "host:+1", "host: 1", "host:1 ", "::1:9465", "[::1]", "[]:1", "[x]:1",
                           "[::1:1", "a b:1", "host:0x10", "http://host:1"})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

}  // namespace
}  // namespace temporal_slab::tslab
