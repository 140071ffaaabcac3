#include "CWinograd.h"

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

// A processor that rounds to bfloat16 by itself is taken at its word.
#if defined(__x86_64__)
#define ROUNDING __attribute__((target("avx512f,avx512vl,avx512bf16")))
#endif

// 16 channels
typedef float Vector __attribute__((vector_size(64)));
typedef int Mask __attribute__((vector_size(64)));
typedef uint32_t Bits __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));
#ifdef ROUNDING
typedef __bf16 Brains __attribute__((vector_size(32)));
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
#ifdef ROUNDING
  } else if (type == bfloat16_rounded) {
    ((Brains *)array)[index] = __builtin_convertvector(*value, Brains);
#endif
  } else {
    Bits bits = (Bits)*value;
    bits = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    ((Halves *)array)[index] = __builtin_convertvector(bits, Halves);
  }
}

#define LIST(...) __VA_ARGS__

// A function of the interface, made of `body` for each type.
#ifdef ROUNDING
#define TYPED(function, body, parameters, arguments)                                     \
  ROUNDING static void function##_rounded(parameters) { body(bfloat16_rounded, arguments); } \
  CLONED void function(cwinograd_type type, parameters) {                                \
    if (type == cwinograd_float32)                                                       \
      body(float32, arguments);                                                          \
    else if (__builtin_cpu_supports("avx512bf16"))                                       \
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

// The one-dimensional transforms, of vectors `step` apart to results side by side. The points are
// 0, a, −a, b, −b and ∞ with a = 2/3 and b = 3/2: of what has been tried they magnify rounding
// least, by less than half of what the usual 1 and 2 do.
#define A (2.0f / 3)
#define B (3.0f / 2)
#define A2 (A * A)
#define B2 (B * B)

INLINED void input(const Vector *d, ptrdiff_t step, Vector *v) {
  Vector d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  Vector even = d4 - B2 * d2, odd = A * (d3 - B2 * d1);
  Vector even2 = d4 - A2 * d2, odd2 = B * (d3 - A2 * d1);
  // a² b² = 1
  v[0] = d[0] - (A2 + B2) * d2 + d4;
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = d1 - (A2 + B2) * d3 + d[5 * step];
}

INLINED void output(const Vector *m, ptrdiff_t step, Vector *y) {
  Vector sum = m[step] + m[2 * step], difference = A * (m[step] - m[2 * step]);
  Vector sum2 = m[3 * step] + m[4 * step], difference2 = B * (m[3 * step] - m[4 * step]);
  y[0] = m[0] + sum + sum2;
  y[1] = difference + difference2;
  y[2] = A2 * sum + B2 * sum2;
  y[3] = A2 * difference + B2 * difference2 + m[5 * step];
}

INLINED void output_gradient(const Vector *y, ptrdiff_t step, Vector *m) {
  Vector y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  Vector even = y[0] + A2 * y2, odd = A * (y1 + A2 * y3);
  Vector even2 = y[0] + B2 * y2, odd2 = B * (y1 + B2 * y3);
  m[0] = y[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = even2 + odd2;
  m[4] = even2 - odd2;
  m[5] = y3;
}

// What the points are divided by: the product of a point's distances from the others.
#define SCALE_A (1 / (2 * A2 * (A2 - B2)))
#define SCALE_B (1 / (2 * B2 * (B2 - A2)))

INLINED void kernel(const Vector *g, ptrdiff_t step, Vector *u) {
  Vector g1 = g[step], g2 = g[2 * step];
  Vector even = SCALE_A * (g[0] + A2 * g2), odd = (SCALE_A * A) * g1;
  Vector even2 = SCALE_B * (g[0] + B2 * g2), odd2 = (SCALE_B * B) * g1;
  u[0] = g[0];
  u[1] = even + odd;
  u[2] = even - odd;
  u[3] = even2 + odd2;
  u[4] = even2 - odd2;
  u[5] = g2;
}

INLINED void kernel_gradient(const Vector *u, ptrdiff_t step, Vector *g) {
  Vector sum = SCALE_A * (u[step] + u[2 * step]);
  Vector difference = (SCALE_A * A) * (u[step] - u[2 * step]);
  Vector sum2 = SCALE_B * (u[3 * step] + u[4 * step]);
  Vector difference2 = (SCALE_B * B) * (u[3 * step] - u[4 * step]);
  g[0] = u[0] + sum + sum2;
  g[1] = difference + difference2;
  g[2] = A2 * sum + B2 * sum2 + u[5 * step];
}

INLINED void inputs_of(
    Type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride) {
  ptrdiff_t blocks = channels / 16, row = 0;
  for (ptrdiff_t top = -1; top < height - 1; top += 4)
    for (ptrdiff_t left = -1; left < width - 1; left += 4, row += blocks)
      for (ptrdiff_t block = 0; block < blocks; block++) {
        ptrdiff_t map = block * height * width;
        Vector tile[6], columns[36], result[6];
        if (top >= 0 && left >= 0 && top + 6 <= height && left + 6 <= width) {
          for (int j = 0; j < 6; j++) {
            for (int i = 0; i < 6; i++)
              load(type, maps, map + (top + i) * width + left + j, &tile[i]);
            input(tile, 1, columns + 6 * j);
          }
        } else {
          for (int j = 0; j < 6; j++) {
            for (int i = 0; i < 6; i++) {
              ptrdiff_t y = top + i, x = left + j;
              int inside = y >= 0 && y < height && x >= 0 && x < width;
              tile[i] = (Vector){0};
              if (inside) load(type, maps, map + y * width + x, &tile[i]);
            }
            input(tile, 1, columns + 6 * j);
          }
        }
        for (int i = 0; i < 6; i++) {
          input(columns + i, 6, result);
          for (int j = 0; j < 6; j++)
            store(type, points, (6 * i + j) * (stride / 16) + row + block, &result[j]);
        }
      }
}

TYPED(
    cwinograd_input, inputs_of,
    LIST(const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, void *points,
         ptrdiff_t stride),
    LIST(maps, channels, height, width, points, stride))

INLINED void outputs_of(
    Type type, const float *points, ptrdiff_t stride, ptrdiff_t channels,
    ptrdiff_t height, ptrdiff_t width, const float *bias, int rectifies, void *maps) {
  const float *row = points;
  for (ptrdiff_t top = 0; top < height; top += 4)
    for (ptrdiff_t left = 0; left < width; left += 4, row += channels)
      for (ptrdiff_t block = 0; block < channels / 16; block++) {
        ptrdiff_t map = block * height * width;
        Vector shift = bias ? ((const Vector *)bias)[block] : (Vector){0};
        Vector tile[6], columns[24], result[4];
        for (int j = 0; j < 6; j++) {
          for (int i = 0; i < 6; i++)
            tile[i] = *(const Vector *)(row + (6 * i + j) * stride + 16 * block);
          output(tile, 1, columns + 4 * j);
        }
        ptrdiff_t rows = height - top, across = width - left;
        for (int i = 0; i < 4 && i < rows; i++) {
          output(columns + i, 4, result);
          for (int j = 0; j < 4; j++) {
            if (j >= across) break;
            Vector value = result[j] + shift;
            if (rectifies) value = (Vector)((Mask)value & (value > 0));
            store(type, maps, map + (top + i) * width + left + j, &value);
          }
        }
      }
}

TYPED(
    cwinograd_output, outputs_of,
    LIST(const float *points, ptrdiff_t stride, ptrdiff_t channels, ptrdiff_t height,
         ptrdiff_t width, const float *bias, int rectifies, void *maps),
    LIST(points, stride, channels, height, width, bias, rectifies, maps))

INLINED void output_gradients_of(
    Type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride, float *sums) {
  ptrdiff_t blocks = channels / 16, row = 0;
  for (ptrdiff_t block = 0; block < blocks; block++) ((Vector *)sums)[block] = (Vector){0};
  for (ptrdiff_t top = 0; top < height; top += 4)
    for (ptrdiff_t left = 0; left < width; left += 4, row += blocks)
      for (ptrdiff_t block = 0; block < blocks; block++) {
        ptrdiff_t map = block * height * width;
        Vector tile[4], columns[24], result[6], sum = {0};
        for (int j = 0; j < 4; j++) {
          for (int i = 0; i < 4; i++) {
            int inside = top + i < height && left + j < width;
            tile[i] = (Vector){0};
            if (inside) load(type, maps, map + (top + i) * width + left + j, &tile[i]);
            sum += tile[i];
          }
          output_gradient(tile, 1, columns + 6 * j);
        }
        ((Vector *)sums)[block] += sum;
        for (int i = 0; i < 6; i++) {
          output_gradient(columns + i, 6, result);
          for (int j = 0; j < 6; j++)
            store(type, points, (6 * i + j) * (stride / 16) + row + block, &result[j]);
        }
      }
}

TYPED(
    cwinograd_output_gradient, output_gradients_of,
    LIST(const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, void *points,
         ptrdiff_t stride, float *sums),
    LIST(maps, channels, height, width, points, stride, sums))

/// The first tap of a kernel's vector of 16 outputs; the taps lie 256 floats apart.
INLINED ptrdiff_t first_tap(
    ptrdiff_t inputs, ptrdiff_t input, ptrdiff_t output_block) {
  return (output_block * (inputs / 16) + input / 16) * 9 * 256 + input % 16 * 16;
}

// Row after row at each point, which is where most of the bytes are.
#define FOR_EACH_KERNEL(start, end, outputs)       \
  for (ptrdiff_t in = start; in < end; in++)       \
    for (ptrdiff_t out = 0; out < outputs / 16; out++)

INLINED void kernels_of(
    Type type, const float *taps, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, int flips, void *points, ptrdiff_t stride) {
  FOR_EACH_KERNEL(start, end, outputs) {
    const float *first = taps + first_tap(inputs, in, out);
    Vector g[9], columns[18], result[6];
    for (int tap = 0; tap < 9; tap++)
      g[tap] = *(const Vector *)(first + (flips ? 8 - tap : tap) * 256);
    for (int j = 0; j < 3; j++) kernel(g + j, 3, columns + 6 * j);
    for (int i = 0; i < 6; i++) {
      kernel(columns + i, 6, result);
      for (int j = 0; j < 6; j++)
        store(type, points, (6 * i + j) * (stride / 16) + in * (outputs / 16) + out, &result[j]);
    }
  }
}

TYPED(
    cwinograd_kernel, kernels_of,
    LIST(const float *taps, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start, ptrdiff_t end,
         int flips, void *points, ptrdiff_t stride),
    LIST(taps, inputs, outputs, start, end, flips, points, stride))

CLONED void cwinograd_kernel_gradient(
    const float *points, ptrdiff_t stride, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, float *taps) {
  FOR_EACH_KERNEL(start, end, outputs) {
    const float *row = points + in * outputs + out * 16;
    float *first = taps + first_tap(inputs, in, out);
    Vector u[6], columns[18], result[3];
    for (int j = 0; j < 6; j++) {
      for (int i = 0; i < 6; i++) u[i] = *(const Vector *)(row + (6 * i + j) * stride);
      kernel_gradient(u, 1, columns + 3 * j);
    }
    for (int i = 0; i < 3; i++) {
      kernel_gradient(columns + i, 3, result);
      for (int j = 0; j < 3; j++) *(Vector *)(first + (3 * i + j) * 256) = result[j];
    }
  }
}
