#include "vectors.h"

CLONED bool crowkernels_is_finite(crowkernels_row row, ptrdiff_t count) {
  if (!row.is_double) {
    // Nothing is summed up: no need for doubles.
    const float *values = row.values;
    EightFloats zeros = {0};
    ptrdiff_t whole = count & ~(ptrdiff_t)7;
    for (ptrdiff_t i = 0; i < whole; i += 8) zeros += *(const EightFloats *)(values + i) * 0.0f;
    float zero = 0;
    for (int i = 0; i < 8; i++) zero += zeros[i];
    for (ptrdiff_t i = whole; i < count; i++) zero += values[i] * 0.0f;
    return zero == 0;
  }
  Eight sum = {0};
#define STEP(i, value) sum += (value) * 0.0
  FOR_EACH_EIGHT(row, count, STEP);
#undef STEP
  return SUM(sum) == 0;
}

CLONED void crowkernels_widen(crowkernels_row row, double *target, ptrdiff_t count) {
#define STEP(i, value) *(Eight *)(target + (i)) = (value)
  FOR_EACH_EIGHT(row, count, STEP);
#undef STEP
}

CLONED void crowkernels_add_difference(
    crowkernels_row row, const double *origin, double *sums, ptrdiff_t count) {
#define STEP(i, value) *(Eight *)(sums + (i)) += (value) - *(const Eight *)(origin + (i))
  FOR_EACH_EIGHT(row, count, STEP);
#undef STEP
}

CLONED crowkernels_squares crowkernels_subtract_mean(
    crowkernels_row row, const double *mean, const double *centred_mean, double *deviation,
    ptrdiff_t count) {
  Eight within = {0}, about_global_mean = {0}, about_zero = {0};
#define STEP(i, element)                                                             \
  do {                                                                               \
    Eight value = (element), z = value - *(const Eight *)(mean + (i)),               \
          offset = z + *(const Eight *)(centred_mean + (i));                         \
    *(Eight *)(deviation + (i)) = z;                                                 \
    within += z * z;                                                                 \
    about_global_mean += offset * offset;                                            \
    about_zero += value * value;                                                     \
  } while (0)
  FOR_EACH_EIGHT(row, count, STEP);
#undef STEP
  return (crowkernels_squares){SUM(within), SUM(about_global_mean), SUM(about_zero)};
}

CLONED crowkernels_direction_squares crowkernels_add_directions(
    const double *deviation, crowkernels_direction centred, crowkernels_direction uncentred,
    ptrdiff_t count) {
  const Eight *deviations = (const Eight *)deviation,
              *centred_means = (const Eight *)centred.mean,
              *uncentred_means = (const Eight *)uncentred.mean;
  Eight *centred_sums = (Eight *)centred.sums, *uncentred_sums = (Eight *)uncentred.sums;
  Eight centred_squares = {0}, uncentred_squares = {0};
#define ADD(first, second)                                        \
  for (ptrdiff_t i = 0; i < (count + 7) / 8; i++) {               \
    Eight z = deviations[i], m = centred_means[i], mu = uncentred_means[i]; \
    Eight centred_offset = (first), uncentred_offset = (second);  \
    centred_sums[i] += centred_offset;                            \
    uncentred_sums[i] += uncentred_offset;                        \
    centred_squares += centred_offset * centred_offset;           \
    uncentred_squares += uncentred_offset * uncentred_offset;     \
  }
  if (centred.share == 0 && uncentred.share == 0) {
    ADD(z * centred.scale + m * centred.excess, z * uncentred.scale + mu * uncentred.excess)
  } else {
    ADD((z + m * centred.share) * centred.scale + m * centred.excess,
        (z + mu * uncentred.share) * uncentred.scale + mu * uncentred.excess)
  }
#undef ADD
  return (crowkernels_direction_squares){SUM(centred_squares), SUM(uncentred_squares)};
}
