# find_package(RedflagGo): the targets Redflag::go (static) and Redflag::go_shared.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
get_filename_component(_redflag_lib "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
foreach(_redflag_kind go go_shared)
  if(NOT TARGET Redflag::${_redflag_kind})
    if(_redflag_kind STREQUAL go)
      add_library(Redflag::go STATIC IMPORTED)
      set(_redflag_file libredflag-go.a)
    else()
      add_library(Redflag::go_shared SHARED IMPORTED)
      set(_redflag_file libredflag-go.so)
    endif()
    set_target_properties(Redflag::${_redflag_kind} PROPERTIES
      IMPORTED_LOCATION "${_redflag_lib}/${_redflag_file}"
      INTERFACE_INCLUDE_DIRECTORIES "${_redflag_lib}/redflag/include"
      INTERFACE_LINK_LIBRARIES Threads::Threads)
  endif()
endforeach()
