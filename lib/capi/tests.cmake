# The rules of lib/CONTRACT.md, each decided through the public C API.
add_library(temporal_slab_rules_support STATIC
  rules_folder_support.cc
  rules_json_support.cc
  rules_memory_support.cc
  rules_sums_support.cc
  rules_support.cc)
target_link_libraries(temporal_slab_rules_support
  PUBLIC temporal_slab_options temporal_slab_internal temporal_slab_harness)

function(temporal_slab_rules_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TIMEOUT" "SOURCES")
  foreach(source ${arg_SOURCES})
    get_filename_component(name ${source} NAME_WE)
    temporal_slab_test(NAME ${name} LABEL unit SOURCES ${source} TIMEOUT ${arg_TIMEOUT}
      LIBS temporal_slab_rules_support)
  endforeach()
endfunction()

temporal_slab_rules_test(SOURCES
  rules_allocators_test.cc
  rules_arguments_test.cc
  rules_carried_test.cc
  rules_classes_test.cc
  rules_close_test.cc
  rules_discard_test.cc
  rules_domain_misuse_test.cc
  rules_domains_test.cc
  rules_errno_test.cc
  rules_fork_test.cc
  rules_given_back_test.cc
  rules_handles_test.cc
  rules_json_test.cc
  rules_labels_test.cc
  rules_max_bytes_test.cc
  rules_metadata_test.cc
  rules_pointers_test.cc
  rules_prometheus_test.cc
  rules_realloc_test.cc
  rules_references_test.cc
  rules_ring_size_test.cc
  rules_ring_test.cc
  rules_scopes_test.cc
  rules_segment_test.cc
  rules_sizes_test.cc
  rules_takeover_test.cc)

# Many threads, many steps or much memory: slower under a sanitizer on a busy machine.
temporal_slab_rules_test(TIMEOUT 240 SOURCES
  rules_domain_close_test.cc
  rules_first_fork_test.cc
  rules_forged_handles_test.cc
  rules_label_race_test.cc
  rules_many_allocators_test.cc
  rules_reference_race_test.cc
  rules_remote_free_test.cc
  rules_ring_race_test.cc
  rules_short_threads_test.cc
  rules_snapshot_test.cc
  rules_sums_test.cc
  rules_thread_exit_test.cc)

temporal_slab_test(NAME rules_cancel_test LABEL unit SOURCES rules_cancel_test.cc
  LIBS temporal_slab_rules_support)
target_compile_definitions(rules_cancel_test PRIVATE
  TEMPORAL_SLAB_SHARED="$<TARGET_FILE:temporal_slab>")
add_dependencies(rules_cancel_test temporal_slab)

# A sanitizer's runtime opens files too.
if(NOT TEMPORAL_SLAB_SANITIZE)
  temporal_slab_test(NAME rules_close_cost_test LABEL unit SOURCES rules_close_cost_test.cc
    LIBS temporal_slab_rules_support -Wl,--wrap=open -Wl,--wrap=syscall)
endif()

# Where ThreadSanitizer, too, ends a process at once and not after a second.
temporal_slab_test(NAME rules_exit_test LABEL unit TIMEOUT 240 SOURCES rules_exit_test.cc
  LIBS temporal_slab_rules_support ENV "TSAN_OPTIONS=halt_on_error=1:atexit_sleep_ms=20")

temporal_slab_test(NAME rules_busy_close_test LABEL unit TIMEOUT 240
  SOURCES rules_busy_close_test.cc rules_madvise_support.cc LIBS temporal_slab_rules_support)

temporal_slab_test(NAME rules_signal_test LABEL unit TIMEOUT 240
  SOURCES rules_signal_support.cc rules_signal_test.cc truth_support.cc
  LIBS temporal_slab_rules_support)

# A sanitizer's own instructions, a hundred for each of ours, are nothing to stop after.
set(truth_sources truth_interrupted_test.cc truth_race_test.cc truth_support.cc)
if(NOT TEMPORAL_SLAB_SANITIZE)
  list(APPEND truth_sources truth_stepped_test.cc)
endif()
temporal_slab_test(NAME truth_race_test LABEL stress TIMEOUT 300
  LIBS temporal_slab_rules_support stats_segment_test_support SOURCES ${truth_sources})

if(NOT TEMPORAL_SLAB_SANITIZE)
  temporal_slab_rules_test(SOURCES rules_snapshot_time_test.cc)
endif()

if(TEMPORAL_SLAB_SANITIZE MATCHES "address")
  temporal_slab_rules_test(SOURCES rules_poison_test.cc)
endif()

# Valgrind cannot run what is built with a sanitizer, whose malloc cannot be replaced either; whose
# runtime keeps memory of its own for what ran, so that the kernel's figures say nothing of ours; and
# which maps memory when it likes and ends the process that forbids it.
if(NOT TEMPORAL_SLAB_SANITIZE)
  temporal_slab_rules_test(SOURCES
    rules_malloc_test.cc rules_no_memory_test.cc rules_resident_test.cc)
  add_executable(rules_misuse_program rules_misuse_program.cc)
  target_link_libraries(rules_misuse_program PRIVATE temporal_slab_options temporal_slab_static)
  # Valgrind 3.19 gives up on the debug information of Clang 14; the reports need none.
  target_link_options(rules_misuse_program PRIVATE -Wl,--strip-debug)
  temporal_slab_add_script_test(NAME rules_valgrind_test LABEL unit TIMEOUT 120
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/rules_valgrind_test.sh $<TARGET_FILE:rules_misuse_program>)
elseif(TEMPORAL_SLAB_SANITIZE MATCHES address)
  add_executable(rules_misuse_program rules_misuse_program.cc)
  target_link_libraries(rules_misuse_program PRIVATE temporal_slab_options temporal_slab_static)
  temporal_slab_add_script_test(NAME rules_asan_test LABEL unit TIMEOUT 120
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/rules_asan_test.sh $<TARGET_FILE:rules_misuse_program>)
endif()

# A second module, which calls what the test gives it.
add_library(rules_holders_module SHARED rules_holders_module.cc)
target_link_libraries(rules_holders_module PRIVATE temporal_slab_options)
target_include_directories(rules_holders_module PRIVATE ${PROJECT_SOURCE_DIR}/lib/include)
temporal_slab_test(NAME rules_holders_test LABEL unit SOURCES rules_holders_test.cc
  LIBS temporal_slab_rules_support rules_holders_module)
