#include "fused.h"

// From one point to the next: of pairs of numbers, and of floats.
enum {
  pair_stride = tiles_at_once / 2 * channels_at_once + 16,
  gradient_stride = channels_at_once * channels_at_once + 16,
};

/// Transformed pairs of tiles that stay in the cache the cores share.
static const ptrdiff_t most_pair_bytes = 10 << 20;

static ptrdiff_t all_pairs(const cwinograd_convolution *shape) {
  return chunk_pairs(shape->inputs, shape->outputs);
}

ptrdiff_t cwinograd_fused_pair_units(const cwinograd_convolution *shape) {
  ptrdiff_t chunks = chunk_count(shape->inputs) + chunk_count(shape->outputs);
  ptrdiff_t units = chunks * block_count(shape);
  // without a second use of any there is nothing to gain
  return chunks > 2 && units * 36 * 4 * pair_stride <= most_pair_bytes ? units : 0;
}

ptrdiff_t cwinograd_fused_pair_bytes(const cwinograd_convolution *shape) {
  return cwinograd_fused_pair_units(shape) * 36 * 4 * pair_stride;
}

ptrdiff_t cwinograd_fused_blocks(const cwinograd_convolution *shape) {
  return block_count(shape);
}

ptrdiff_t cwinograd_fused_gradient_parts(const cwinograd_convolution *shape) {
  return part_count(block_count(shape), all_pairs(shape));
}

ptrdiff_t cwinograd_fused_gradient_units(const cwinograd_convolution *shape) {
  return cwinograd_fused_gradient_parts(shape) * all_pairs(shape);
}

ptrdiff_t cwinograd_fused_finishing_units(const cwinograd_convolution *shape) {
  return all_pairs(shape) * finishing_units;
}

ptrdiff_t cwinograd_fused_gradient_scratch_bytes(void) {
  return 36 * 4 * (2 * pair_stride + gradient_stride);
}

ptrdiff_t cwinograd_fused_partial_bytes(const cwinograd_convolution *shape) {
  ptrdiff_t parts = cwinograd_fused_gradient_parts(shape);
  return parts == 1 ? 0 : parts * all_pairs(shape) * 36 * 4 * gradient_stride;
}

#ifdef ROUNDING

INLINED void add(double sums[16], const Vector *values) {
  for (int lane = 0; lane < 16; lane++) sums[lane] += (*values)[lane];
}

/// Transforms two tiles of up to `channels_at_once` channels into pairs; one beyond the last is
/// zero. Gradients are also summed by channel, unless `sums` is NULL.
PRODUCT void transform_pair(
    const cwinograd_convolution *shape, Map all, ptrdiff_t first, ptrdiff_t end,
    ptrdiff_t blocks, int is_gradient, double *sums, uint32_t *pairs) {
  Tile tiles[2] = {tile_at(shape, first), tile_at(shape, first + 1)};
  for (ptrdiff_t block = 0; block < blocks; block++) {
    Vector points[2][36];
    for (int which = 0; which < 2; which++) {
      Tile tile = tiles[which];
      if (first + which == end) {
        for (int q = 0; q < 36; q++) points[which][q] = (Vector){0};
        continue;
      }
      Map map = all;
      map.block += tile.sample * all.blocks + block;
      if (is_gradient) {
        Vector sum;
        transform_output_gradient(
            bfloat16_rounded, &map, tile.top, tile.left, points[which], &sum);
        if (sums) add(sums + 16 * block, &sum);
      } else {
        transform_input(bfloat16_rounded, &map, tile.top - 1, tile.left - 1, points[which]);
      }
    }
    for (int q = 0; q < 36; q++)
      store_pairs(pairs + q * pair_stride + 16 * block, &points[0][q], &points[1][q]);
  }
}

/// Transforms the tiles of a block, of the channels of a chunk, into pairs.
static ROUNDING void transform_pairs(
    const cwinograd_convolution *shape, const void *maps, ptrdiff_t channels, ptrdiff_t chunk,
    ptrdiff_t block, int is_gradient, double *sums, uint32_t *pairs) {
  Map map = {
      maps, chunk * channels_at_once / 16, shape->height, shape->width, channels / 16};
  ptrdiff_t blocks = least(channels_at_once, channels - chunk * channels_at_once) / 16;
  ptrdiff_t first = block * tiles_at_once;
  ptrdiff_t end = least(first + tiles_at_once, tile_count(shape));
  if (sums)
    for (ptrdiff_t channel = 0; channel < blocks * 16; channel++) sums[channel] = 0;
  for (ptrdiff_t tile = first; tile < end; tile += 2, pairs += channels_at_once) {
    for (int which = 0; which < 2; which++)
      fetch(shape, tile + fetched_ahead + which, map, blocks);
    transform_pair(shape, map, tile, end, blocks, is_gradient, sums, pairs);
  }
}

ROUNDING void cwinograd_fused_pairs(
    const cwinograd_convolution *shape, const void *maps, const void *gradients, ptrdiff_t start,
    ptrdiff_t end, double *sums, void *pairs) {
  ptrdiff_t blocks = block_count(shape), input_chunks = chunk_count(shape->inputs);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    uint32_t *to = (uint32_t *)pairs + unit * 36 * pair_stride;
    ptrdiff_t block = unit % blocks, chunk = unit / blocks, output = chunk - input_chunks;
    if (chunk < input_chunks)
      transform_pairs(shape, maps, shape->inputs, chunk, block, 0, NULL, to);
    else
      transform_pairs(
          shape, gradients, shape->outputs, output, block, 1,
          sums + block * shape->outputs + output * channels_at_once, to);
  }
}

/// Carries rows of a gradient at the points back to the taps.
static ROUNDING void restore_taps(
    const cwinograd_convolution *shape, Chunks chunks, ptrdiff_t start, ptrdiff_t end,
    const float *gradient, float *taps) {
  for (ptrdiff_t input = start; input < end; input++)
    for (ptrdiff_t output = 0; output < chunks.outputs; output += 16)
      restore_kernel_gradient(
          gradient + input * channels_at_once + output, gradient_stride,
          taps + first_tap(
              shape->inputs, chunks.first_input + input, (chunks.first_output + output) / 16));
}

ROUNDING void cwinograd_fused_gradient(
    const cwinograd_convolution *shape, const void *maps, const void *gradients,
    const void *pairs, ptrdiff_t start, ptrdiff_t end, float *partial, double *sums, float *taps,
    void *scratch) {
  ptrdiff_t parts = cwinograd_fused_gradient_parts(shape), pair_count = all_pairs(shape);
  ptrdiff_t blocks = block_count(shape), across = chunk_count(shape->outputs);
  uint32_t *own_inputs = scratch, *own_outputs = own_inputs + 36 * pair_stride;
  float *gradient = (float *)(own_outputs + 36 * pair_stride);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t part = unit / pair_count, index = unit % pair_count;
    ptrdiff_t input_chunk = index / across, output_chunk = index % across;
    Chunks chunks = chunks_at(shape->inputs, shape->outputs, index);
    if (parts > 1) gradient = partial + unit * 36 * gradient_stride;
    ptrdiff_t first = blocks * part / parts;
    for (ptrdiff_t block = first; block < blocks * (part + 1) / parts; block++) {
      const uint32_t *inputs = own_inputs, *outputs = own_outputs;
      if (pairs) {
        inputs = (const uint32_t *)pairs + (input_chunk * blocks + block) * 36 * pair_stride;
        outputs = (const uint32_t *)pairs
                  + ((chunk_count(shape->inputs) + output_chunk) * blocks + block) * 36
                        * pair_stride;
      } else {
        double *block_sums = sums + block * shape->outputs + chunks.first_output;
        transform_pairs(
            shape, maps, shape->inputs, input_chunk, block, 0, NULL, own_inputs);
        transform_pairs(
            shape, gradients, shape->outputs, output_chunk, block, 1,
            input_chunk == 0 ? block_sums : NULL, own_outputs);
      }
      ptrdiff_t count =
          least(tiles_at_once, tile_count(shape) - block * tiles_at_once);
      for (int q = 0; q < 36; q++)
        for (ptrdiff_t output = 0; output < chunks.outputs; output += product_columns)
          for (ptrdiff_t input = 0; input < chunks.inputs; input += product_rows)
            multiply(
                inputs + q * pair_stride + input, 1, channels_at_once,
                outputs + q * pair_stride + output, channels_at_once, (count + 1) / 2,
                gradient + q * gradient_stride + input * channels_at_once + output,
                channels_at_once, block > first);
    }
    if (parts == 1) restore_taps(shape, chunks, 0, chunks.inputs, gradient, taps);
  }
}

ROUNDING void cwinograd_fused_finish(
    const cwinograd_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps) {
  ptrdiff_t parts = cwinograd_fused_gradient_parts(shape), pairs = all_pairs(shape);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t pair = unit / finishing_units, row = unit % finishing_units * finished_rows;
    Chunks chunks = chunks_at(shape->inputs, shape->outputs, pair);
    if (row >= chunks.inputs) continue;
    float *gradient = partial + pair * 36 * gradient_stride;
    for (ptrdiff_t part = 1; part < parts; part++) {
      const float *other = gradient + part * pairs * 36 * gradient_stride;
      for (int q = 0; q < 36; q++) {
        ptrdiff_t at = q * gradient_stride + row * channels_at_once;
        for (ptrdiff_t i = 0; i < finished_rows * channels_at_once / 16; i++)
          ((Vector *)(gradient + at))[i] += ((const Vector *)(other + at))[i];
      }
    }
    restore_taps(shape, chunks, row, row + finished_rows, gradient, taps);
  }
}

#else

// Without the instruction there is nothing to call.

void cwinograd_fused_pairs(
    const cwinograd_convolution *shape, const void *maps, const void *gradients, ptrdiff_t start,
    ptrdiff_t end, double *sums, void *pairs) {}

void cwinograd_fused_gradient(
    const cwinograd_convolution *shape, const void *maps, const void *gradients,
    const void *pairs, ptrdiff_t start, ptrdiff_t end, float *partial, double *sums, float *taps,
    void *scratch) {}

void cwinograd_fused_finish(
    const cwinograd_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps) {}

#endif
