#include "CRowKernels.h"

#if __has_include(<features.h>)
#include <features.h>  // __GLIBC__
#endif

#pragma STDC FP_CONTRACT OFF

// The loader resolves clones through indirect functions, which glibc has and musl has not.
#if defined(__x86_64__) && defined(__GLIBC__)
#define CLONED __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define CLONED
#endif

typedef double Eight __attribute__((vector_size(64)));

// Inlined into each clone, so that it is compiled for the clone's instruction set.
#define SUM(v) \
  (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]) + (((v)[4] + (v)[5]) + ((v)[6] + (v)[7])))

CLONED void crowkernels_widen(const float *source, double *target, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) target[i] = source[i];
}

CLONED bool crowkernels_is_finite(const double *row, ptrdiff_t count) {
  const Eight *values = (const Eight *)row;
  Eight sum = {0};
  for (ptrdiff_t i = 0; i < count / 8; i++) sum += values[i] * 0.0;
  return SUM(sum) == 0;
}

CLONED void crowkernels_add_difference(
    const double *row, const double *origin, double *sums, ptrdiff_t count) {
  const Eight *values = (const Eight *)row, *origins = (const Eight *)origin;
  Eight *targets = (Eight *)sums;
  for (ptrdiff_t i = 0; i < count / 8; i++) targets[i] += values[i] - origins[i];
}

CLONED crowkernels_squares crowkernels_subtract_mean(
    const double *row, const double *mean, const double *centred_mean, double *deviation,
    ptrdiff_t count) {
  const Eight *values = (const Eight *)row, *means = (const Eight *)mean,
              *centred = (const Eight *)centred_mean;
  Eight *deviations = (Eight *)deviation;
  Eight within = {0}, about_global_mean = {0}, about_zero = {0};
  for (ptrdiff_t i = 0; i < count / 8; i++) {
    Eight value = values[i], z = value - means[i], offset = z + centred[i];
    deviations[i] = z;
    within += z * z;
    about_global_mean += offset * offset;
    about_zero += value * value;
  }
  return (crowkernels_squares){SUM(within), SUM(about_global_mean), SUM(about_zero)};
}

CLONED double crowkernels_add_direction(
    const double *row, double scale, const double *origin, double *sums, ptrdiff_t count) {
  const Eight *values = (const Eight *)row, *origins = (const Eight *)origin;
  Eight *targets = (Eight *)sums;
  Eight squares = {0};
  for (ptrdiff_t i = 0; i < count / 8; i++) {
    Eight offset = values[i] * scale - origins[i];
    targets[i] += offset;
    squares += offset * offset;
  }
  return SUM(squares);
}

CLONED double crowkernels_add_offset_direction(
    const double *row, const double *offset, double scale, const double *origin, double *sums,
    ptrdiff_t count) {
  const Eight *values = (const Eight *)row, *offsets = (const Eight *)offset,
              *origins = (const Eight *)origin;
  Eight *targets = (Eight *)sums;
  Eight squares = {0};
  for (ptrdiff_t i = 0; i < count / 8; i++) {
    Eight difference = (values[i] + offsets[i]) * scale - origins[i];
    targets[i] += difference;
    squares += difference * difference;
  }
  return SUM(squares);
}
