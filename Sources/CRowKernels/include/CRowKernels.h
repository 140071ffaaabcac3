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
#include <stdint.h>

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

// Many classes: what a row's products with a vector per class say, tile by tile of the classes, with
// no memory for the products of all.

enum { CROWKERNELS_LEADERS = 8 };

/// The largest values of a row over all classes but its own, and Σ exp(value − reference) over those
/// that are not among them.
typedef struct {
  /// Descending, equal ones by class; −∞ where there are no more classes.
  double values[CROWKERNELS_LEADERS];
  int32_t classes[CROWKERNELS_LEADERS];
  double reference, sum;
} crowkernels_scan;

void crowkernels_scan_begin(crowkernels_scan *scan);

/// Takes in the products with the `count` classes from `first` on: the values are
/// (product + offset)·scale, the offsets and scales of all classes given. `scratch` is aligned and
/// holds `count` doubles rounded up to eight. `own` is left out of everything.
void crowkernels_scan_products(
    crowkernels_row products, const double *offsets, const double *scales, ptrdiff_t first,
    ptrdiff_t count, ptrdiff_t own, bool sums_exponentials, double *scratch,
    crowkernels_scan *scan);

/// a·b and ‖a − b‖², of any alignment.
double crowkernels_dot(const double *a, const double *b, ptrdiff_t count);
double crowkernels_squared_distance(const double *a, const double *b, ptrdiff_t count);

/// row = deviation + mean, and the same in float32; returns its square.
double crowkernels_recentre(
    const double *deviation, const double *mean, double *row, float *narrow, ptrdiff_t count);
