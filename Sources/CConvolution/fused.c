#include "CConvolution.h"
#include "products.h"
#include "units.h"
#include "winograd.h"

// Tiles whose transforms a thread's cache keeps, beside a part of the kernels or of the gradient.
enum { tiles_at_once = 32 };

// Outputs are multiplied in panels of 32, `product_columns`.

// Bytes between points: an odd number of cache lines, as at distances of a power of two all points
// would fall into the same few places of the cache.
static ptrdiff_t odd_lines(ptrdiff_t bytes) { return ((bytes + 63) / 64 | 1) * 64; }

enum {
  result_stride = tiles_at_once * 32 + 16,
  pair_stride = tiles_at_once / 2 * channels_at_once + 16,
  gradient_stride = channels_at_once * channels_at_once + 16,
};

// Of bytes: a row of all inputs for each of `tiles` tiles.
static ptrdiff_t input_stride(const cwinograd_convolution *shape, ptrdiff_t tiles) {
  return odd_lines(tiles * shape->inputs * 2);
}

// Of pairs: 32 outputs for each pair of inputs.
static ptrdiff_t kernel_stride(const cwinograd_convolution *shape) {
  return odd_lines(shape->inputs / 2 * 32 * 4) / 4;
}

/// Transformed pairs of tiles that stay in the cache the cores share.
static const ptrdiff_t most_pair_bytes = 10 << 20;

static ptrdiff_t tile_count(const cwinograd_convolution *shape) {
  return shape->samples * ((shape->height + 3) / 4) * ((shape->width + 3) / 4);
}

static ptrdiff_t block_count(const cwinograd_convolution *shape) {
  return (tile_count(shape) + tiles_at_once - 1) / tiles_at_once;
}

static ptrdiff_t all_pairs(const cwinograd_convolution *shape) {
  return chunk_pairs(shape->inputs, shape->outputs);
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

/// Where a tile's outputs begin.
typedef struct {
  ptrdiff_t sample, top, left;
} Tile;

INLINED Tile tile_at(const cwinograd_convolution *shape, ptrdiff_t index) {
  ptrdiff_t across = (shape->width + 3) / 4, of_sample = across * ((shape->height + 3) / 4);
  ptrdiff_t within = index % of_sample;
  return (Tile){index / of_sample, within / across * 4, within % across * 4};
}

/// How many tiles ahead maps are fetched into the cache, which does not foresee a tile's rows.
enum { fetched_ahead = 8 };

INLINED void fetch(
    const cwinograd_convolution *shape, ptrdiff_t index, Map map, ptrdiff_t blocks) {
  Tile tile = tile_at(shape, index);
  if (tile.sample >= shape->samples) return;
  map.block += tile.sample * map.blocks;
  for (ptrdiff_t block = 0; block < blocks; block++, map.block++)
    for (int i = 0; i < 4 && tile.top + i < map.height; i++) {
      const char *row = (const char *)map.values + (row_of(&map, tile.top + i) + tile.left) * 32;
      __builtin_prefetch(row);
      __builtin_prefetch(row + 64);
    }
}

// MARK: Convolution

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
          bfloat16_rounded, products + row * 32 + half * 16, result_stride, &shift, rectifies,
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

// MARK: Gradient by kernels

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

void cwinograd_fused_prepare(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    ptrdiff_t start, ptrdiff_t end, void *prepared) {}

void cwinograd_fused(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    const void *prepared, const float *bias, int rectifies, void *results, ptrdiff_t start,
    ptrdiff_t end, void *scratch) {}

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
