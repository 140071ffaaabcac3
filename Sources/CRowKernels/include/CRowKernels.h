// The inner loops of the analysis, over rows of d doubles.
//
// In C because each is compiled for several instruction sets and the processor picks one when the
// program starts, which Swift cannot do; a plain build of a Swift package knows SSE2 only.
//
// Rows are read as they are stored; what belongs to a class is aligned to 64 bytes and padded with
// zeros to a multiple of 8 doubles. Products and sums are not contracted and are added up in eight
// fixed columns, so every instruction set gives the same bits.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// `count` numbers, as float32 or as float64, of any alignment.
typedef struct {
  const void *values;
  bool is_double;
} crowkernels_row;

/// Whether no element is NaN or infinite.
bool crowkernels_is_finite(crowkernels_row row, ptrdiff_t count);

/// target = row, padded with zeros.
void crowkernels_widen(crowkernels_row row, double *target, ptrdiff_t count);

/// sums += row − origin.
void crowkernels_add_difference(
    crowkernels_row row, const double *origin, double *sums, ptrdiff_t count);

/// ‖h − μ_y‖², ‖h − μ_G‖² and ‖h‖².
typedef struct {
  double within, about_global_mean, about_zero;
} crowkernels_squares;

/// deviation = row − mean = z, padded with zeros; the squares of z, z + centred_mean and row.
crowkernels_squares crowkernels_subtract_mean(
    crowkernels_row row, const double *mean, const double *centred_mean, double *deviation,
    ptrdiff_t count);

/// How u − o is added up, for the direction u of a row with deviation z and the direction o of its
/// mean: as (z + share·mean)·scale + excess·mean, to `sums`.
typedef struct {
  const double *mean;
  double share, scale, excess;
  double *sums;
} crowkernels_direction;

/// ‖u − o‖² of two directions.
typedef struct {
  double centred, uncentred;
} crowkernels_direction_squares;

/// Adds u − o of both directions of the row with deviation z to their sums.
crowkernels_direction_squares crowkernels_add_directions(
    const double *deviation, crowkernels_direction centred, crowkernels_direction uncentred,
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
