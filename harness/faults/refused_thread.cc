// Preloaded into a program: the system refuses to start its k-th thread, or each from the k-th on,
// as REFUSED_THREAD says ("3", "3+").
//
// Threads. In the programs that this is for one thread starts all others.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include <cstdlib>
#include <cstring>

extern "C" int pthread_create(pthread_t* out, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) {
  static int started = 0;
  const char* const text = std::getenv("REFUSED_THREAD");
  const int refused = text == nullptr ? 0 : std::atoi(text);
  ++started;
  if (started == refused ||
      (refused != 0 && std::strchr(text, '+') != nullptr && started > refused))
    return EAGAIN;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const Create create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(out, attributes, body, argument);
}
