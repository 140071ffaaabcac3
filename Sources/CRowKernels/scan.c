#include <math.h>

#include "vectors.h"

typedef long long EightIntegers __attribute__((vector_size(64)));

// exp of eight numbers, none above 700; 0 below −700. By halves of ln 2 and a polynomial: of degree
// eleven to some units of the last place, or of degree eight to 2·10⁻¹⁰, for arguments that come from
// floats and are not as good.
#define EXPONENTIALS(argument, is_exact)                                                         \
  ({                                                                                             \
    Eight x_ = (argument);                                                                       \
    EightIntegers kept_ = x_ > -700.0;                                                           \
    x_ = (Eight)((EightIntegers)x_ & kept_);                                                     \
    Eight shifted_ = x_ * 0x1.71547652b82fep0 + 0x1.8p52, whole_ = shifted_ - 0x1.8p52,          \
          r_ = (x_ - whole_ * 0x1.62e42feep-1) - whole_ * 0x1.a39ef35793c76p-33;                 \
    Eight p_ = {0};                                                                              \
    p_ += 1.0 / 40320;                                                                           \
    if (is_exact) {                                                                              \
      p_ = r_ * (1.0 / 39916800) + (1.0 / 3628800);                                              \
      p_ = p_ * r_ + (1.0 / 362880), p_ = p_ * r_ + (1.0 / 40320);                               \
    }                                                                                            \
    p_ = p_ * r_ + (1.0 / 5040);                                                                 \
    p_ = p_ * r_ + (1.0 / 720), p_ = p_ * r_ + (1.0 / 120), p_ = p_ * r_ + (1.0 / 24);           \
    p_ = p_ * r_ + (1.0 / 6), p_ = p_ * r_ + 0.5, p_ = p_ * r_ + 1.0, p_ = p_ * r_ + 1.0;        \
    (Eight)(((EightIntegers)p_ + ((EightIntegers)shifted_ << 52)) & kept_);                      \
  })

void crowkernels_scan_begin(crowkernels_scan *scan) {
  for (int i = 0; i < CROWKERNELS_LEADERS; i++) {
    scan->values[i] = -INFINITY;
    scan->classes[i] = -1;
  }
  scan->reference = -INFINITY;
  scan->sum = 0;
}

// Puts a value among the leaders, behind those as large, and returns the one that falls out.
static double lead(crowkernels_scan *scan, double value, ptrdiff_t class) {
  double last = scan->values[CROWKERNELS_LEADERS - 1];
  int place = CROWKERNELS_LEADERS - 1;
  for (; place > 0 && scan->values[place - 1] < value; place--) {
    scan->values[place] = scan->values[place - 1];
    scan->classes[place] = scan->classes[place - 1];
  }
  scan->values[place] = value;
  scan->classes[place] = (int32_t)class;
  return last;
}

CLONED void crowkernels_scan_products(
    crowkernels_row products, const double *offsets, const double *scales, ptrdiff_t first,
    ptrdiff_t count, ptrdiff_t own, bool sums_exponentials, double *scratch,
    crowkernels_scan *scan) {
  Eight largest = {-INFINITY, -INFINITY, -INFINITY, -INFINITY,
                   -INFINITY, -INFINITY, -INFINITY, -INFINITY};
  const double *origin = offsets + first, *factor = scales ? scales + first : NULL;
  ptrdiff_t whole = count & ~(ptrdiff_t)7, padded = (count + 7) & ~(ptrdiff_t)7;
#define NOTE(i, value)                                                            \
  do {                                                                            \
    Eight v = (value) + *(const EightDoubles *)(origin + (i));                    \
    if (factor) v *= *(const EightDoubles *)(factor + (i));                       \
    *(Eight *)(scratch + (i)) = v;                                                \
    EightIntegers larger = v > largest;                                           \
    largest = (Eight)(((EightIntegers)v & larger) | ((EightIntegers)largest & ~larger)); \
  } while (0)
  if (products.is_double)
    for (ptrdiff_t i = 0; i < whole; i += 8) NOTE(i, DOUBLES(products.values, i));
  else
    for (ptrdiff_t i = 0; i < whole; i += 8) NOTE(i, FLOATS(products.values, i));
#undef NOTE
  double most = -INFINITY;
  for (int i = 0; i < 8; i++) most = largest[i] > most ? largest[i] : most;
  for (ptrdiff_t i = whole; i < padded; i++) {
    double value = -INFINITY;
    if (i < count) {
      value = (products.is_double ? ((const double *)products.values)[i]
                                  : ((const float *)products.values)[i]) + origin[i];
      if (factor) value *= factor[i];
    }
    scratch[i] = value;
    most = value > most ? value : most;
  }
  if (own >= first && own < first + count) scratch[own - first] = -INFINITY;

  double fallen[CROWKERNELS_LEADERS];
  int fallen_count = 0;
  // Few classes lead: most often none of eight does.
  const double *last_leader = scan->values + CROWKERNELS_LEADERS - 1;
  for (ptrdiff_t start = 0; start < padded && most > *last_leader; start += 8) {
    EightIntegers leads = *(const Eight *)(scratch + start) > *last_leader;
    if (!__builtin_reduce_or(leads)) continue;
    for (ptrdiff_t i = start; i < start + 8; i++) {
      if (!(scratch[i] > *last_leader)) continue;
      double last = lead(scan, scratch[i], first + i);
      scratch[i] = -INFINITY;
      // One of these classes itself, whose place is free again, or one of a tile before.
      if (last == -INFINITY) continue;
      if (fallen_count == CROWKERNELS_LEADERS) {
        for (int j = 0; j < fallen_count; j++)
          if (sums_exponentials) scan->sum += exp(fallen[j] - scan->reference);
        fallen_count = 0;
      }
      if (scan->reference == -INFINITY) scan->reference = scan->values[0];
      fallen[fallen_count++] = last;
    }
  }
  if (!sums_exponentials || scan->values[0] == -INFINITY) return;
  if (scan->reference == -INFINITY) scan->reference = scan->values[0];
  // No term is to overflow, and none that counts to vanish.
  if (scan->values[0] > scan->reference + 300) {
    scan->sum *= exp(scan->reference - scan->values[0]);
    scan->reference = scan->values[0];
  }
  for (int j = 0; j < fallen_count; j++) scan->sum += exp(fallen[j] - scan->reference);
  Eight sum = {0};
  if (products.is_double)
    for (ptrdiff_t i = 0; i < padded; i += 8)
      sum += EXPONENTIALS(*(const Eight *)(scratch + i) - scan->reference, true);
  else
    for (ptrdiff_t i = 0; i < padded; i += 8)
      sum += EXPONENTIALS(*(const Eight *)(scratch + i) - scan->reference, false);
  scan->sum += SUM(sum);
}

CLONED double crowkernels_dot(const double *a, const double *b, ptrdiff_t count) {
  Eight sum = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8)
    sum += (Eight)*(const EightDoubles *)(a + i) * (Eight)*(const EightDoubles *)(b + i);
  double rest = 0;
  for (; i < count; i++) rest += a[i] * b[i];
  return SUM(sum) + rest;
}

CLONED double crowkernels_squared_distance(const double *a, const double *b, ptrdiff_t count) {
  Eight sum = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    Eight difference = (Eight)*(const EightDoubles *)(a + i) - (Eight)*(const EightDoubles *)(b + i);
    sum += difference * difference;
  }
  double rest = 0;
  for (; i < count; i++) rest += (a[i] - b[i]) * (a[i] - b[i]);
  return SUM(sum) + rest;
}

CLONED double crowkernels_recentre(
    const double *deviation, const double *mean, double *row, float *narrow, ptrdiff_t count) {
  typedef float Floats __attribute__((vector_size(32), aligned(4)));
  Eight sum = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    Eight value = *(const Eight *)(deviation + i) + *(const Eight *)(mean + i);
    *(EightDoubles *)(row + i) = value;
    *(Floats *)(narrow + i) = __builtin_convertvector(value, Floats);
    sum += value * value;
  }
  double rest = 0;
  for (; i < count; i++) {
    row[i] = deviation[i] + mean[i];
    narrow[i] = (float)row[i];
    rest += row[i] * row[i];
  }
  return SUM(sum) + rest;
}
