#include "normalization.h"
#include "vectors.h"

// 16 channels
typedef double Doubles __attribute__((vector_size(128)));

// Sums of so many pixels are float32; beyond that they are joined in double precision.
enum { pixels_at_once = 64, least_pixels = 512 };

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static inline ptrdiff_t samples_per_part(const cnormalization *shape) {
  return (least_pixels + shape->pixels - 1) / shape->pixels;
}

static inline ptrdiff_t part_count(const cnormalization *shape) {
  ptrdiff_t size = samples_per_part(shape);
  return (shape->samples + size - 1) / size;
}

ptrdiff_t cnormalization_summing_units(const cnormalization *shape) {
  return part_count(shape) * (shape->channels / 16);
}

ptrdiff_t cnormalization_partial_count(const cnormalization *shape) {
  return cnormalization_summing_units(shape) * 32;
}

/// Some samples of a block of channels.
typedef struct {
  ptrdiff_t first, last, block, blocks;
} Part;

static inline Part part_at(const cnormalization *shape, ptrdiff_t unit) {
  ptrdiff_t blocks = shape->channels / 16, size = samples_per_part(shape);
  ptrdiff_t first = unit / blocks * size;
  return (Part){first, least(shape->samples, first + size), unit % blocks, blocks};
}

/// What is multiplied and added per channel.
typedef struct {
  Vector mean, inverse, scale, shift;
} Factors;

INLINED void factors_of(
    const cnormalization *shape, const cnormalization_factors *given, ptrdiff_t block,
    Factors *factors) {
  factors->mean = ((const Vector *)given->mean)[block];
  Vector variance = ((const Vector *)given->variance)[block];
  for (int lane = 0; lane < 16; lane++)
    factors->inverse[lane] = 1 / __builtin_sqrtf(variance[lane] + shape->epsilon);
  factors->scale = factors->inverse;
  if (given->scale) factors->scale *= ((const Vector *)given->scale)[block];
  factors->shift = given->shift ? ((const Vector *)given->shift)[block] : (Vector){0};
}

INLINED void normalize(const Factors *factors, const Vector *value, Vector *result) {
  *result = (*value - factors->mean) * factors->scale + factors->shift;
}

/// The gradient where y was not rectified. It is computed anew, as reading it would cost more.
INLINED void unmasked(
    const Factors *factors, int rectifies, const Vector *value, Vector *gradient) {
  if (!rectifies) return;
  Vector result;
  normalize(factors, value, &result);
  *gradient = (Vector)((Mask)*gradient & ~(result <= 0));
}

CLONED void cnormalization_moments(
    const cnormalization *shape, const float *maps, ptrdiff_t start, ptrdiff_t end,
    double *partial) {
  for (ptrdiff_t unit = start; unit < end; unit++) {
    Part part = part_at(shape, unit);
    Doubles mean = {0}, squares = {0};
    double count = 0;
    for (ptrdiff_t sample = part.first; sample < part.last; sample++) {
      const Vector *map = (const Vector *)maps + (sample * part.blocks + part.block) * shape->pixels;
      for (ptrdiff_t from = 0; from < shape->pixels; from += pixels_at_once) {
        ptrdiff_t pixels = least(pixels_at_once, shape->pixels - from);
        Vector sum = {0}, other = {0};
        ptrdiff_t pixel = 0;
        for (; pixel + 1 < pixels; pixel += 2) {
          sum += map[from + pixel];
          other += map[from + pixel + 1];
        }
        if (pixel < pixels) sum += map[from + pixel];
        Vector here = (sum + other) / (float)pixels;
        Vector spread = {0}, more = {0};
        for (pixel = 0; pixel + 1 < pixels; pixel += 2) {
          Vector first = map[from + pixel] - here, second = map[from + pixel + 1] - here;
          spread += first * first;
          more += second * second;
        }
        if (pixel < pixels) {
          Vector first = map[from + pixel] - here;
          spread += first * first;
        }
        // Chan, Golub & LeVeque
        Doubles difference = __builtin_convertvector(here, Doubles) - mean;
        double joined = count + pixels;
        mean += difference * (pixels / joined);
        squares += __builtin_convertvector(spread + more, Doubles)
                   + difference * difference * (count * pixels / joined);
        count = joined;
      }
    }
    Doubles *to = (Doubles *)partial + unit * 2;
    to[0] = mean;
    to[1] = squares;
  }
}

CLONED void cnormalization_join_moments(
    const cnormalization *shape, const double *partial, float *mean, float *variance) {
  ptrdiff_t blocks = shape->channels / 16, parts = part_count(shape);
  for (ptrdiff_t block = 0; block < blocks; block++) {
    Doubles center = {0}, squares = {0};
    double count = 0;
    for (ptrdiff_t index = 0; index < parts; index++) {
      Part part = part_at(shape, index * blocks + block);
      const Doubles *from = (const Doubles *)partial + (index * blocks + block) * 2;
      double size = (double)((part.last - part.first) * shape->pixels), joined = count + size;
      Doubles difference = from[0] - center;
      center += difference * (size / joined);
      squares += from[1] + difference * difference * (count * size / joined);
      count = joined;
    }
    ((Vector *)mean)[block] = __builtin_convertvector(center, Vector);
    ((Vector *)variance)[block] = __builtin_convertvector(squares / count, Vector);
  }
}

CLONED void cnormalization_apply(
    const cnormalization *shape, const float *maps, cnormalization_factors given, ptrdiff_t start,
    ptrdiff_t end, float *results) {
  for (ptrdiff_t unit = start; unit < end; unit++) {
    Factors factors;
    factors_of(shape, &given, unit % (shape->channels / 16), &factors);
    const Vector *map = (const Vector *)maps + unit * shape->pixels;
    Vector *to = (Vector *)results + unit * shape->pixels;
    if (shape->rectifies)
      for (ptrdiff_t pixel = 0; pixel < shape->pixels; pixel++) {
        Vector result;
        normalize(&factors, &map[pixel], &result);
        rectify(&result);
        to[pixel] = result;
      }
    else
      for (ptrdiff_t pixel = 0; pixel < shape->pixels; pixel++)
        normalize(&factors, &map[pixel], &to[pixel]);
  }
}

CLONED void cnormalization_sums(
    const cnormalization *shape, const float *maps, const float *gradients,
    cnormalization_factors given, ptrdiff_t start, ptrdiff_t end, double *partial) {
  for (ptrdiff_t unit = start; unit < end; unit++) {
    Part part = part_at(shape, unit);
    Factors factors;
    factors_of(shape, &given, part.block, &factors);
    Doubles by_shift = {0}, by_scale = {0};
    for (ptrdiff_t sample = part.first; sample < part.last; sample++) {
      ptrdiff_t at = (sample * part.blocks + part.block) * shape->pixels;
      const Vector *map = (const Vector *)maps + at, *gradient = (const Vector *)gradients + at;
      for (ptrdiff_t from = 0; from < shape->pixels; from += pixels_at_once) {
        ptrdiff_t to = least(shape->pixels, from + pixels_at_once);
        Vector sum = {0}, product = {0};
        for (ptrdiff_t pixel = from; pixel < to; pixel++) {
          Vector value = gradient[pixel];
          unmasked(&factors, shape->rectifies, &map[pixel], &value);
          sum += value;
          product += value * (map[pixel] - factors.mean);
        }
        by_shift += __builtin_convertvector(sum, Doubles);
        by_scale += __builtin_convertvector(product * factors.inverse, Doubles);
      }
    }
    Doubles *to = (Doubles *)partial + unit * 2;
    to[0] = by_shift;
    to[1] = by_scale;
  }
}

CLONED void cnormalization_join_sums(
    const cnormalization *shape, const double *partial, float *by_shift, float *by_scale) {
  ptrdiff_t blocks = shape->channels / 16, parts = part_count(shape);
  for (ptrdiff_t block = 0; block < blocks; block++) {
    Doubles shift = {0}, scale = {0};
    for (ptrdiff_t part = 0; part < parts; part++) {
      const Doubles *from = (const Doubles *)partial + (part * blocks + block) * 2;
      shift += from[0];
      scale += from[1];
    }
    ((Vector *)by_shift)[block] = __builtin_convertvector(shift, Vector);
    ((Vector *)by_scale)[block] = __builtin_convertvector(scale, Vector);
  }
}

CLONED void cnormalization_gradient(
    const cnormalization *shape, const float *maps, const float *gradients,
    cnormalization_factors given, const float *by_shift, const float *by_scale, ptrdiff_t start,
    ptrdiff_t end, float *results) {
  float count = (float)(shape->samples * shape->pixels);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    ptrdiff_t block = unit % (shape->channels / 16);
    Factors factors;
    factors_of(shape, &given, block, &factors);
    Vector mean = ((const Vector *)by_shift)[block] / count;
    Vector along = ((const Vector *)by_scale)[block] / count * factors.inverse;
    const Vector *map = (const Vector *)maps + unit * shape->pixels;
    const Vector *gradient = (const Vector *)gradients + unit * shape->pixels;
    Vector *to = (Vector *)results + unit * shape->pixels;
    for (ptrdiff_t pixel = 0; pixel < shape->pixels; pixel++) {
      Vector value = gradient[pixel];
      unmasked(&factors, shape->rectifies, &map[pixel], &value);
      to[pixel] = (value - mean - (map[pixel] - factors.mean) * along) * factors.scale;
    }
  }
}
