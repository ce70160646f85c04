# cmake --install of the explorer alone: the library, its headers, and what find_package reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/temporal_slab_explorer)
write_basic_package_version_file(temporal_slab_explorer-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/temporal_slab_explorer-config-version.cmake
  DESTINATION ${package_dir})
install(DIRECTORY include/temporal_slab_explorer DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# The exported targets are all that the package has.
install(EXPORT temporal_slab_explorer FILE temporal_slab_explorer-config.cmake
  NAMESPACE temporal_slab_explorer:: DESTINATION ${package_dir})
install(TARGETS temporal_slab_explorer EXPORT temporal_slab_explorer)
