# How tests are made and registered.
#
#   temporal_slab_test(NAME n LABEL l SOURCES a_test.cc ... [LIBS ...] [TIMEOUT s] [ENV "A=b" ...]
#                      [ARGS ...] [LEAF])       one GoogleTest executable
#   temporal_slab_add_script_test(NAME n LABEL l COMMAND ... [TIMEOUT s] [ENV "A=b" ...] [THREADS])
#
# Each entry has the label of its layer (`ctest -L unit`), a time limit, and a runtime folder of its own
# for the segments that it publishes. A GoogleTest executable whose sources start threads has the label
# `threads`, too, and so has a script that says THREADS of the programs that it runs: that is what
# ThreadSanitizer can say something of. test_main.cc fails one that starts
# threads and does not have it. `ctest -R x_test` finds what x_test.cc, x_test.sh or x_test.py is:
# an executable has an entry for each of its files, n.x_test, or n alone if that says x_test already.
#
# A LEAF needs what LIBS names and nothing of the library or the harness, so that it is built at once.
if(TEMPORAL_SLAB_BUILD_TESTS)
  find_package(GTest REQUIRED)
  # Some 250 programs are linked: with mold in a third of the time, where it is installed.
  find_program(TEMPORAL_SLAB_MOLD mold)
endif()

# temporal_slab_<label>_tests builds what `ctest -L <label>` runs.
set(temporal_slab_labels unit golden property schedule stress fuzz fault e2e package mutant bench-smoke)
foreach(label ${temporal_slab_labels} threads)
  add_custom_target(temporal_slab_${label}_tests)
endforeach()

if(TEMPORAL_SLAB_BUILD_TESTS)
  # GoogleTest's headers are compiled once and not once a test file: by an executable, because the flags
  # for position independence must be those of its users.
  add_executable(temporal_slab_test_pch ${CMAKE_CURRENT_LIST_DIR}/test_pch.cc)
  target_link_libraries(temporal_slab_test_pch PRIVATE temporal_slab_options GTest::gmock)
  target_compile_options(temporal_slab_test_pch PRIVATE -O1 -g1)
  target_precompile_headers(temporal_slab_test_pch PRIVATE <gmock/gmock.h> <gtest/gtest.h>)

  # An archive: a test with a main of its own takes that.
  add_library(temporal_slab_test_main STATIC ${CMAKE_CURRENT_LIST_DIR}/test_main.cc)
  target_compile_options(temporal_slab_test_main PRIVATE -O1 -g1)
  target_link_libraries(temporal_slab_test_main PRIVATE temporal_slab_options PUBLIC GTest::gmock)
endif()

# What may take long is begun first, so that it does not come to be waited for alone.
function(temporal_slab_register name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "LABEL;TIMEOUT" "ENV")
  set(labels ${arg_LABEL})
  if(arg_THREADS)
    list(APPEND labels threads)
  endif()
  if(NOT arg_LABEL IN_LIST temporal_slab_labels)
    message(FATAL_ERROR "test ${name}: \"${arg_LABEL}\" is not one of ${temporal_slab_labels}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(TEMPORAL_SLAB_SANITIZE)
    math(EXPR arg_TIMEOUT "3 * ${arg_TIMEOUT}")  # so much slower it may be
  endif()
  set(runtime ${PROJECT_BINARY_DIR}/runtime/${name})
  file(MAKE_DIRECTORY ${runtime})
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT}
    ENVIRONMENT "TEMPORAL_SLAB_RUNTIME_DIR=${runtime};ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1;${arg_ENV}")
endfunction()

# The entries of an executable that temporal_slab_test_main is linked to.
function(temporal_slab_register_files target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "LABEL;TIMEOUT" "SOURCES;ENV;ARGS")
  set(threads)
  if(arg_THREADS)
    set(threads THREADS)
  endif()
  foreach(source ${arg_SOURCES})
    get_filename_component(file ${source} NAME_WE)
    if(NOT file MATCHES "_test$")
      continue()
    endif()
    set(entry ${target})
    set(only ${arg_ENV})
    if(NOT target MATCHES ${file})
      set(entry ${target}.${file})
    endif()
    if(NOT arg_SOURCES STREQUAL source)
      list(APPEND only "TEMPORAL_SLAB_TEST_FILE=${file}.cc")
    endif()
    add_test(NAME ${entry} COMMAND ${target} ${arg_ARGS})
    temporal_slab_register(${entry} LABEL ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ENV ${only} ${threads})
    set(registered TRUE)
  endforeach()
  if(NOT registered)
    message(FATAL_ERROR "test ${target}: none of its sources is called *_test.cc")
  endif()
endfunction()

# Sets `out` to THREADS if one of the sources starts threads, itself or through what the checks have
# for that, else to nothing.
function(temporal_slab_starts_threads out)
  set(${out} PARENT_SCOPE)
  foreach(source ${ARGN})
    file(STRINGS ${source} lines REGEX
      "std::j?thread|std::async|pthread_create|run_threads|biased_section_support|harness/session/|properties/reproduce|HttpServer")
    if(lines)
      set(${out} THREADS PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

function(temporal_slab_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "LEAF" "NAME;LABEL;TIMEOUT" "SOURCES;LIBS;ENV;ARGS")
  set(all temporal_slab_internal temporal_slab_harness)
  if(arg_LEAF)
    set(all)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  # What a test costs is mostly its compilation: line tables, and no more of debug information.
  target_compile_options(${arg_NAME} PRIVATE -O1 -g1)
  target_link_libraries(${arg_NAME} PRIVATE temporal_slab_options ${all} ${arg_LIBS}
    temporal_slab_test_main GTest::gmock Threads::Threads)
  target_precompile_headers(${arg_NAME} REUSE_FROM temporal_slab_test_pch)
  if(TEMPORAL_SLAB_MOLD)
    target_link_options(${arg_NAME} PRIVATE -fuse-ld=mold)
  endif()
  add_dependencies(temporal_slab_${arg_LABEL}_tests ${arg_NAME})
  temporal_slab_starts_threads(threads ${arg_SOURCES})
  if(threads)
    add_dependencies(temporal_slab_threads_tests ${arg_NAME})
  else()
    list(APPEND arg_ENV TEMPORAL_SLAB_ONE_THREAD=1)
  endif()
  temporal_slab_register_files(${arg_NAME} LABEL ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
    SOURCES ${arg_SOURCES} ENV ${arg_ENV} ARGS ${arg_ARGS} ${threads})
endfunction()

function(temporal_slab_add_script_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "THREADS" "NAME;LABEL;TIMEOUT" "COMMAND;ENV")
  set(threads)
  if(arg_THREADS)
    set(threads THREADS)
  endif()
  string(REGEX MATCHALL "TARGET_FILE:[^>]+" files "${arg_COMMAND}")
  foreach(file ${files})
    string(REPLACE "TARGET_FILE:" "" target ${file})
    add_dependencies(temporal_slab_${arg_LABEL}_tests ${target})
  endforeach()
  add_test(NAME ${arg_NAME} COMMAND ${arg_COMMAND})
  temporal_slab_register(${arg_NAME} LABEL ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ENV ${arg_ENV} ${threads})
endfunction()
