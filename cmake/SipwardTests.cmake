# SPDX-License-Identifier: BSD-2-Clause
# One function for each kind of test. Labels: "quick" takes a few seconds in all and opens no
# socket; "system" runs real binaries on loopback addresses.

pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka>=1.1.5)

# A test program: flags, support code, and no optimisation across files, which would be paid for
# at each of many links.
function(sw_test_program target)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${target} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE sw_flags sw_test_support ${arg_LIBS})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/test)
    sw_link_plainly(${target})
endfunction()

# sw_add_unit_test(<layer> <name> [SOURCES <file>...] [LIBS <target>...])
#
# test_<name>.c of this folder (the name may be given with or without "test_") as the ctest
# unit.<layer>.<name>, linked with sw_<layer> and cmocka.
function(sw_add_unit_test layer name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    string(REGEX REPLACE "^test_" "" name ${name})
    set(target unit_${layer}_${name})
    sw_test_program(${target}
        SOURCES test_${name}.c ${arg_SOURCES}
        LIBS ${arg_LIBS} sw_${layer} PkgConfig::CMOCKA)
    add_test(NAME unit.${layer}.${name} COMMAND ${target}
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(unit.${layer}.${name} PROPERTIES LABELS quick TIMEOUT 60)
endfunction()

# sw_add_system_test(<group> <name> [SOURCES <file>...] [LIBS <target>...])
#
# test_<name>.c of this folder as the ctest system.<group>.<name>: like a unit test, but it opens
# sockets on loopback, runs other programs, and may take some seconds.
function(sw_add_system_test group name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    set(target system_${group}_${name})
    sw_test_program(${target}
        SOURCES test_${name}.c ${arg_SOURCES}
        LIBS ${arg_LIBS} PkgConfig::CMOCKA)
    add_test(NAME system.${group}.${name} COMMAND ${target}
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(system.${group}.${name} PROPERTIES LABELS system TIMEOUT 120)
endfunction()

# sw_add_fuzz_target(<name> SOURCES <file>... [LIBS <target>...])
#
# A program around LLVMFuzzerTestOneInput(). With SW_FUZZ it is linked with libFuzzer and listed in
# build/<preset>/fuzz-targets for `make fuzz`; otherwise with a main that replays files. In both
# cases the seeds in test/fuzz/seeds/<name>/ are run as the ctest fuzz.<name>.
function(sw_add_fuzz_target name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    set(seeds ${PROJECT_SOURCE_DIR}/test/fuzz/seeds/${name})
    if(SW_FUZZ)
        sw_test_program(${name} SOURCES ${arg_SOURCES} LIBS ${arg_LIBS})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        add_test(NAME fuzz.${name} COMMAND ${name} -runs=0 ${seeds})
        file(APPEND ${CMAKE_BINARY_DIR}/fuzz-targets "${name}\n")
    else()
        sw_test_program(${name}
            SOURCES ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/test/fuzz/replay_main.c
            LIBS ${arg_LIBS})
        add_test(NAME fuzz.${name} COMMAND ${name} ${seeds})
    endif()
    set_tests_properties(fuzz.${name} PROPERTIES LABELS quick TIMEOUT 60)
endfunction()

# sw_add_bench(<name> SOURCES <file>... [LIBS <target>...])
#
# The program bench_<name>, optimised across files like the real ones, and run by `make bench`
# through bench/run: one after the other, since they would disturb each other.
function(sw_add_bench name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(bench_${name} ${arg_SOURCES})
    target_link_libraries(bench_${name} PRIVATE sw_flags sw_across_files ${arg_LIBS})
    set_property(GLOBAL APPEND PROPERTY SW_BENCHES bench_${name})
endfunction()
