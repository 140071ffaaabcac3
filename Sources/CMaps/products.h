// Products of small matrices in bfloat16, summed in float32, by the processor's own instruction:
// two products at a time, of pairs of numbers that lie side by side.
#pragma once
#include "vectors.h"

#ifdef ROUNDING
#include <immintrin.h>

#define PRODUCT static inline __attribute__((always_inline)) ROUNDING

/// Rows and columns of a result whose sums stay in registers.
enum { product_rows = 8, product_columns = 32 };

/// Σₖ a[r, k] b[k, c] over `pairs` pairs of k, added to `result` where `accumulates`. Always of all
/// `product_rows` rows and `product_columns` columns: who has fewer provides for the rest.
///
/// - a: the pair (r, k) is at r * row + k * pair.
/// - b: a pair of k is 32 pairs of numbers, `step` pairs from the next; aligned to 64 bytes.
/// - result: rows of 32 floats, `width` apart; aligned to 64 bytes.
PRODUCT void multiply(
    const uint32_t *a, ptrdiff_t row, ptrdiff_t pair, const uint32_t *b, ptrdiff_t step,
    ptrdiff_t pairs, float *result, ptrdiff_t width, int accumulates) {
  __m512 low[product_rows], high[product_rows];
  for (int r = 0; r < product_rows; r++) {
    low[r] = accumulates ? _mm512_load_ps(result + r * width) : _mm512_setzero_ps();
    high[r] = accumulates ? _mm512_load_ps(result + r * width + 16) : _mm512_setzero_ps();
  }
  for (ptrdiff_t k = 0; k < pairs; k++) {
    __m512bh left = (__m512bh)_mm512_load_si512(b + k * step);
    __m512bh right = (__m512bh)_mm512_load_si512(b + k * step + 16);
    for (int r = 0; r < product_rows; r++) {
      __m512bh factor = (__m512bh)_mm512_set1_epi32((int)a[r * row + k * pair]);
      low[r] = _mm512_dpbf16_ps(low[r], factor, left);
      high[r] = _mm512_dpbf16_ps(high[r], factor, right);
    }
  }
  for (int r = 0; r < product_rows; r++) {
    _mm512_store_ps(result + r * width, low[r]);
    _mm512_store_ps(result + r * width + 16, high[r]);
  }
}

/// Rounds two vectors and stores their numbers in pairs, one of each.
PRODUCT void store_pairs(uint32_t *pairs, const Vector *first, const Vector *second) {
  const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
      19, 3, 18, 2, 17, 1, 16, 0);
  __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)*second, (__m512)*first);
  _mm512_store_si512(pairs, _mm512_permutexvar_epi16(order, both));
}

/// The transpose of 16 vectors of 16.
PRODUCT void transpose(Vector rows[16]) {
  // exchanges the off-diagonal halves of blocks of twice `size` rows and lanes
#define EXCHANGE(size, ...)                                                                      \
  for (int r = 0; r < 16; r++)                                                                   \
    if (!(r & size)) {                                                                           \
      __m512 a = (__m512)rows[r], b = (__m512)rows[r + size];                                    \
      const __m512i low = _mm512_set_epi32(__VA_ARGS__);                                         \
      const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(size));                       \
      rows[r] = (Vector)_mm512_permutex2var_ps(a, low, b);                                       \
      rows[r + size] = (Vector)_mm512_permutex2var_ps(a, high, b);                               \
    }
  EXCHANGE(1, 30, 14, 28, 12, 26, 10, 24, 8, 22, 6, 20, 4, 18, 2, 16, 0)
  EXCHANGE(2, 29, 28, 13, 12, 25, 24, 9, 8, 21, 20, 5, 4, 17, 16, 1, 0)
  EXCHANGE(4, 27, 26, 25, 24, 11, 10, 9, 8, 19, 18, 17, 16, 3, 2, 1, 0)
  EXCHANGE(8, 23, 22, 21, 20, 19, 18, 17, 16, 7, 6, 5, 4, 3, 2, 1, 0)
#undef EXCHANGE
}
/// The 16 × 16 kernels at one tap that two blocks of channels share, a row of outputs for each input.
///
/// - taps: in blocks of outputs by inputs. Of a `turned` convolution inputs are what the taps take
///   for outputs, and the other way round.
PRODUCT void load_kernels(
    const float *taps, ptrdiff_t tap_count, ptrdiff_t tap, int turned, ptrdiff_t input_block,
    ptrdiff_t input_blocks, ptrdiff_t output_block, ptrdiff_t output_blocks, Vector rows[16]) {
  ptrdiff_t block = turned ? input_block * output_blocks + output_block
                           : output_block * input_blocks + input_block;
  const Vector *from = (const Vector *)taps + (block * tap_count + tap) * 16;
  for (int row = 0; row < 16; row++) rows[row] = from[row];
  if (turned) transpose(rows);
}
#endif
