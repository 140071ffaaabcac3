// Vectors of eight, and functions compiled once for each instruction set: for the kernels alone.
#pragma once
#include "CRowKernels.h"

#if __has_include(<features.h>)
#include <features.h>  // __GLIBC__
#endif

#pragma STDC FP_CONTRACT OFF

// The loader resolves clones through indirect functions, which glibc has and musl has not.
#if defined(__x86_64__) && defined(__GLIBC__)
#define CLONED __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONED
#endif

typedef double Eight __attribute__((vector_size(64)));
typedef double EightDoubles __attribute__((vector_size(64), aligned(8)));
typedef float EightFloats __attribute__((vector_size(32), aligned(4)));

// Macros, so that they are compiled for the instruction set of each clone.
#define SUM(v) \
  (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]) + (((v)[4] + (v)[5]) + ((v)[6] + (v)[7])))

// Elements i … i + 7 of a row as doubles.
#define FLOATS(values, i) \
  __builtin_convertvector(*(const EightFloats *)((const float *)(values) + (i)), Eight)
#define DOUBLES(values, i) ((Eight)*(const EightDoubles *)((const double *)(values) + (i)))

// Runs `STEP(i, value)` for the elements of a row eight at a time, the last ones padded with zeros.
#define FOR_EACH_EIGHT(row, count, STEP)                                          \
  do {                                                                            \
    ptrdiff_t whole = (count) & ~(ptrdiff_t)7;                                    \
    if ((row).is_double) {                                                        \
      for (ptrdiff_t i = 0; i < whole; i += 8) STEP(i, DOUBLES((row).values, i)); \
    } else {                                                                      \
      for (ptrdiff_t i = 0; i < whole; i += 8) STEP(i, FLOATS((row).values, i));  \
    }                                                                             \
    if (whole < (count)) {                                                        \
      Eight last = {0};                                                           \
      for (ptrdiff_t i = whole; i < (count); i++)                                 \
        last[i - whole] = (row).is_double ? ((const double *)(row).values)[i]     \
                                          : ((const float *)(row).values)[i];     \
      STEP(whole, last);                                                          \
    }                                                                             \
  } while (0)
