// The inner loops of the analysis, over rows of d doubles.
//
// In C because each is compiled for several instruction sets and the processor picks one when the
// program starts, which Swift cannot do; a plain build of a Swift package knows SSE2 only.
//
// Rows are aligned to 64 bytes and padded with zeros to a multiple of 8 doubles: `count`.
// Products and sums are not contracted and are added up in eight fixed columns, so every
// instruction set gives the same bits.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// target[i] = source[i]; neither alignment nor padding is asked for.
void crowkernels_widen(const float *source, double *target, ptrdiff_t count);

/// Whether no element is NaN or infinite.
bool crowkernels_is_finite(const double *row, ptrdiff_t count);

/// sums += row − origin.
void crowkernels_add_difference(
    const double *row, const double *origin, double *sums, ptrdiff_t count);

/// ‖h − μ_y‖², ‖h − μ_G‖² and ‖h‖².
typedef struct {
  double within, about_global_mean, about_zero;
} crowkernels_squares;

/// deviation = row − mean = z; the squares of z, z + centred_mean and row.
crowkernels_squares crowkernels_subtract_mean(
    const double *row, const double *mean, const double *centred_mean, double *deviation,
    ptrdiff_t count);

/// sums += u − origin for u = scale·row; returns ‖u − origin‖².
double crowkernels_add_direction(
    const double *row, double scale, const double *origin, double *sums, ptrdiff_t count);

/// The same for u = scale·(row + offset).
double crowkernels_add_offset_direction(
    const double *row, const double *offset, double scale, const double *origin, double *sums,
    ptrdiff_t count);

// Products of many rows with many factors, the bulk of the work where there are many classes.
//
// The factors are packed once for all blocks of rows, which a BLAS would do again for every block;
// and older ones lack the kernels of newer processors. With AVX-512 only: elsewhere BLAS serves.
// A sum's order depends on the depth alone, not on the number of rows.

/// Whether this processor has what `crowkernels_products` needs.
bool crowkernels_multiplies(void);

/// Doubles from one row of products of `count` factors to the next, and `depth` of these are what
/// the packed factors take.
ptrdiff_t crowkernels_product_stride(ptrdiff_t count);

/// Packs `count` factors of `depth` doubles, `stride` apart.
void crowkernels_pack(
    const double *factors, ptrdiff_t count, ptrdiff_t stride, ptrdiff_t depth, double *packed);

/// products[i][k] = rows[i]·factor k, and 0 for k beyond `count` up to the product stride.
void crowkernels_products(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, const double *packed,
    ptrdiff_t count, ptrdiff_t depth, double *products);

/// Packs `scale` times a row as the one of number `index` among `capacity`, in panels of as many
/// doubles as the product stride of `columns` times `capacity`.
void crowkernels_pack_row(
    const double *row, double scale, ptrdiff_t columns, double *panels, ptrdiff_t capacity,
    ptrdiff_t index);

/// gram += ZᵀZ for the first `row_count` packed rows Z, in the upper triangle of a row-major matrix
/// whose rows are the product stride of `columns` apart; below the diagonal are other numbers.
void crowkernels_add_gram(
    const double *panels, ptrdiff_t capacity, ptrdiff_t row_count, ptrdiff_t columns,
    double *gram);
