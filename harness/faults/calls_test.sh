#!/usr/bin/env bash
# calls_test.sh ARCHIVE CALL... -- NOT_MADE...: every function of the system that the library calls is
# one of the first, which the fault tests let fail, or one below, which cannot fail or whose failure
# is covered elsewhere. A new one fails this test until somebody has thought about it; so does one
# of the last, which the fault tests know although the library does not call them yet.
set -euo pipefail
archive=$1
shift
made=()
while [ "$1" != -- ]; do made+=("$1") && shift; done
shift
not_made=("$@")

# Nothing to refuse: no resources, or an answer that is always there. prctl asks for the thread's name,
# kill whether there is a process.
cannot_fail=(abort atexit close closedir dirfd dl_iterate_phdr getpid gettid geteuid kill memchr memcmp memcpy memmove
  floorl memset munmap prctl roundl sched_yield secure_getenv snprintf strerror strlen strnlen strrchr sysconf times
  pthread_key_delete pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock program_invocation_short_name
  __errno_location __assert_fail bcmp memcpy_chk stack_chk_fail)

offences=0
while read -r name; do
  [[ " ${made[*]} ${cannot_fail[*]} " == *" $name "* ]] && continue
  if [[ " ${not_made[*]} " == *" $name "* ]]; then
    echo "the library calls $name now: move it to the calls that it makes, and name its sites"
  else
    echo "the library calls $name, which no fault test lets fail"
  fi
  offences=$((offences + 1))
done < <(nm -u "$archive" | awk '$1 == "U" { print $2 }' | sort -u |
  # The C++ runtime, the compiler's helpers, sanitizers, and what the library defines itself.
  grep -vE '^(_Z|__cxa_|__gxx_|_Unwind_|_GLOBAL_|__tls_|__asan_|__ubsan_|__tsan_|__sanitizer_|__sancov_|__[a-z]*[dt]i[0-9]$)' |
  grep -vxF -f <(nm --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort -u))
[ "$offences" -eq 0 ] && echo "every call is known"
exit "$((offences > 0))"
