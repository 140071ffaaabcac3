#include "CProducts.h"

// Columns of a panel of packed factors: three vectors of eight doubles.
enum { PANEL = 24 };
// Steps of the depth that a panel covers at a time: 24·128 doubles leave room for the rows in the
// first-level cache.
enum { STEPS = 128 };
// Rows of a tile: 8·3 vectors of sums, three of factors and one of a row fill the registers.
enum { TILE = 8 };

ptrdiff_t cproducts_product_stride(ptrdiff_t count) { return (count + PANEL - 1) / PANEL * PANEL; }

void cproducts_pack(
    const double *factors, ptrdiff_t count, ptrdiff_t stride, ptrdiff_t depth, double *packed) {
  for (ptrdiff_t first = 0; first < depth; first += STEPS) {
    ptrdiff_t last = first + STEPS < depth ? first + STEPS : depth;
    for (ptrdiff_t panel = 0; panel < count; panel += PANEL)
      for (ptrdiff_t step = first; step < last; step++)
        for (ptrdiff_t column = panel; column < panel + PANEL; column++)
          *packed++ = column < count ? factors[column * stride + step] : 0;
  }
}

void cproducts_pack_row(
    const double *row, double scale, ptrdiff_t columns, double *panels, ptrdiff_t capacity,
    ptrdiff_t index) {
  for (ptrdiff_t panel = 0; panel < columns; panel += PANEL) {
    double *target = panels + panel * capacity + index * PANEL;
    ptrdiff_t width = columns - panel < PANEL ? columns - panel : PANEL;
    for (ptrdiff_t column = 0; column < width; column++)
      target[column] = scale * row[panel + column];
    for (ptrdiff_t column = width; column < PANEL; column++) target[column] = 0;
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

bool cproducts_multiplies(void) { return __builtin_cpu_supports("avx512f"); }

// The products of up to eight rows, whose elements are `row_step` apart, with one panel over
// `steps` steps, added to what is there unless these are the first.
__attribute__((target("avx512f"), always_inline)) static inline void multiply_tile(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, ptrdiff_t row_step,
    const double *panel, ptrdiff_t steps, bool is_first, double *products,
    ptrdiff_t product_stride) {
  const double *row[TILE];
  __m512d sums[TILE][3];
  for (int i = 0; i < TILE; i++) {
    // A tile that is not full multiplies its last row again.
    ptrdiff_t own = i < row_count ? i : row_count - 1;
    row[i] = rows + own * row_stride;
    for (int j = 0; j < 3; j++)
      sums[i][j] = is_first ? _mm512_setzero_pd()
                            : _mm512_loadu_pd(products + own * product_stride + 8 * j);
  }
  for (ptrdiff_t step = 0; step < steps; step++, panel += PANEL) {
    __m512d first = _mm512_loadu_pd(panel), second = _mm512_loadu_pd(panel + 8),
            third = _mm512_loadu_pd(panel + 16);
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE; i++) {
      __m512d value = _mm512_set1_pd(row[i][step * row_step]);
      sums[i][0] = _mm512_fmadd_pd(value, first, sums[i][0]);
      sums[i][1] = _mm512_fmadd_pd(value, second, sums[i][1]);
      sums[i][2] = _mm512_fmadd_pd(value, third, sums[i][2]);
    }
  }
  for (int i = 0; i < TILE && i < row_count; i++)
    for (int j = 0; j < 3; j++)
      _mm512_storeu_pd(products + i * product_stride + 8 * j, sums[i][j]);
}

__attribute__((target("avx512f"))) void cproducts_products(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, const double *packed,
    ptrdiff_t count, ptrdiff_t depth, double *products) {
  ptrdiff_t product_stride = cproducts_product_stride(count);
  for (ptrdiff_t first = 0; first < depth; first += STEPS) {
    ptrdiff_t steps = depth - first < STEPS ? depth - first : STEPS;
    for (ptrdiff_t panel = 0; panel < count; panel += PANEL, packed += PANEL * steps)
      for (ptrdiff_t row = 0; row < row_count; row += TILE)
        multiply_tile(
            rows + row * row_stride + first, row_count - row < TILE ? row_count - row : TILE,
            row_stride, 1, packed, steps, first == 0, products + row * product_stride + panel,
            product_stride);
  }
}

__attribute__((target("avx512f"))) void cproducts_add_gram(
    const double *panels, ptrdiff_t capacity, ptrdiff_t row_count, ptrdiff_t columns,
    double *gram) {
  ptrdiff_t stride = cproducts_product_stride(columns);
  for (ptrdiff_t first = 0; first < row_count; first += STEPS) {
    ptrdiff_t steps = row_count - first < STEPS ? row_count - first : STEPS;
    for (ptrdiff_t right = 0; right < stride; right += PANEL)
      for (ptrdiff_t left = 0; left < right + PANEL; left += TILE)
        multiply_tile(
            panels + left / PANEL * PANEL * capacity + first * PANEL + left % PANEL, TILE, 1, PANEL,
            panels + right * capacity + first * PANEL, steps, false, gram + left * stride + right,
            stride);
  }
}
#else
bool cproducts_multiplies(void) { return false; }

void cproducts_products(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, const double *packed,
    ptrdiff_t count, ptrdiff_t depth, double *products) {
  __builtin_unreachable();
}

void cproducts_add_gram(
    const double *panels, ptrdiff_t capacity, ptrdiff_t row_count, ptrdiff_t columns,
    double *gram) {
  __builtin_unreachable();
}
#endif
