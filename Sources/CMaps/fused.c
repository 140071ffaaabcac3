#include "fused.h"

// Outputs are multiplied in panels of 32, `product_columns`.

// Of floats, from one point's products to the next one's.
enum { result_stride = tiles_at_once * 32 + 16 };

// Of bytes: a row of all inputs for each of `tiles` tiles.
static ptrdiff_t input_stride(const cwinograd_convolution *shape, ptrdiff_t tiles) {
  return odd_lines(tiles * shape->inputs * 2);
}

// Of pairs: 32 outputs for each pair of inputs.
static ptrdiff_t kernel_stride(const cwinograd_convolution *shape) {
  return odd_lines(shape->inputs / 2 * 32 * 4) / 4;
}

/// Whether tiles are transformed before anything else, and kernels when they are needed; else the
/// other way round. What is fewer, tiles × inputs or inputs × outputs, is read by all.
static int prepares_tiles(const cwinograd_convolution *shape) {
  return tile_count(shape) < shape->outputs;
}

enum { tiles_per_unit = 8 };

ptrdiff_t cwinograd_fused_preparing_units(const cwinograd_convolution *shape) {
  if (prepares_tiles(shape)) return (tile_count(shape) + tiles_per_unit - 1) / tiles_per_unit;
  return shape->outputs / 32 * (shape->inputs / 16);
}

ptrdiff_t cwinograd_fused_prepared_bytes(const cwinograd_convolution *shape) {
  if (prepares_tiles(shape)) return 36 * input_stride(shape, block_count(shape) * tiles_at_once);
  return shape->outputs / 32 * 36 * 4 * kernel_stride(shape);
}

ptrdiff_t cwinograd_fused_units(const cwinograd_convolution *shape) {
  return block_count(shape) * (shape->outputs / 32);
}

ptrdiff_t cwinograd_fused_scratch_bytes(const cwinograd_convolution *shape) {
  ptrdiff_t other = prepares_tiles(shape) ? 4 * kernel_stride(shape)
                                          : input_stride(shape, tiles_at_once);
  return 36 * (4 * result_stride + other);
}

#ifdef ROUNDING

/// What a convolution is made of, and whether kernels are turned.
typedef struct {
  const void *maps;
  const float *taps;
  int turned;
} Sources;

/// Transforms the kernels of 16 inputs and a panel of outputs, in pairs of inputs.
PRODUCT void transform_kernels(
    const cwinograd_convolution *shape, const Sources *from, ptrdiff_t input_block,
    ptrdiff_t panel, uint32_t *to) {
  to += input_block * 8 * 32;
  for (int half = 0; half < 2; half++, to += 16) {
    Vector block[9][16];
    for (int tap = 0; tap < 9; tap++)
      load_kernels(
          from->taps, 9, from->turned ? 8 - tap : tap, from->turned, input_block,
          shape->inputs / 16, 2 * panel + half, shape->outputs / 16, block[tap]);
    for (int pair = 0; pair < 8; pair++) {
      Vector points[2][36];
      for (int input = 0; input < 2; input++) {
        Vector kernel[9];
        for (int tap = 0; tap < 9; tap++) kernel[tap] = block[tap][2 * pair + input];
        transform_kernel(kernel, points[input]);
      }
      for (int q = 0; q < 36; q++)
        store_pairs(
            to + q * kernel_stride(shape) + pair * 32, &points[0][q], &points[1][q]);
    }
  }
}

/// Transforms the tiles from number `first` on, a row of all inputs per tile at each point.
static ROUNDING void transform_tiles(
    const cwinograd_convolution *shape, const Sources *from, ptrdiff_t first, ptrdiff_t count,
    void *points, ptrdiff_t stride) {
  ptrdiff_t blocks = shape->inputs / 16;
  Map all = {from->maps, 0, shape->height, shape->width, blocks};
  for (ptrdiff_t row = 0; row < count; row++) {
    Tile tile = tile_at(shape, first + row);
    fetch(shape, first + row + fetched_ahead, all, blocks);
    Map map = all;
    map.block = tile.sample * blocks;
    for (ptrdiff_t block = 0; block < blocks; block++, map.block++) {
      Vector result[36];
      transform_input(bfloat16_rounded, &map, tile.top - 1, tile.left - 1, result);
      for (int q = 0; q < 36; q++)
        store(bfloat16_rounded, points, q * stride / 32 + row * blocks + block, &result[q]);
    }
  }
}

ROUNDING void cwinograd_fused_prepare(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    ptrdiff_t start, ptrdiff_t end, void *prepared) {
  const Sources from = {maps, taps, turned};
  if (prepares_tiles(shape)) {
    ptrdiff_t first = start * tiles_per_unit;
    ptrdiff_t stride = input_stride(shape, block_count(shape) * tiles_at_once);
    transform_tiles(
        shape, &from, first, least(end * tiles_per_unit, tile_count(shape)) - first,
        (char *)prepared + first * shape->inputs * 2, stride);
  } else {
    ptrdiff_t blocks = shape->inputs / 16;
    for (ptrdiff_t unit = start; unit < end; unit++)
      transform_kernels(
          shape, &from, unit % blocks, unit / blocks,
          (uint32_t *)prepared + unit / blocks * 36 * kernel_stride(shape));
  }
}

/// Carries the products of up to `tiles_at_once` tiles with a panel of outputs back to maps.
static ROUNDING void restore_tiles(
    const cwinograd_convolution *shape, const float *products, ptrdiff_t first, ptrdiff_t count,
    ptrdiff_t panel, const float *bias, int rectifies, void *results) {
  Map map = {results, 0, shape->height, shape->width, shape->outputs / 16};
  for (ptrdiff_t row = 0; row < count; row++) {
    Tile tile = tile_at(shape, first + row);
    for (int half = 0; half < 2; half++) {
      ptrdiff_t channel = 2 * panel + half;
      Vector shift = bias ? ((const Vector *)bias)[channel] : (Vector){0};
      map.block = tile.sample * map.blocks + channel;
      restore_output(
          bfloat16_rounded, products + row * 32 + half * 16, result_stride, &shift, 0, rectifies,
          results, &map, tile.top, tile.left);
    }
  }
}

ROUNDING void cwinograd_fused(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    const void *prepared, const float *bias, int rectifies, void *results, ptrdiff_t start,
    ptrdiff_t end, void *scratch) {
  const Sources from = {maps, taps, turned};
  ptrdiff_t pairs = shape->inputs / 2, panels = shape->outputs / 32, blocks = block_count(shape);
  ptrdiff_t kernel_step = kernel_stride(shape);
  int has_tiles = prepares_tiles(shape);
  ptrdiff_t stride = input_stride(shape, has_tiles ? blocks * tiles_at_once : tiles_at_once);
  float *products = scratch;
  void *own = products + 36 * result_stride;
  ptrdiff_t last = -1;
  for (ptrdiff_t unit = start; unit < end; unit++) {
    // what is transformed now serves the units that follow
    ptrdiff_t panel = has_tiles ? unit / blocks : unit % panels;
    ptrdiff_t block = has_tiles ? unit % blocks : unit / panels;
    ptrdiff_t first = block * tiles_at_once;
    ptrdiff_t count = least(tiles_at_once, tile_count(shape) - first);
    const char *rows = own;
    const uint32_t *kernels = own;
    if (has_tiles) {
      rows = (const char *)prepared + first * shape->inputs * 2;
      if (panel != last)
        for (ptrdiff_t input = 0; input < shape->inputs / 16; input++)
          transform_kernels(shape, &from, input, panel, own);
      last = panel;
    } else {
      kernels = (const uint32_t *)prepared + panel * 36 * kernel_step;
      if (block != last) transform_tiles(shape, &from, first, count, own, stride);
      last = block;
    }
    for (int q = 0; q < 36; q++)
      for (ptrdiff_t row = 0; row < count; row += product_rows)
        multiply(
            (const uint32_t *)(rows + q * stride) + row * pairs, pairs, 1,
            kernels + q * kernel_step, 32, pairs, products + q * result_stride + row * 32, 32, 0);
    restore_tiles(shape, products, first, count, panel, bias, rectifies, results);
  }
}

#else

// Without the instruction there is nothing to call.

void cwinograd_fused_prepare(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    ptrdiff_t start, ptrdiff_t end, void *prepared) {}

void cwinograd_fused(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    const void *prepared, const float *bias, int rectifies, void *results, ptrdiff_t start,
    ptrdiff_t end, void *scratch) {}

#endif
