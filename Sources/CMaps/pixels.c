#include "pixels.h"

// Rows of results that a thread sums at a time.
enum { samples_at_once = 128 };

ptrdiff_t cpixels_bytes(ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels) {
  return pixels * 4 * pixel_stride(samples, channels);
}

ptrdiff_t cpixels_kernel_units(const cpixels_convolution *shape) {
  return shape->outputs / 32 * (shape->inputs / 16);
}

ptrdiff_t cpixels_units(const cpixels_convolution *shape) {
  return result_pixels(shape) * (shape->outputs / 32);
}

#ifdef ROUNDING

ROUNDING void cpixels_pack(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *rows) {
  ptrdiff_t blocks = channels / 16, stride = pixel_stride(samples, channels) / 8;
  for (ptrdiff_t sample = start; sample < end; sample++)
    for (ptrdiff_t block = 0; block < blocks; block += 2) {
      const Halves *low = (const Halves *)maps + (sample * blocks + block) * pixels;
      const Halves *high = low + pixels;
      Halves *to = (Halves *)rows + sample * blocks + block;
      for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, to += stride) {
        to[0] = low[pixel];
        to[1] = high[pixel];
      }
    }
}

ROUNDING void cpixels_kernels(
    const cpixels_convolution *shape, const float *taps, int turned, ptrdiff_t start,
    ptrdiff_t end, void *kernels) {
  ptrdiff_t input_blocks = shape->inputs / 16, count = tap_count(shape);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t panel = unit / input_blocks, input_block = unit % input_blocks;
    for (ptrdiff_t tap = 0; tap < count; tap++) {
      uint32_t *to = (uint32_t *)kernels
                     + ((panel * count + tap) * shape->inputs / 2 + input_block * 8) * 32;
      for (int half = 0; half < 2; half++, to += 16) {
        Vector rows[16];
        load_kernels(
            taps, count, tap, turned, input_block, input_blocks, 2 * panel + half,
            shape->outputs / 16, rows);
        for (int pair = 0; pair < 8; pair++)
          store_pairs(to + pair * 32, &rows[2 * pair], &rows[2 * pair + 1]);
      }
    }
  }
}

ROUNDING void cpixels_convolve(
    const cpixels_convolution *shape, const void *rows, const void *kernels, int turned,
    const float *bias, int rectifies, void *results, ptrdiff_t start, ptrdiff_t end) {
  ptrdiff_t pairs = shape->inputs / 2, panels = shape->outputs / 32, taps = tap_count(shape);
  ptrdiff_t pixels = result_pixels(shape), stride = pixel_stride(shape->samples, shape->inputs);
  // whatever is more bytes is gone through once
  int by_panel = taps * shape->outputs
                 > shape->samples * shape->source_height * shape->source_width;
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t pixel = by_panel ? unit % pixels : unit / panels;
    ptrdiff_t panel = by_panel ? unit / pixels : unit % panels;
    for (ptrdiff_t first = 0; first < shape->samples; first += samples_at_once) {
      ptrdiff_t count = least(samples_at_once, shape->samples - first);
      _Alignas(64) float sums[samples_at_once * 32];
      int accumulates = 0;
      for (ptrdiff_t tap = 0; tap < taps; tap++) {
        ptrdiff_t from = pixel_at(shape, turned, pixel, tap);
        if (from < 0) continue;
        const uint32_t *row = (const uint32_t *)rows + from * stride + first * pairs;
        const uint32_t *kernel = (const uint32_t *)kernels + (panel * taps + tap) * pairs * 32;
        for (ptrdiff_t sample = 0; sample < count; sample += product_rows)
          multiply(
              row + sample * pairs, pairs, 1, kernel, 32, pairs, sums + sample * 32, 32,
              accumulates);
        accumulates = 1;
      }
      for (ptrdiff_t sample = 0; sample < count; sample++)
        for (int half = 0; half < 2; half++) {
          ptrdiff_t block = 2 * panel + half;
          Vector value = bias ? ((const Vector *)bias)[block] : (Vector){0};
          // where no tap finds a pixel there is no sum
          if (accumulates) value += *(const Vector *)(sums + sample * 32 + half * 16);
          if (rectifies) rectify(&value);
          ptrdiff_t map = (first + sample) * (shape->outputs / 16) + block;
          store(bfloat16_rounded, results, map * pixels + pixel, &value);
        }
    }
  }
}

#else

// Without the instruction there is nothing to call.

void cpixels_pack(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *rows) {}

void cpixels_kernels(
    const cpixels_convolution *shape, const float *taps, int turned, ptrdiff_t start,
    ptrdiff_t end, void *kernels) {}

void cpixels_convolve(
    const cpixels_convolution *shape, const void *rows, const void *kernels, int turned,
    const float *bias, int rectifies, void *results, ptrdiff_t start, ptrdiff_t end) {}

#endif
