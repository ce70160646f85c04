# How tests are made and registered.
#
#   temporal_slab_test(NAME n LABEL l SOURCES a_test.cc ... [LIBS ...] [TIMEOUT s] [ENV "A=b" ...]
#                      [ARGS ...])              one GoogleTest executable, one ctest entry
#   temporal_slab_add_script_test(NAME n LABEL l COMMAND ... [TIMEOUT s] [ENV "A=b" ...])
#
# Each entry has one label (a layer: `ctest -L unit`), a time limit, and a runtime folder of its own
# for the segments that it publishes.
find_package(GTest REQUIRED)

# temporal_slab_<label>_tests builds what `ctest -L <label>` runs.
set(temporal_slab_labels unit golden property schedule stress fuzz fault e2e mutant bench-smoke)
foreach(label ${temporal_slab_labels})
  add_custom_target(temporal_slab_${label}_tests)
endforeach()

# GoogleTest's headers are compiled once and not once a test file: by an executable, because the flags
# for position independence must be those of its users.
add_executable(temporal_slab_test_pch ${CMAKE_CURRENT_LIST_DIR}/test_pch.cc)
target_link_libraries(temporal_slab_test_pch PRIVATE temporal_slab_options GTest::gmock)
target_compile_options(temporal_slab_test_pch PRIVATE -O1 -g1)
target_precompile_headers(temporal_slab_test_pch PRIVATE <gmock/gmock.h> <gtest/gtest.h>)

# What may take long is begun first, so that it does not come to be waited for alone.
function(temporal_slab_register name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "ENV")
  if(NOT arg_LABEL IN_LIST temporal_slab_labels)
    message(FATAL_ERROR "test ${name}: \"${arg_LABEL}\" is not one of ${temporal_slab_labels}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  set(runtime ${PROJECT_BINARY_DIR}/runtime/${name})
  file(MAKE_DIRECTORY ${runtime})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT}
    ENVIRONMENT "TEMPORAL_SLAB_RUNTIME_DIR=${runtime};ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1;${arg_ENV}")
endfunction()

function(temporal_slab_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;TIMEOUT" "SOURCES;LIBS;ENV;ARGS")
  add_executable(${arg_NAME} ${arg_SOURCES})
  # What a test costs is mostly its compilation: line tables, and no more of debug information.
  target_compile_options(${arg_NAME} PRIVATE -O1 -g1)
  target_link_libraries(${arg_NAME} PRIVATE temporal_slab_options temporal_slab_internal
    temporal_slab_harness ${arg_LIBS} GTest::gmock GTest::gmock_main Threads::Threads)
  target_precompile_headers(${arg_NAME} REUSE_FROM temporal_slab_test_pch)
  add_dependencies(temporal_slab_${arg_LABEL}_tests ${arg_NAME})
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} ${arg_ARGS})
  temporal_slab_register(${arg_NAME} LABEL ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ENV ${arg_ENV})
endfunction()

function(temporal_slab_add_script_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;TIMEOUT" "COMMAND;ENV")
  add_test(NAME ${arg_NAME} COMMAND ${arg_COMMAND})
  temporal_slab_register(${arg_NAME} LABEL ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ENV ${arg_ENV})
endfunction()
