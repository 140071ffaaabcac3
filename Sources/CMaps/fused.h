// How tiles lie among maps and in memory, for the convolution and for its gradient by the kernels.
#pragma once
#include "convolution.h"
#include "products.h"
#include "units.h"
#include "winograd.h"

// Tiles whose transforms a thread's cache keeps, beside a part of the kernels or of the gradient.
enum { tiles_at_once = 32 };

// Bytes between points: an odd number of cache lines, as at distances of a power of two all points
// would fall into the same few places of the cache.
static inline ptrdiff_t odd_lines(ptrdiff_t bytes) { return ((bytes + 63) / 64 | 1) * 64; }

static inline ptrdiff_t tile_count(const cwinograd_convolution *shape) {
  return shape->samples * ((shape->height + 3) / 4) * ((shape->width + 3) / 4);
}

static inline ptrdiff_t block_count(const cwinograd_convolution *shape) {
  return (tile_count(shape) + tiles_at_once - 1) / tiles_at_once;
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

#endif
