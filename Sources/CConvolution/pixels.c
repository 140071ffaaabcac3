#include "CConvolution.h"
#include "products.h"
#include "units.h"

// Rows of results that a thread sums at a time.
enum { samples_at_once = 128 };

static ptrdiff_t all_pairs(const cpixels_convolution *shape) {
  return chunk_pairs(shape->inputs, shape->outputs);
}

static ptrdiff_t tap_count(const cpixels_convolution *shape) {
  return shape->kernel_height * shape->kernel_width;
}

static ptrdiff_t gradient_size(const cpixels_convolution *shape) {
  return tap_count(shape) * channels_at_once * channels_at_once;
}

static ptrdiff_t result_pixels(const cpixels_convolution *shape) {
  return shape->result_height * shape->result_width;
}

// Pairs of numbers from one pixel to the next: an odd number of cache lines, as at distances of a
// power of two all pixels would fall into the same few places of the cache.
static ptrdiff_t pixel_stride(ptrdiff_t samples, ptrdiff_t channels) {
  return ((samples + 7) / 8 * 8 * channels / 32 | 1) * 16;
}

ptrdiff_t cpixels_bytes(ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels) {
  return pixels * 4 * pixel_stride(samples, channels);
}

ptrdiff_t cpixels_kernel_units(const cpixels_convolution *shape) {
  return shape->outputs / 32 * (shape->inputs / 16);
}

ptrdiff_t cpixels_units(const cpixels_convolution *shape) {
  return result_pixels(shape) * (shape->outputs / 32);
}

ptrdiff_t cpixels_gradient_parts(const cpixels_convolution *shape) {
  return part_count(result_pixels(shape), all_pairs(shape));
}

ptrdiff_t cpixels_gradient_units(const cpixels_convolution *shape) {
  return cpixels_gradient_parts(shape) * all_pairs(shape);
}

ptrdiff_t cpixels_gradient_bytes(const cpixels_convolution *shape) {
  return 4 * gradient_size(shape);
}

ptrdiff_t cpixels_finishing_units(const cpixels_convolution *shape) {
  return all_pairs(shape) * finishing_units;
}

#ifdef ROUNDING

// MARK: Packing

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

ROUNDING void cpixels_pack_pairs(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *pairs, float *sums) {
  ptrdiff_t blocks = channels / 16, stride = pixel_stride(samples, channels);
  for (ptrdiff_t pair = start; pair < end; pair++)
    for (ptrdiff_t block = 0; block < blocks; block++) {
      ptrdiff_t chunk = block * 16 / channels_at_once * channels_at_once;
      ptrdiff_t width = least(channels_at_once, channels - chunk);
      uint32_t *to = (uint32_t *)pairs + chunk * ((samples + 1) / 2) + pair * width
                     + (block * 16 - chunk);
      ptrdiff_t first = (2 * pair * blocks + block) * pixels, second = first + blocks * pixels;
      Vector sum = {0};
      for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, to += stride) {
        Vector a, b = {0};
        load(bfloat16_rounded, maps, first + pixel, &a);
        if (2 * pair + 1 < samples) load(bfloat16_rounded, maps, second + pixel, &b);
        sum += a + b;
        store_pairs(to, &a, &b);
      }
      if (sums) ((Vector *)sums)[pair * blocks + block] = sum;
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

// MARK: Convolution

/// The pixel of the source that a tap finds at a place of the result, or -1 beyond the map.
INLINED ptrdiff_t place_on(
    ptrdiff_t place, ptrdiff_t tap, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t extent) {
  ptrdiff_t on = place * stride + tap - padding;
  return on >= 0 && on < extent ? on : -1;
}

/// The place of a result at which a tap finds a pixel of the source, or -1 where there is none.
INLINED ptrdiff_t place_from(
    ptrdiff_t pixel, ptrdiff_t tap, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t extent) {
  ptrdiff_t from = pixel + padding - tap;
  return from >= 0 && from % stride == 0 && from / stride < extent ? from / stride : -1;
}

/// The pixel whose rows a tap multiplies for pixel number `pixel` of what is computed, or -1.
INLINED ptrdiff_t pixel_at(
    const cpixels_convolution *shape, int turned, ptrdiff_t pixel, ptrdiff_t tap) {
  ptrdiff_t row = pixel / shape->result_width, column = pixel % shape->result_width;
  ptrdiff_t down = tap / shape->kernel_width, across = tap % shape->kernel_width;
  ptrdiff_t (*place)(ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t) =
      turned ? place_from : place_on;
  ptrdiff_t y = place(row, down, shape->stride_down, shape->padding_down, shape->source_height);
  ptrdiff_t x =
      place(column, across, shape->stride_across, shape->padding_across, shape->source_width);
  return y < 0 || x < 0 ? -1 : y * shape->source_width + x;
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

// MARK: Gradient by kernels

/// Writes rows of the summed gradient to the taps.
static ROUNDING void store_taps(
    const cpixels_convolution *shape, Chunks chunks, ptrdiff_t start, ptrdiff_t end,
    const float *gradient, float *taps) {
  ptrdiff_t count = tap_count(shape);
  for (ptrdiff_t tap = 0; tap < count; tap++)
    for (ptrdiff_t row = start; row < end; row++)
      for (ptrdiff_t column = 0; column < chunks.outputs; column += 16) {
        ptrdiff_t input = chunks.first_input + row, block = (chunks.first_output + column) / 16;
        ptrdiff_t number = block * (shape->inputs / 16) + input / 16;
        ((Vector *)taps)[(number * count + tap) * 16 + input % 16] = *(const Vector *)(
            gradient + (tap * channels_at_once + row) * channels_at_once + column);
      }
}

ROUNDING void cpixels_gradient(
    const cpixels_convolution *shape, const void *sources, const void *results, ptrdiff_t start,
    ptrdiff_t end, float *partial, float *taps, void *scratch) {
  ptrdiff_t parts = cpixels_gradient_parts(shape), pair_count = all_pairs(shape);
  ptrdiff_t pairs = (shape->samples + 1) / 2;
  ptrdiff_t source_stride = pixel_stride(shape->samples, shape->inputs);
  ptrdiff_t result_stride = pixel_stride(shape->samples, shape->outputs);
  ptrdiff_t pixels = result_pixels(shape), size = gradient_size(shape);
  float *gradient = scratch;
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t part = unit / pair_count;
    Chunks chunks = chunks_at(shape->inputs, shape->outputs, unit % pair_count);
    if (parts > 1) gradient = partial + unit * size;
    for (ptrdiff_t i = 0; i < size / 16; i++) ((Vector *)gradient)[i] = (Vector){0};
    for (ptrdiff_t pixel = pixels * part / parts; pixel < pixels * (part + 1) / parts; pixel++) {
      const uint32_t *result =
          (const uint32_t *)results + pixel * result_stride + chunks.first_output * pairs;
      for (ptrdiff_t tap = 0; tap < tap_count(shape); tap++) {
        ptrdiff_t on = pixel_at(shape, 0, pixel, tap);
        if (on < 0) continue;
        const uint32_t *source =
            (const uint32_t *)sources + on * source_stride + chunks.first_input * pairs;
        for (ptrdiff_t output = 0; output < chunks.outputs; output += product_columns)
          for (ptrdiff_t input = 0; input < chunks.inputs; input += product_rows)
            multiply(
                source + input, 1, chunks.inputs, result + output, chunks.outputs, pairs,
                gradient + (tap * channels_at_once + input) * channels_at_once + output,
                channels_at_once, 1);
      }
    }
    if (parts == 1) store_taps(shape, chunks, 0, chunks.inputs, gradient, taps);
  }
}

ROUNDING void cpixels_finish(
    const cpixels_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps) {
  ptrdiff_t parts = cpixels_gradient_parts(shape), pair_count = all_pairs(shape);
  ptrdiff_t size = gradient_size(shape);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t index = unit / finishing_units, row = unit % finishing_units * finished_rows;
    Chunks chunks = chunks_at(shape->inputs, shape->outputs, index);
    if (row >= chunks.inputs) continue;
    float *gradient = partial + index * size;
    for (ptrdiff_t part = 1; part < parts; part++) {
      const float *other = gradient + part * pair_count * size;
      for (ptrdiff_t tap = 0; tap < tap_count(shape); tap++) {
        ptrdiff_t at = (tap * channels_at_once + row) * channels_at_once / 16;
        for (ptrdiff_t i = at; i < at + finished_rows * channels_at_once / 16; i++)
          ((Vector *)gradient)[i] += ((const Vector *)other)[i];
      }
    }
    store_taps(shape, chunks, row, row + finished_rows, gradient, taps);
  }
}

#else

// Without the instruction there is nothing to call.

void cpixels_pack(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *rows) {}

void cpixels_pack_pairs(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *pairs, float *sums) {}

void cpixels_kernels(
    const cpixels_convolution *shape, const float *taps, int turned, ptrdiff_t start,
    ptrdiff_t end, void *kernels) {}

void cpixels_convolve(
    const cpixels_convolution *shape, const void *rows, const void *kernels, int turned,
    const float *bias, int rectifies, void *results, ptrdiff_t start, ptrdiff_t end) {}

void cpixels_gradient(
    const cpixels_convolution *shape, const void *sources, const void *results, ptrdiff_t start,
    ptrdiff_t end, float *partial, float *taps, void *scratch) {}

void cpixels_finish(
    const cpixels_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps) {}

#endif
