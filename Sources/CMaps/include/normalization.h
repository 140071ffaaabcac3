// Batch normalization of maps of float32, for processors whose oneDNN has plain loops for blocks of
// 16 channels.
//
// y = γ (x − μ) / √(σ² + ε) + β, with the moments of each channel over samples and pixels. The work
// comes in units, which threads may share in any way: sums are added in the same order whoever
// computes them.
#pragma once
#include <stddef.h>

typedef struct {
  ptrdiff_t samples, channels, pixels;
  float epsilon;
  /// Whether what is negative becomes zero.
  int rectifies;
} cnormalization;

/// γ, which may be NULL for 1; β, which may be NULL for 0; μ and σ².
typedef struct {
  const float *scale, *shift, *mean, *variance;
} cnormalization_factors;

/// Units of `cnormalization_moments` and `cnormalization_sums`: parts of the samples × blocks.
ptrdiff_t cnormalization_summing_units(const cnormalization *shape);
/// Doubles of what each of them leaves in `partial`.
ptrdiff_t cnormalization_partial_count(const cnormalization *shape);

/// Means and sums of squared deviations from them, of the parts; deviations are summed from a mean
/// of their own pixels, so that nothing large is subtracted.
void cnormalization_moments(
    const cnormalization *shape, const float *maps, ptrdiff_t start, ptrdiff_t end,
    double *partial);
/// Joins the parts: μ and σ², the mean of squared deviations.
void cnormalization_join_moments(
    const cnormalization *shape, const double *partial, float *mean, float *variance);

/// y, for units of one sample's block each: samples × channels / 16 of them.
void cnormalization_apply(
    const cnormalization *shape, const float *maps, cnormalization_factors factors,
    ptrdiff_t start, ptrdiff_t end, float *results);

/// The parts of Σ g and Σ g (x − μ) / √(σ² + ε), the gradients g with respect to y masked where y
/// was rectified.
void cnormalization_sums(
    const cnormalization *shape, const float *maps, const float *gradients,
    cnormalization_factors factors, ptrdiff_t start, ptrdiff_t end, double *partial);
/// Joins the parts to the gradients with respect to β and γ.
void cnormalization_join_sums(
    const cnormalization *shape, const double *partial, float *by_shift, float *by_scale);

/// The gradient with respect to x where the moments are the batch's:
/// γ / √(σ² + ε) · (g − Σ g / n − x̂ Σ g x̂ / n). Units as for `cnormalization_apply`.
void cnormalization_gradient(
    const cnormalization *shape, const float *maps, const float *gradients,
    cnormalization_factors factors, const float *by_shift, const float *by_scale, ptrdiff_t start,
    ptrdiff_t end, float *results);
