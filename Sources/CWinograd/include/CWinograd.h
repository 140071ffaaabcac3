// The transforms of Winograd's convolution F(4×4, 3×3): 3×3 kernels, stride 1, a border of one.
//
// A map of H × W is cut into tiles of 4×4 outputs, each computed from 6×6 inputs. Tiles, kernels
// and gradients are carried to 36 points, where a convolution is a product of matrices. The points
// lie `stride` floats apart; at each, rows of `channels` floats follow one another, one per tile.
//
// In C because each is compiled for several instruction sets and the processor picks one when the
// program starts, which Swift cannot do.
//
// Maps are of one sample, in blocks of 16 channels: channels / 16, height, width, 16, aligned to
// 64 bytes as everything here is. All but `bias` and `sums` may not overlap.
#pragma once
#include <stddef.h>

/// Bᵀ d B for the 6×6 inputs d of each tile, zeros beyond the map.
void cwinograd_input(
    const float *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, float *points,
    ptrdiff_t stride);

/// Aᵀ m A, the 4×4 outputs of each tile, plus the channel's bias unless it is NULL; negative ones
/// as zero where `rectifies`.
void cwinograd_output(
    const float *points, ptrdiff_t stride, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    const float *bias, int rectifies, float *maps);

/// A y Aᵀ for the 4×4 gradients y by the outputs of each tile; their sum in each channel goes to
/// `sums`.
void cwinograd_output_gradient(
    const float *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, float *points,
    ptrdiff_t stride, float *sums);

/// G g Gᵀ of the kernels `start` to `end` of `count`. Taps lie `count` floats apart, points too;
/// `start` and `end` are multiples of 16. `flips` turns the kernels by half a turn.
void cwinograd_kernel(
    const float *taps, ptrdiff_t count, ptrdiff_t start, ptrdiff_t end, int flips, float *points);

/// Gᵀ u G, the gradient by kernels from that by their transforms.
void cwinograd_kernel_gradient(
    const float *points, ptrdiff_t count, ptrdiff_t start, ptrdiff_t end, float *taps);
