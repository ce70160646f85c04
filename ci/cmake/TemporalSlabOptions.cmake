# How every target of the project is compiled: temporal_slab_options carries the flags, and each
# target links it PRIVATE, so that nothing of it reaches those who use the installed package.
set(TEMPORAL_SLAB_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

add_library(temporal_slab_options INTERFACE)
target_compile_features(temporal_slab_options INTERFACE cxx_std_20 c_std_11)
target_compile_options(temporal_slab_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${TEMPORAL_SLAB_WERROR}>:-Werror>
  -fvisibility=hidden $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
if(NOT PROJECT_IS_TOP_LEVEL)  # whose flags may say otherwise
  target_compile_options(temporal_slab_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fexceptions>)
endif()
if(NOT TEMPORAL_SLAB_VALGRIND)
  target_compile_definitions(temporal_slab_options INTERFACE TEMPORAL_SLAB_NO_VALGRIND)
endif()

if(TEMPORAL_SLAB_SANITIZE)
  # Frame pointers and no tail calls: reports whose stacks can be read.
  target_compile_options(temporal_slab_options INTERFACE
    -fsanitize=${TEMPORAL_SLAB_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -fno-optimize-sibling-calls)
  target_link_options(temporal_slab_options INTERFACE -fsanitize=${TEMPORAL_SLAB_SANITIZE})
endif()

option(TEMPORAL_SLAB_COVERAGE "Clang's source-based coverage, with MC/DC: ci/coverage" OFF)
if(TEMPORAL_SLAB_COVERAGE)
  # libstdc++ 12 itself uses what clang 19 tells as deprecated.
  target_compile_options(temporal_slab_options INTERFACE
    -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc -Wno-deprecated-declarations)
  target_link_options(temporal_slab_options INTERFACE -fprofile-instr-generate
    -Wl,--wrap=_exit -Wl,--wrap=_Exit -Wl,--wrap=abort)
  # A process that ends without exit(), as forked children of tests do, writes its profile too.
  add_library(temporal_slab_profile_at_end OBJECT ${CMAKE_CURRENT_LIST_DIR}/profile_at_end.c)
  target_compile_options(temporal_slab_profile_at_end PRIVATE -fvisibility=hidden)
  target_link_libraries(temporal_slab_options INTERFACE
    $<TARGET_OBJECTS:temporal_slab_profile_at_end>)
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)
