#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's loop, for programs with a main of their own. The toolchain's runtime has it, no
// header of the toolchain declares it.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
