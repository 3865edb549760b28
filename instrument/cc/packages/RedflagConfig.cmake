# find_package(Redflag):
#   Redflag_C_COMPILER, Redflag_CXX_COMPILER, Redflag_TOOL   the wrapper compilers and the command-line tool
#   redflag_target(NAME...)     compiles and links these targets with the wrapper compilers, whatever compiler the
#                               project has; Makefile and Ninja generators
#   redflag_test(NAME [BASELINE FILE] COMMAND...)   add_test under `redflag run`
#   Redflag::go, Redflag::go_shared   the goroutine library for targets without the detector
# To build a whole project with the wrappers, use redflag-toolchain.cmake beside this file instead.
get_filename_component(_redflag_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(Redflag_C_COMPILER "${_redflag_prefix}/bin/redflag-cc")
set(Redflag_CXX_COMPILER "${_redflag_prefix}/bin/redflag-c++")
set(Redflag_TOOL "${_redflag_prefix}/bin/redflag")
set(Redflag_TOOLCHAIN_FILE "${CMAKE_CURRENT_LIST_DIR}/redflag-toolchain.cmake")

# Without the development files of the goroutine library the rest works.
if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/../RedflagGo/RedflagGoConfig.cmake")
  include("${CMAKE_CURRENT_LIST_DIR}/../RedflagGo/RedflagGoConfig.cmake")
endif()

# The wrapper is put in front of the compiler's command line and takes its place.
function(redflag_target)
  foreach(target IN LISTS ARGN)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "redflag_target: ${target} is not a target")
    endif()
    foreach(language C CXX)
      set_target_properties(${target} PROPERTIES
        ${language}_COMPILER_LAUNCHER "${Redflag_${language}_COMPILER};--redflag-launch"
        ${language}_LINKER_LAUNCHER "${Redflag_${language}_COMPILER};--redflag-launch"
        DISABLE_PRECOMPILE_HEADERS ON) # those of another compiler
    endforeach()
  endforeach()
endfunction()

function(redflag_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASELINE" "COMMAND")
  set(options)
  if(arg_BASELINE)
    set(options --baseline ${arg_BASELINE})
  endif()
  # As in add_test, a target stands for its file.
  list(POP_FRONT arg_COMMAND program)
  if(TARGET ${program})
    set(program $<TARGET_FILE:${program}>)
  endif()
  add_test(NAME ${name} COMMAND ${Redflag_TOOL} run ${options} -- ${program} ${arg_COMMAND})
endfunction()
