# SPDX-License-Identifier: BSD-2-Clause
# How every file of the tree is compiled: one interface library, sw_flags, linked by each target.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)

add_library(sw_flags INTERFACE)
target_include_directories(sw_flags INTERFACE
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(sw_flags INTERFACE _GNU_SOURCE)
target_compile_options(sw_flags INTERFACE
    -Werror -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wswitch-enum -Wvla -Wformat=2 -Wundef -Wwrite-strings
    -fstack-protector-strong
    # No path of the machine that built it in __FILE__ or in debug information.
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_link_options(sw_flags INTERFACE -Wl,-z,relro,-z,now)

if(SW_DEBUG)
    target_compile_definitions(sw_flags INTERFACE SW_DEBUG)
endif()

if(SW_SANITIZE)
    target_compile_options(sw_flags INTERFACE
        -fsanitize=${SW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    string(REPLACE "fuzzer-no-link," "" link_sanitizers "${SW_SANITIZE}")
    target_link_options(sw_flags INTERFACE -fsanitize=${link_sanitizers})
endif()

# Besides, for what is installed and measured: optimise across files. Fat objects hold plain machine
# code too, so the purity check can read the archives, tests link without optimising everything once
# more, and users of the static library need not have our compiler.
add_library(sw_across_files INTERFACE)
if(SW_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(sw_across_files INTERFACE -flto=auto -ffat-lto-objects)
    target_link_options(sw_across_files INTERFACE -flto=auto -O3)
endif()

# And by how often each branch is taken in calls: gcc counts in the programs of bench/train, which
# tools/train builds and runs, and reads the counts here. Without them, or for what they do not
# reach, it optimises as ever. What it takes for uninitialised then was looked at without them; and
# that a function has changed since they were made is no error.
if(SW_PROFILE AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(profile -fprofile-prefix-path=${CMAKE_BINARY_DIR})
    if(SW_TRAIN)
        list(APPEND profile -fprofile-generate=${SW_PROFILE} -fprofile-update=single)
    else()
        list(APPEND profile -fprofile-use=${SW_PROFILE} -fprofile-partial-training
            -Wno-error -Wno-missing-profile -Wno-coverage-mismatch -Wno-maybe-uninitialized
            -gno-record-gcc-switches) # they name folders of the machine that built it
    endif()
    target_compile_options(sw_across_files INTERFACE ${profile})
    target_link_options(sw_across_files INTERFACE ${profile})
endif()
