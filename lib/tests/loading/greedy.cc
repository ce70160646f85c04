// A small library that takes static TLS, as many do.
namespace {
[[gnu::tls_model("initial-exec")]] thread_local char room[200];
}  // namespace

extern "C" __attribute__((visibility("default"))) char* greedy_room() { return room; }
