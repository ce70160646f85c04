// Linked into every program of the preset coverage: _exit and abort write the profile that exit
// would have written. A process that is killed writes none.
#include <stdlib.h>

int __llvm_profile_write_file(void);
_Noreturn void __real__exit(int status);
_Noreturn void __real_abort(void);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__Exit(int status);
_Noreturn void __wrap_abort(void);

_Noreturn void __wrap__exit(int status) {
  __llvm_profile_write_file();
  __real__exit(status);
}

_Noreturn void __wrap__Exit(int status) { __wrap__exit(status); }

_Noreturn void __wrap_abort(void) {
  __llvm_profile_write_file();
  __real_abort();
}
