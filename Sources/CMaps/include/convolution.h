// Convolutions of maps, and what they are made of.
//
// Kernels are of float32, in blocks of 16 by 16: outputs / 16, inputs / 16, height, width, 16 inputs,
// 16 outputs.
#pragma once
#include <stddef.h>

// MARK: Winograd's transforms

// Winograd's convolution F(4×4, 3×3): 3×3 kernels, stride 1, a border of one.
//
// A map of H × W is cut into tiles of 4×4 outputs, each computed from 6×6 inputs. Tiles, kernels
// and gradients are carried to 36 points, where a convolution is a product of matrices. The points
// lie `stride` elements apart, a multiple of 64 bytes; at each, rows of `channels` elements follow
// one another, one per tile, and for kernels one per input. What a product yields is float32; what
// goes into it may be bfloat16, and so may maps, here of one sample.

/// What an array consists of.
typedef enum { cwinograd_float32, cwinograd_bfloat16 } cwinograd_type;

/// Bᵀ d B for the 6×6 inputs d of each tile, zeros beyond the map. Points are of the maps' type.
void cwinograd_input(
    cwinograd_type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride);

/// Aᵀ m A, the 4×4 outputs of each tile, plus the channel's bias unless it is NULL, plus what the maps
/// hold where it `accumulates`; negative ones as zero where it `rectifies`. The maps are of `type`.
void cwinograd_output(
    cwinograd_type type, const float *points, ptrdiff_t stride, ptrdiff_t channels,
    ptrdiff_t height, ptrdiff_t width, const float *bias, int accumulates, int rectifies,
    void *maps);

/// A y Aᵀ for the 4×4 gradients y by the outputs of each tile; their sum in each channel goes to
/// `sums`. Points are of the maps' type.
void cwinograd_output_gradient(
    cwinograd_type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride, float *sums);

/// G g Gᵀ of the kernels of the inputs `start` to `end`, multiples of 16. `turned` turns the kernels
/// by half a turn. The points are of `type`.
void cwinograd_kernel(
    cwinograd_type type, const float *taps, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, int turned, void *points, ptrdiff_t stride);

/// Gᵀ u G, the gradient by kernels from that by their transforms.
void cwinograd_kernel_gradient(
    const float *points, ptrdiff_t stride, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, float *taps);

// MARK: In bfloat16

/// Whether the processor has an instruction for products of bfloat16. Without it nothing below may
/// be called.
int cconvolution_multiplies_bfloat16(void);

// MARK: Fused

// Winograd's convolution with transforms, products and transforms back in one go, for a few tiles at
// a time that stay in a thread's cache. Maps are of bfloat16, of all samples.
//
// The work comes in units, which threads may share in any way: a result is summed in the same order
// whoever computes it. Channels are multiples of 32.

/// Maps of `inputs` channels convolved to maps of `outputs` channels.
typedef struct {
  ptrdiff_t samples, inputs, outputs, height, width;
} cwinograd_convolution;

/// The convolution plus the channel's bias unless it is NULL, negative ones as zero where
/// `rectifies`. Of tiles and kernels what is fewer is transformed by `prepare`, to memory all
/// threads read, and the rest when it is needed, to `scratch`, each thread's own.
///
/// `turned`: for the gradient by a convolution's inputs, which is a convolution of that by its
/// outputs with the kernels turned by half a turn; `shape` is that one's, the taps are the first's.
void cwinograd_fused_prepare(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    ptrdiff_t start, ptrdiff_t end, void *prepared);
ptrdiff_t cwinograd_fused_preparing_units(const cwinograd_convolution *shape);
ptrdiff_t cwinograd_fused_prepared_bytes(const cwinograd_convolution *shape);

void cwinograd_fused(
    const cwinograd_convolution *shape, const void *maps, const float *taps, int turned,
    const void *prepared, const float *bias, int rectifies, void *results, ptrdiff_t start,
    ptrdiff_t end, void *scratch);
ptrdiff_t cwinograd_fused_units(const cwinograd_convolution *shape);
ptrdiff_t cwinograd_fused_scratch_bytes(const cwinograd_convolution *shape);

/// Transforms both sources of the gradient, tiles in pairs, for all threads. Where
/// `cwinograd_fused_pair_units` is 0 that does not pay, and `cwinograd_fused_gradient` does it. `sums`
/// gets those of the gradients by block of tiles and output: `cwinograd_fused_blocks` × outputs.
void cwinograd_fused_pairs(
    const cwinograd_convolution *shape, const void *maps, const void *gradients, ptrdiff_t start,
    ptrdiff_t end, double *sums, void *pairs);
ptrdiff_t cwinograd_fused_pair_units(const cwinograd_convolution *shape);
ptrdiff_t cwinograd_fused_pair_bytes(const cwinograd_convolution *shape);
ptrdiff_t cwinograd_fused_blocks(const cwinograd_convolution *shape);

/// The gradient by the taps, from the maps and the gradients by the results, or from `pairs` unless
/// it is NULL, else `sums` are written here. The tiles are summed in
/// `cwinograd_fused_gradient_parts` parts. Where that is more than one, the sums of each are left
/// in `partial` for `cwinograd_fused_finish`.
void cwinograd_fused_gradient(
    const cwinograd_convolution *shape, const void *maps, const void *gradients,
    const void *pairs, ptrdiff_t start, ptrdiff_t end, float *partial, double *sums, float *taps,
    void *scratch);
ptrdiff_t cwinograd_fused_gradient_units(const cwinograd_convolution *shape);
ptrdiff_t cwinograd_fused_gradient_scratch_bytes(void);
ptrdiff_t cwinograd_fused_gradient_parts(const cwinograd_convolution *shape);
ptrdiff_t cwinograd_fused_partial_bytes(const cwinograd_convolution *shape);

/// Adds the parts up and carries the sums back to the taps.
void cwinograd_fused_finish(
    const cwinograd_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps);
ptrdiff_t cwinograd_fused_finishing_units(const cwinograd_convolution *shape);

// MARK: Pixel by pixel

// Any convolution by its definition: for each pixel of the result and each tap that finds a pixel
// of the source, a product of matrices with a row per sample. What taps find beyond the map is not
// multiplied, which on maps of few pixels is most of it. Maps are of bfloat16, of all samples.
//
// Units of work and channels as above.

/// Maps of `inputs` channels convolved to maps of `outputs` channels. For the gradient by the
/// source, `turned`, what is computed is the result: inputs, outputs and sizes swap places.
typedef struct {
  ptrdiff_t samples, inputs, outputs;
  ptrdiff_t source_height, source_width, result_height, result_width;
  ptrdiff_t kernel_height, kernel_width;
  ptrdiff_t stride_down, stride_across, padding_down, padding_across;
} cpixels_convolution;

/// Maps as rows, pixel after pixel: a row of all channels for each sample `start` to `end`.
void cpixels_pack(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *rows);
/// For sums over samples: two samples' numbers side by side, for the pairs `start` to `end`; at a
/// pixel chunks of 64 channels, in each a row per pair. `sums`, unless it is NULL, gets the sums
/// over the pixels by pair and channel.
void cpixels_pack_pairs(
    const void *maps, ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels, ptrdiff_t start,
    ptrdiff_t end, void *pairs, float *sums);
/// Bytes of either.
ptrdiff_t cpixels_bytes(ptrdiff_t samples, ptrdiff_t channels, ptrdiff_t pixels);

/// Kernels as `cpixels_convolve` wants them: taps × inputs × outputs of bfloat16.
void cpixels_kernels(
    const cpixels_convolution *shape, const float *taps, int turned, ptrdiff_t start,
    ptrdiff_t end, void *kernels);
ptrdiff_t cpixels_kernel_units(const cpixels_convolution *shape);

/// The convolution plus the channel's bias unless it is NULL, negative ones as zero where
/// `rectifies`.
void cpixels_convolve(
    const cpixels_convolution *shape, const void *rows, const void *kernels, int turned,
    const float *bias, int rectifies, void *results, ptrdiff_t start, ptrdiff_t end);
ptrdiff_t cpixels_units(const cpixels_convolution *shape);

/// The gradient by the taps, from pairs of the source and of the gradient by the result. The pixels
/// are summed in `cpixels_gradient_parts` parts. Where that is more than one, the sums of each are
/// left in `partial`, of `cpixels_gradient_bytes` per unit, for `cpixels_finish`. `scratch` is of
/// that size too, each thread's own.
void cpixels_gradient(
    const cpixels_convolution *shape, const void *sources, const void *results, ptrdiff_t start,
    ptrdiff_t end, float *partial, float *taps, void *scratch);
ptrdiff_t cpixels_gradient_units(const cpixels_convolution *shape);
ptrdiff_t cpixels_gradient_parts(const cpixels_convolution *shape);
ptrdiff_t cpixels_gradient_bytes(const cpixels_convolution *shape);

/// Adds the parts up and writes the taps.
void cpixels_finish(
    const cpixels_convolution *shape, ptrdiff_t start, ptrdiff_t end, float *partial,
    float *taps);
ptrdiff_t cpixels_finishing_units(const cpixels_convolution *shape);
