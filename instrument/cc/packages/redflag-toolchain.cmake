# cmake -DCMAKE_TOOLCHAIN_FILE=.../redflag-toolchain.cmake: the whole project with the wrapper compilers.
get_filename_component(_redflag_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(CMAKE_C_COMPILER "${_redflag_prefix}/bin/redflag-cc")
set(CMAKE_CXX_COMPILER "${_redflag_prefix}/bin/redflag-c++")
