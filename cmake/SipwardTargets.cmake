# SPDX-License-Identifier: BSD-2-Clause
# One function for each kind of thing that is built from src/.

# sw_layer(<name> SOURCES <file>... [LIBS <target>...])
#
# The static library sw_<name> of one folder of src/, and sw_<name>_objects, its object files, for
# who merges layers into another library. An empty list of sources makes both empty interfaces,
# so that a layer can be named before it has a file.
function(sw_layer name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "sw_layer(${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    if(NOT arg_SOURCES)
        add_library(sw_${name} INTERFACE)
        target_link_libraries(sw_${name} INTERFACE sw_flags ${arg_LIBS})
        add_library(sw_${name}_objects INTERFACE)
        return()
    endif()
    add_library(sw_${name}_objects OBJECT ${arg_SOURCES})
    target_link_libraries(sw_${name}_objects PUBLIC sw_flags ${arg_LIBS} PRIVATE sw_across_files)
    add_library(sw_${name} STATIC $<TARGET_OBJECTS:sw_${name}_objects>)
    target_link_libraries(sw_${name} PUBLIC sw_flags ${arg_LIBS})
endfunction()

# sw_link_plainly(<target>)
#
# Link from the machine code in the archives, without optimising across files: that takes ten
# seconds and more a link, which only what stands in a call's path is worth.
function(sw_link_plainly target)
    if(SW_LTO)
        target_link_options(${target} PRIVATE -fno-lto)
    endif()
endfunction()

# sw_program(<name> [PLAIN] SOURCES <file>... [LIBS <target>...])
#
# An installed program; PLAIN: sw_link_plainly(). An empty list of sources makes nothing.
function(sw_program name)
    cmake_parse_arguments(arg "PLAIN" "" "SOURCES;LIBS" ${ARGN})
    if(NOT arg_SOURCES)
        return()
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE sw_flags ${arg_LIBS})
    if(arg_PLAIN)
        sw_link_plainly(${name})
    else()
        target_link_libraries(${name} PRIVATE sw_across_files)
    endif()
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
