#include "pixels.h"

static ptrdiff_t all_pairs(const cpixels_convolution *shape) {
  return chunk_pairs(shape->inputs, shape->outputs);
}

static ptrdiff_t gradient_size(const cpixels_convolution *shape) {
  return tap_count(shape) * channels_at_once * channels_at_once;
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

void cpixels_pack_pairs(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *pairs, float *sums) {}

void cpixels_gradient(
    const cpixels_convolution *shape, const void *sources, const void *results, ptrdiff_t start,
    ptrdiff_t end, float *partial, float *taps, void *scratch) {}

void cpixels_finish(
    const cpixels_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps) {}

#endif
