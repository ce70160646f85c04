/* A user's C program: says "ok" when the installed library answers as it should. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

static int fail(const char* what) {
  printf("%s\n", what);
  return 1;
}

int main(void) {
  SlabAllocator* allocator = slab_allocator_create();
  if (!allocator) return fail("create");

  SlabHandle handle = 0;
  char* text = (char*)alloc_obj_epoch(allocator, 100, epoch_current(allocator), &handle);
  if (!text) return fail("alloc");
  memset(text, 'x', 100);

  epoch_domain_t* domain = epoch_domain_create(allocator);
  if (!epoch_domain_enter(domain)) return fail("enter");
  if (slab_epoch_get_refcount(allocator, 0) != 1) return fail("refcount");
  if (!epoch_domain_exit(domain) || !epoch_domain_destroy(domain)) return fail("exit");

  if (!free_obj(allocator, handle)) return fail("free");
  errno = 0;
  if (free_obj(allocator, handle) || errno != ESTALE) return fail("second free");
  slab_allocator_free(allocator);
  puts("ok");
  return 0;
}
