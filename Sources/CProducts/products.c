#include "CProducts.h"

// Columns of a panel of packed factors: three vectors of eight doubles.
enum { PANEL = 24 };
// Steps of the depth that a panel covers at a time: 24·128 doubles leave room for the rows in the
// first-level cache.
enum { STEPS = 128 };
// Rows of a tile.
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

// The products of up to eight rows, whose elements are `row_step` apart, with the first `width`
// factors of one panel over `steps` steps, added to what is there unless these are the first.
typedef void tile_product(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, ptrdiff_t row_step,
    const double *panel, ptrdiff_t width, ptrdiff_t steps, bool is_first, double *products,
    ptrdiff_t product_stride);

__attribute__((target("avx512f"))) static void multiply_tile_of_eights(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, ptrdiff_t row_step,
    const double *panel, ptrdiff_t width, ptrdiff_t steps, bool is_first, double *products,
    ptrdiff_t product_stride) {
  const double *row[TILE];
  // 8·3 vectors of sums, three of factors and one of a row fill the registers.
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

// Two rows with the first 4·`vectors` factors: 2·6 vectors of sums, two of the rows and one of
// factors are all but one of the registers.
__attribute__((target("avx2,fma"), always_inline)) static inline void multiply_pair(
    const double *first, const double *second, ptrdiff_t row_step, const double *panel, int vectors,
    ptrdiff_t steps, bool is_first, double *first_products, double *second_products) {
  __m256d sums[2][6];
#pragma clang loop unroll(full)
  for (int j = 0; j < vectors; j++) {
    sums[0][j] = is_first ? _mm256_setzero_pd() : _mm256_loadu_pd(first_products + 4 * j);
    sums[1][j] = is_first ? _mm256_setzero_pd() : _mm256_loadu_pd(second_products + 4 * j);
  }
  for (ptrdiff_t step = 0; step < steps; step++, panel += PANEL) {
    __m256d one = _mm256_broadcast_sd(first + step * row_step),
            other = _mm256_broadcast_sd(second + step * row_step);
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      __m256d factors = _mm256_loadu_pd(panel + 4 * j);
      sums[0][j] = _mm256_fmadd_pd(one, factors, sums[0][j]);
      sums[1][j] = _mm256_fmadd_pd(other, factors, sums[1][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < vectors; j++) {
    _mm256_storeu_pd(first_products + 4 * j, sums[0][j]);
    _mm256_storeu_pd(second_products + 4 * j, sums[1][j]);
  }
}

__attribute__((target("avx2,fma"))) static void multiply_tile_of_fours(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, ptrdiff_t row_step,
    const double *panel, ptrdiff_t width, ptrdiff_t steps, bool is_first, double *products,
    ptrdiff_t product_stride) {
  for (ptrdiff_t row = 0; row < row_count; row += 2) {
    // A row that is left over is multiplied twice.
    ptrdiff_t other = row + 1 < row_count ? row + 1 : row;
    const double *first = rows + row * row_stride, *second = rows + other * row_stride;
    double *first_products = products + row * product_stride,
           *second_products = products + other * product_stride;
#define PAIR(vectors)                                                                     \
  case vectors:                                                                           \
    multiply_pair(                                                                        \
        first, second, row_step, panel, vectors, steps, is_first, first_products,         \
        second_products);                                                                 \
    break
    switch ((width + 3) / 4) {
      PAIR(1);
      PAIR(2);
      PAIR(3);
      PAIR(4);
      PAIR(5);
      PAIR(6);
    }
#undef PAIR
  }
}

static bool has_eights(void) { return __builtin_cpu_supports("avx512f"); }

bool cproducts_multiplies(void) {
  return has_eights() || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
}

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

void cproducts_products(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, const double *packed,
    ptrdiff_t count, ptrdiff_t depth, double *products) {
  tile_product *multiply_tile = has_eights() ? multiply_tile_of_eights : multiply_tile_of_fours;
  ptrdiff_t product_stride = cproducts_product_stride(count);
  for (ptrdiff_t first = 0; first < depth; first += STEPS) {
    ptrdiff_t steps = least(depth - first, STEPS);
    for (ptrdiff_t panel = 0; panel < count; panel += PANEL, packed += PANEL * steps)
      for (ptrdiff_t row = 0; row < row_count; row += TILE)
        multiply_tile(
            rows + row * row_stride + first, least(row_count - row, TILE), row_stride, 1, packed,
            least(count - panel, PANEL), steps, first == 0,
            products + row * product_stride + panel, product_stride);
  }
}

void cproducts_add_gram(
    const double *panels, ptrdiff_t capacity, ptrdiff_t row_count, ptrdiff_t columns,
    double *gram) {
  tile_product *multiply_tile = has_eights() ? multiply_tile_of_eights : multiply_tile_of_fours;
  ptrdiff_t stride = cproducts_product_stride(columns);
  for (ptrdiff_t first = 0; first < row_count; first += STEPS) {
    ptrdiff_t steps = least(row_count - first, STEPS);
    for (ptrdiff_t right = 0; right < stride; right += PANEL)
      for (ptrdiff_t left = 0; left < right + PANEL; left += TILE)
        multiply_tile(
            panels + left / PANEL * PANEL * capacity + first * PANEL + left % PANEL, TILE, 1, PANEL,
            panels + right * capacity + first * PANEL, least(columns - right, PANEL), steps, false,
            gram + left * stride + right, stride);
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
