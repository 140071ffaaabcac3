// Pooling of maps of float32, for processors whose oneDNN has plain loops for blocks of 16 channels.
//
// Units of work are the blocks of all samples: samples × channels / 16.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
  ptrdiff_t source_height, source_width, result_height, result_width;
  ptrdiff_t window_height, window_width;
  ptrdiff_t stride_down, stride_across, padding_down, padding_across;
} cpooling;

/// The largest of each window; what is not a number is larger than any. `winners`, unless it is
/// NULL, gets the place of each in its window, of which there are no more than 256: the first of
/// equal ones.
void cpooling_largest(
    const cpooling *shape, const float *maps, ptrdiff_t start, ptrdiff_t end, float *results,
    uint8_t *winners);
void cpooling_largest_gradient(
    const cpooling *shape, const float *gradients, const uint8_t *winners, ptrdiff_t start,
    ptrdiff_t end, float *results);

/// The mean of each window, zeros beyond the map included.
void cpooling_mean(
    const cpooling *shape, const float *maps, ptrdiff_t start, ptrdiff_t end, float *results);
void cpooling_mean_gradient(
    const cpooling *shape, const float *gradients, ptrdiff_t start, ptrdiff_t end,
    float *results);
