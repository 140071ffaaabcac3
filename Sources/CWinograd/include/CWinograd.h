// The transforms of Winograd's convolution F(4×4, 3×3): 3×3 kernels, stride 1, a border of one.
//
// A map of H × W is cut into tiles of 4×4 outputs, each computed from 6×6 inputs. Tiles, kernels
// and gradients are carried to 36 points, where a convolution is a product of matrices. The points
// lie `stride` elements apart; at each, rows of `channels` elements follow one another, one per
// tile. What a product yields is float32; what goes into it may be bfloat16, and so may maps.
//
// In C because each is compiled for several instruction sets and the processor picks one when the
// program starts, which Swift cannot do.
//
// Maps are of one sample, in blocks of 16 channels: channels / 16, height, width, 16. Kernels are
// in blocks of 16 by 16: outputs / 16, inputs / 16, height, width, 16 inputs, 16 outputs; at a
// point a row per input. All is aligned to 64 bytes, `stride` times an element's size too. All but
// `bias` and `sums` may not overlap.
#pragma once
#include <stddef.h>

/// What an array consists of.
typedef enum { cwinograd_float32, cwinograd_bfloat16 } cwinograd_type;

/// Bᵀ d B for the 6×6 inputs d of each tile, zeros beyond the map. Points are of the maps' type.
void cwinograd_input(
    cwinograd_type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride);

/// Aᵀ m A, the 4×4 outputs of each tile, plus the channel's bias unless it is NULL; negative ones
/// as zero where `rectifies`. The maps are of `type`.
void cwinograd_output(
    cwinograd_type type, const float *points, ptrdiff_t stride, ptrdiff_t channels,
    ptrdiff_t height, ptrdiff_t width, const float *bias, int rectifies, void *maps);

/// A y Aᵀ for the 4×4 gradients y by the outputs of each tile; their sum in each channel goes to
/// `sums`. Points are of the maps' type.
void cwinograd_output_gradient(
    cwinograd_type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride, float *sums);

/// G g Gᵀ of the kernels of the inputs `start` to `end`, multiples of 16. `flips` turns the kernels
/// by half a turn. The points are of `type`.
void cwinograd_kernel(
    cwinograd_type type, const float *taps, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, int flips, void *points, ptrdiff_t stride);

/// Gᵀ u G, the gradient by kernels from that by their transforms.
void cwinograd_kernel_gradient(
    const float *points, ptrdiff_t stride, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, float *taps);
