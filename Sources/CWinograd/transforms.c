#include "CWinograd.h"

#if __has_include(<features.h>)
#include <features.h>  // __GLIBC__
#endif

// The loader resolves clones through indirect functions, which glibc has and musl has not.
#if defined(__x86_64__) && defined(__GLIBC__)
#define CLONED __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONED
#endif

typedef float Vector __attribute__((vector_size(64)));
typedef int Mask __attribute__((vector_size(64)));

// Inlined into each clone, so that it is compiled for the clone's instruction set.
#define INLINED static inline __attribute__((always_inline))

// The one-dimensional transforms, of vectors `step` apart to results side by side. The points are
// 0, 1, −1, 2, −2 and ∞.

INLINED void input(const Vector *d, ptrdiff_t step, Vector *v) {
  Vector d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  Vector even = d4 - 4 * d2, odd = d3 - 4 * d1, even2 = d4 - d2, odd2 = 2 * (d3 - d1);
  v[0] = 4 * d[0] - 5 * d2 + d4;
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = 4 * d1 - 5 * d3 + d[5 * step];
}

INLINED void output(const Vector *m, ptrdiff_t step, Vector *y) {
  Vector sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  Vector sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  y[0] = m[0] + sum + sum2;
  y[1] = difference + 2 * difference2;
  y[2] = sum + 4 * sum2;
  y[3] = difference + 8 * difference2 + m[5 * step];
}

INLINED void output_gradient(const Vector *y, ptrdiff_t step, Vector *m) {
  Vector y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  Vector even = y[0] + y2, odd = y1 + y3, even2 = y[0] + 4 * y2, odd2 = 2 * y1 + 8 * y3;
  m[0] = y[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = even2 + odd2;
  m[4] = even2 - odd2;
  m[5] = y3;
}

INLINED void kernel(const Vector *g, ptrdiff_t step, Vector *u) {
  Vector g1 = g[step], g2 = g[2 * step];
  Vector even = (g[0] + g2) * (1.0f / 6), even2 = g[0] * (1.0f / 24) + g2 * (1.0f / 6);
  u[0] = g[0] * 0.25f;
  u[1] = -even - g1 * (1.0f / 6);
  u[2] = g1 * (1.0f / 6) - even;
  u[3] = even2 + g1 * (1.0f / 12);
  u[4] = even2 - g1 * (1.0f / 12);
  u[5] = g2;
}

INLINED void kernel_gradient(const Vector *u, ptrdiff_t step, Vector *g) {
  Vector sum = u[step] + u[2 * step], difference = u[2 * step] - u[step];
  Vector sum2 = u[3 * step] + u[4 * step], difference2 = u[3 * step] - u[4 * step];
  g[0] = u[0] * 0.25f - sum * (1.0f / 6) + sum2 * (1.0f / 24);
  g[1] = difference * (1.0f / 6) + difference2 * (1.0f / 12);
  g[2] = sum2 * (1.0f / 6) - sum * (1.0f / 6) + u[5 * step];
}

CLONED void cwinograd_input(
    const float *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, float *points,
    ptrdiff_t stride) {
  float *row = points;
  for (ptrdiff_t top = -1; top < height - 1; top += 4)
    for (ptrdiff_t left = -1; left < width - 1; left += 4, row += channels)
      for (ptrdiff_t block = 0; block < channels / 16; block++) {
        const Vector *map = (const Vector *)maps + block * height * width;
        Vector tile[36], columns[36], result[6];
        if (top >= 0 && left >= 0 && top + 6 <= height && left + 6 <= width) {
          for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) tile[6 * i + j] = map[(top + i) * width + left + j];
        } else {
          for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) {
              ptrdiff_t y = top + i, x = left + j;
              int inside = y >= 0 && y < height && x >= 0 && x < width;
              tile[6 * i + j] = inside ? map[y * width + x] : (Vector){0};
            }
        }
        for (int j = 0; j < 6; j++) input(tile + j, 6, columns + 6 * j);
        for (int i = 0; i < 6; i++) {
          input(columns + i, 6, result);
          for (int j = 0; j < 6; j++)
            *(Vector *)(row + (6 * i + j) * stride + 16 * block) = result[j];
        }
      }
}

CLONED void cwinograd_output(
    const float *points, ptrdiff_t stride, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    const float *bias, int rectifies, float *maps) {
  const float *row = points;
  for (ptrdiff_t top = 0; top < height; top += 4)
    for (ptrdiff_t left = 0; left < width; left += 4, row += channels)
      for (ptrdiff_t block = 0; block < channels / 16; block++) {
        Vector *map = (Vector *)maps + block * height * width;
        Vector shift = bias ? ((const Vector *)bias)[block] : (Vector){0};
        Vector tile[6], columns[24], result[4];
        for (int j = 0; j < 6; j++) {
          for (int i = 0; i < 6; i++)
            tile[i] = *(const Vector *)(row + (6 * i + j) * stride + 16 * block);
          output(tile, 1, columns + 4 * j);
        }
        ptrdiff_t rows = height - top < 4 ? height - top : 4;
        ptrdiff_t across = width - left < 4 ? width - left : 4;
        for (int i = 0; i < rows; i++) {
          output(columns + i, 4, result);
          for (int j = 0; j < across; j++) {
            Vector value = result[j] + shift;
            if (rectifies) value = (Vector)((Mask)value & (value > 0));
            map[(top + i) * width + left + j] = value;
          }
        }
      }
}

CLONED void cwinograd_output_gradient(
    const float *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, float *points,
    ptrdiff_t stride, float *sums) {
  float *row = points;
  for (ptrdiff_t block = 0; block < channels / 16; block++) ((Vector *)sums)[block] = (Vector){0};
  for (ptrdiff_t top = 0; top < height; top += 4)
    for (ptrdiff_t left = 0; left < width; left += 4, row += channels)
      for (ptrdiff_t block = 0; block < channels / 16; block++) {
        const Vector *map = (const Vector *)maps + block * height * width;
        Vector tile[16], columns[24], result[6], sum = {0};
        for (int i = 0; i < 4; i++)
          for (int j = 0; j < 4; j++) {
            int inside = top + i < height && left + j < width;
            tile[4 * i + j] = inside ? map[(top + i) * width + left + j] : (Vector){0};
            sum += tile[4 * i + j];
          }
        ((Vector *)sums)[block] += sum;
        for (int j = 0; j < 4; j++) output_gradient(tile + j, 4, columns + 6 * j);
        for (int i = 0; i < 6; i++) {
          output_gradient(columns + i, 6, result);
          for (int j = 0; j < 6; j++)
            *(Vector *)(row + (6 * i + j) * stride + 16 * block) = result[j];
        }
      }
}

CLONED void cwinograd_kernel(
    const float *taps, ptrdiff_t count, ptrdiff_t start, ptrdiff_t end, int flips, float *points) {
  for (ptrdiff_t at = start; at < end; at += 16) {
    Vector g[9], columns[18], result[6];
    for (int tap = 0; tap < 9; tap++)
      g[tap] = *(const Vector *)(taps + (flips ? 8 - tap : tap) * count + at);
    for (int j = 0; j < 3; j++) kernel(g + j, 3, columns + 6 * j);
    for (int i = 0; i < 6; i++) {
      kernel(columns + i, 6, result);
      for (int j = 0; j < 6; j++) *(Vector *)(points + (6 * i + j) * count + at) = result[j];
    }
  }
}

CLONED void cwinograd_kernel_gradient(
    const float *points, ptrdiff_t count, ptrdiff_t start, ptrdiff_t end, float *taps) {
  for (ptrdiff_t at = start; at < end; at += 16) {
    Vector u[6], columns[18], result[3];
    for (int j = 0; j < 6; j++) {
      for (int i = 0; i < 6; i++) u[i] = *(const Vector *)(points + (6 * i + j) * count + at);
      kernel_gradient(u, 1, columns + 3 * j);
    }
    for (int i = 0; i < 3; i++) {
      kernel_gradient(columns + i, 3, result);
      for (int j = 0; j < 3; j++) *(Vector *)(taps + (3 * i + j) * count + at) = result[j];
    }
  }
}
