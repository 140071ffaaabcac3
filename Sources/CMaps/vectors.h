// What the files of this library share: vectors of 16 channels, in float32 and bfloat16, compiled for
// the instruction set the processor turns out to have.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if __has_include(<features.h>)
#include <features.h>  // __GLIBC__
#endif

// The loader resolves clones through indirect functions, which glibc has and musl has not.
#if defined(__x86_64__) && defined(__GLIBC__)
#define CLONED __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONED
#endif

// For processors that round to bfloat16, and multiply it, by themselves.
#if defined(__x86_64__)
#define ROUNDING __attribute__((target("avx512f,avx512vl,avx512bw,avx512bf16")))
#endif

// 16 channels
typedef float Vector __attribute__((vector_size(64)));
typedef int Mask __attribute__((vector_size(64)));
typedef uint32_t Bits __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));
#ifdef ROUNDING
typedef __bf16 Brains __attribute__((vector_size(32)));

/// Whether the processor has what `ROUNDING` compiles for.
static inline int multiplies_bfloat16(void) {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw")
         && __builtin_cpu_supports("avx512vl");
}
#endif

// What the innermost functions are compiled for: a type, and the way to round to it.
typedef enum { float32, bfloat16, bfloat16_rounded } Type;

// Inlined into each clone, so that it is compiled for the clone's instruction set and for one type.
#define INLINED static inline __attribute__((always_inline))

// Vectors go by address: passed by value, their registers would depend on the instruction set.

/// Takes vector number `index` of an array.
INLINED void load(Type type, const void *array, ptrdiff_t index, Vector *value) {
  if (type == float32)
    *value = ((const Vector *)array)[index];
  else
    *value = (Vector)(__builtin_convertvector(((const Halves *)array)[index], Bits) << 16);
}

/// To the nearest, of two equally near the even. An infinite number and the NaN that arithmetic
/// makes stay what they are.
INLINED void store(Type type, void *array, ptrdiff_t index, const Vector *value) {
  if (type == float32) {
    ((Vector *)array)[index] = *value;
#if defined(ROUNDING) && defined(__OPTIMIZE__)
    // Without optimization this would stand in all clones, and call a function of compiler-rt.
  } else if (type == bfloat16_rounded) {
    ((Brains *)array)[index] = __builtin_convertvector(*value, Brains);
#endif
  } else {
    Bits bits = (Bits)*value;
    bits = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    ((Halves *)array)[index] = __builtin_convertvector(bits, Halves);
  }
}

/// Makes negative numbers zero; what is not a number stays so, for a divergence to be seen.
INLINED void rectify(Vector *value) { *value = (Vector)((Mask)*value & ~(*value <= 0)); }

#define LIST(...) __VA_ARGS__

// A function of the interface, made of `body` for each type.
#ifdef ROUNDING
#define TYPED(function, body, parameters, arguments)                                     \
  ROUNDING static void function##_rounded(parameters) { body(bfloat16_rounded, arguments); } \
  CLONED void function(cwinograd_type type, parameters) {                                \
    if (type == cwinograd_float32)                                                       \
      body(float32, arguments);                                                          \
    else if (multiplies_bfloat16())                                       \
      function##_rounded(arguments);                                                     \
    else                                                                                 \
      body(bfloat16, arguments);                                                         \
  }
#else
#define TYPED(function, body, parameters, arguments)      \
  CLONED void function(cwinograd_type type, parameters) { \
    if (type == cwinograd_float32)                        \
      body(float32, arguments);                           \
    else                                                  \
      body(bfloat16, arguments);                          \
  }
#endif
