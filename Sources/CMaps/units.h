// How the gradient by the kernels is cut up among threads.
#pragma once
#include <stddef.h>

/// Channels of either side whose part of the gradient a thread's cache keeps while it is summed.
enum { channels_at_once = 64 };

/// The sums are of as many parts as make this many units of work, if there is so much to sum, for
/// any number of threads: in another order they would round differently.
enum { least_gradient_units = 8 };

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static inline ptrdiff_t chunk_count(ptrdiff_t channels) {
  return (channels + channels_at_once - 1) / channels_at_once;
}

static inline ptrdiff_t chunk_pairs(ptrdiff_t inputs, ptrdiff_t outputs) {
  return chunk_count(inputs) * chunk_count(outputs);
}

/// Parts of what is summed, of which there are `count`, for so many pairs of chunks.
static inline ptrdiff_t part_count(ptrdiff_t count, ptrdiff_t pairs) {
  return least(count, (least_gradient_units + pairs - 1) / pairs);
}

/// A chunk of the inputs and one of the outputs.
typedef struct {
  ptrdiff_t first_input, inputs, first_output, outputs;
} Chunks;

static inline Chunks chunks_at(ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t index) {
  ptrdiff_t across = chunk_count(outputs);
  ptrdiff_t input = index / across * channels_at_once, output = index % across * channels_at_once;
  return (Chunks){
      input, least(channels_at_once, inputs - input), output,
      least(channels_at_once, outputs - output)};
}

/// A pair of chunks is finished by this many rows at a time.
enum { finished_rows = 8, finishing_units = channels_at_once / finished_rows };
