# How every target of the project is compiled: temporal_slab_options carries the flags, and each
# target links it PRIVATE, so that nothing of it reaches those who use the installed package.
set(TEMPORAL_SLAB_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

add_library(temporal_slab_options INTERFACE)
target_compile_features(temporal_slab_options INTERFACE cxx_std_20 c_std_11)
target_compile_options(temporal_slab_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fvisibility=hidden
  $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)

if(TEMPORAL_SLAB_SANITIZE)
  # Frame pointers and no tail calls: reports whose stacks can be read.
  target_compile_options(temporal_slab_options INTERFACE
    -fsanitize=${TEMPORAL_SLAB_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -fno-optimize-sibling-calls)
  target_link_options(temporal_slab_options INTERFACE -fsanitize=${TEMPORAL_SLAB_SANITIZE})
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)
