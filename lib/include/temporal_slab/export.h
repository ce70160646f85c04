/* What the library lets out of its shared object, and which version this is. */
#ifndef TEMPORAL_SLAB_EXPORT_H
#define TEMPORAL_SLAB_EXPORT_H

/* One place for the version: CMakeLists.txt reads it from here. */
#define TEMPORAL_SLAB_VERSION_MAJOR 0
#define TEMPORAL_SLAB_VERSION_MINOR 1
#define TEMPORAL_SLAB_VERSION_PATCH 0
#define TEMPORAL_SLAB_VERSION "0.1.0"

#define TEMPORAL_SLAB_API __attribute__((visibility("default")))

#endif /* TEMPORAL_SLAB_EXPORT_H */
