// Winograd's transforms of one tile and one vector of channels.
#pragma once
#include "vectors.h"

// The one-dimensional transforms, of vectors `step` apart to results side by side. The points are
// 0, a, −a, b, −b and ∞ with a = 2/3 and b = 3/2: of what has been tried they magnify rounding
// least, by less than half of what the usual 1 and 2 do.
#define A (2.0f / 3)
#define B (3.0f / 2)
#define A2 (A * A)
#define B2 (B * B)

INLINED void input_1d(const Vector *d, ptrdiff_t step, Vector *v) {
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

INLINED void output_1d(const Vector *m, ptrdiff_t step, Vector *y) {
  Vector sum = m[step] + m[2 * step], difference = A * (m[step] - m[2 * step]);
  Vector sum2 = m[3 * step] + m[4 * step], difference2 = B * (m[3 * step] - m[4 * step]);
  y[0] = m[0] + sum + sum2;
  y[1] = difference + difference2;
  y[2] = A2 * sum + B2 * sum2;
  y[3] = A2 * difference + B2 * difference2 + m[5 * step];
}

INLINED void output_gradient_1d(const Vector *y, ptrdiff_t step, Vector *m) {
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

INLINED void kernel_1d(const Vector *g, ptrdiff_t step, Vector *u) {
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

INLINED void kernel_gradient_1d(const Vector *u, ptrdiff_t step, Vector *g) {
  Vector sum = SCALE_A * (u[step] + u[2 * step]);
  Vector difference = (SCALE_A * A) * (u[step] - u[2 * step]);
  Vector sum2 = SCALE_B * (u[3 * step] + u[4 * step]);
  Vector difference2 = (SCALE_B * B) * (u[3 * step] - u[4 * step]);
  g[0] = u[0] + sum + sum2;
  g[1] = difference + difference2;
  g[2] = A2 * sum + B2 * sum2 + u[5 * step];
}

/// Maps of `height` × `width` in blocks of 16 channels, `blocks` per sample, of which `block` is one.
typedef struct {
  const void *values;
  ptrdiff_t block, height, width, blocks;
} Map;

/// The first vector of a row of a map.
INLINED ptrdiff_t row_of(const Map *map, ptrdiff_t row) {
  return (map->block * map->height + row) * map->width;
}

/// Bᵀ d B for the inputs d from `top` and `left` on, which may be -1; zeros beyond the map.
INLINED void transform_input(
    Type type, const Map *map, ptrdiff_t top, ptrdiff_t left, Vector points[36]) {
  Vector tile[6], columns[36];
  if (top >= 0 && left >= 0 && top + 6 <= map->height && left + 6 <= map->width) {
    for (int j = 0; j < 6; j++) {
      for (int i = 0; i < 6; i++)
        load(type, map->values, row_of(map, top + i) + left + j, &tile[i]);
      input_1d(tile, 1, columns + 6 * j);
    }
  } else {
    for (int j = 0; j < 6; j++) {
      for (int i = 0; i < 6; i++) {
        ptrdiff_t y = top + i, x = left + j;
        int inside = y >= 0 && y < map->height && x >= 0 && x < map->width;
        tile[i] = (Vector){0};
        if (inside) load(type, map->values, row_of(map, y) + x, &tile[i]);
      }
      input_1d(tile, 1, columns + 6 * j);
    }
  }
  for (int i = 0; i < 6; i++) input_1d(columns + i, 6, points + 6 * i);
}

/// A y Aᵀ for the gradients y from `top` and `left` on, zeros beyond the map, and their sum.
INLINED void transform_output_gradient(
    Type type, const Map *map, ptrdiff_t top, ptrdiff_t left, Vector points[36], Vector *sum) {
  Vector tile[4], columns[24];
  *sum = (Vector){0};
  for (int j = 0; j < 4; j++) {
    for (int i = 0; i < 4; i++) {
      tile[i] = (Vector){0};
      if (top + i < map->height && left + j < map->width)
        load(type, map->values, row_of(map, top + i) + left + j, &tile[i]);
      *sum += tile[i];
    }
    output_gradient_1d(tile, 1, columns + 6 * j);
  }
  for (int i = 0; i < 6; i++) output_gradient_1d(columns + i, 6, points + 6 * i);
}

/// Aᵀ m A, the outputs of a tile from `top` and `left` on, where the map has them. The points lie
/// `stride` floats apart.
INLINED void restore_output(
    Type type, const float *points, ptrdiff_t stride, const Vector *shift, int accumulates,
    int rectifies, void *values, const Map *map, ptrdiff_t top, ptrdiff_t left) {
  Vector tile[6], columns[24], result[4];
  for (int j = 0; j < 6; j++) {
    for (int i = 0; i < 6; i++) tile[i] = *(const Vector *)(points + (6 * i + j) * stride);
    output_1d(tile, 1, columns + 4 * j);
  }
  ptrdiff_t down = map->height - top, across = map->width - left;
  for (int i = 0; i < 4 && i < down; i++) {
    output_1d(columns + i, 4, result);
    for (int j = 0; j < 4; j++) {
      if (j >= across) break;
      Vector value = result[j] + *shift;
      if (accumulates) {
        Vector there;
        load(type, values, row_of(map, top + i) + left + j, &there);
        value += there;
      }
      if (rectifies) rectify(&value);
      store(type, values, row_of(map, top + i) + left + j, &value);
    }
  }
}

/// G g Gᵀ of a kernel's nine taps.
INLINED void transform_kernel(const Vector taps[9], Vector points[36]) {
  Vector columns[18];
  for (int j = 0; j < 3; j++) kernel_1d(taps + j, 3, columns + 6 * j);
  for (int i = 0; i < 6; i++) kernel_1d(columns + i, 6, points + 6 * i);
}

/// Gᵀ u G, the gradient by the taps, which lie 256 floats apart.
INLINED void restore_kernel_gradient(const float *points, ptrdiff_t stride, float *taps) {
  Vector u[6], columns[18], result[3];
  for (int j = 0; j < 6; j++) {
    for (int i = 0; i < 6; i++) u[i] = *(const Vector *)(points + (6 * i + j) * stride);
    kernel_gradient_1d(u, 1, columns + 3 * j);
  }
  for (int i = 0; i < 3; i++) {
    kernel_gradient_1d(columns + i, 3, result);
    for (int j = 0; j < 3; j++) *(Vector *)(taps + (3 * i + j) * 256) = result[j];
  }
}

/// The first tap of a kernel's vector of 16 outputs; the taps lie 256 floats apart.
INLINED ptrdiff_t first_tap(ptrdiff_t inputs, ptrdiff_t input, ptrdiff_t output_block) {
  return (output_block * (inputs / 16) + input / 16) * 9 * 256 + input % 16 * 16;
}
