# What `cmake --install` puts where: headers, both libraries, the CMake package, the pkg-config file
# and the programs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(temporal_slab_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/temporal_slab)

install(DIRECTORY lib/include/temporal_slab DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS ${temporal_slab_installed} EXPORT temporal_slab_targets)
install(EXPORT temporal_slab_targets NAMESPACE temporal_slab::
  FILE temporal_slab-targets.cmake DESTINATION ${temporal_slab_package_dir})

configure_package_config_file(ci/cmake/temporal_slab-config.cmake.in temporal_slab-config.cmake
  INSTALL_DESTINATION ${temporal_slab_package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(temporal_slab-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/temporal_slab-config.cmake
  ${PROJECT_BINARY_DIR}/temporal_slab-config-version.cmake
  DESTINATION ${temporal_slab_package_dir})

file(RELATIVE_PATH temporal_slab_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(temporal_slab_pc_libs)
if(NOT temporal_slab IN_LIST temporal_slab_installed)
  set(temporal_slab_pc_libs " -pthread -lstdc++ -lm")  # the archive alone: it always needs them
endif()
configure_file(ci/cmake/temporal_slab.pc.in temporal_slab.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/temporal_slab.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TEMPORAL_SLAB_BUILD_TOOLS)
  foreach(program tslab temporal-slab-demo)
    if(TARGET ${program})
      install(TARGETS ${program})
    endif()
  endforeach()
  if(TARGET temporal_slab_malloc)
    install(TARGETS temporal_slab_malloc)
  endif()
  install(FILES schemas/prometheus/temporal_slab.rules.yml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/temporal-slab/prometheus)
  install(FILES schemas/grafana/temporal_slab.json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/temporal-slab/grafana)
  if(TARGET tslab)
    install(FILES ${PROJECT_BINARY_DIR}/lib/tslab/tslab.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${PROJECT_BINARY_DIR}/lib/tslab/tslab.bash
      DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tslab)
  endif()
endif()
