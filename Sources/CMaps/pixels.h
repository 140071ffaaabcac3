// How pixels lie in memory, and which of them a tap brings together.
#pragma once
#include "convolution.h"
#include "products.h"
#include "units.h"

static inline ptrdiff_t tap_count(const cpixels_convolution *shape) {
  return shape->kernel_height * shape->kernel_width;
}

static inline ptrdiff_t result_pixels(const cpixels_convolution *shape) {
  return shape->result_height * shape->result_width;
}

// Pairs of numbers from one pixel to the next: an odd number of cache lines, as at distances of a
// power of two all pixels would fall into the same few places of the cache.
static inline ptrdiff_t pixel_stride(ptrdiff_t samples, ptrdiff_t channels) {
  return ((samples + 7) / 8 * 8 * channels / 32 | 1) * 16;
}

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
