#include "pooling.h"
#include "vectors.h"

typedef uint8_t Places __attribute__((vector_size(16)));

static inline ptrdiff_t greatest(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// The part of a result's window that lies on the map.
typedef struct {
  ptrdiff_t top, bottom, left, right, first_row, first_column;
} Span;

INLINED Span span_of(const cpooling *shape, ptrdiff_t row, ptrdiff_t column) {
  ptrdiff_t top = row * shape->stride_down - shape->padding_down;
  ptrdiff_t left = column * shape->stride_across - shape->padding_across;
  return (Span){
      greatest(top, 0), least(top + shape->window_height, shape->source_height),
      greatest(left, 0), least(left + shape->window_width, shape->source_width), top, left};
}

INLINED ptrdiff_t source_pixels(const cpooling *shape) {
  return shape->source_height * shape->source_width;
}

INLINED ptrdiff_t result_pixels(const cpooling *shape) {
  return shape->result_height * shape->result_width;
}

CLONED void cpooling_largest(
    const cpooling *shape, const float *maps, ptrdiff_t start, ptrdiff_t end, float *results,
    uint8_t *winners) {
  for (ptrdiff_t unit = start; unit < end; unit++) {
    const Vector *map = (const Vector *)maps + unit * source_pixels(shape);
    ptrdiff_t result = unit * result_pixels(shape);
    for (ptrdiff_t row = 0; row < shape->result_height; row++)
      for (ptrdiff_t column = 0; column < shape->result_width; column++, result++) {
        Span span = span_of(shape, row, column);
        Vector most = {0};
        Mask place = {0};
        int isFirst = 1;
        for (ptrdiff_t y = span.top; y < span.bottom; y++)
          for (ptrdiff_t x = span.left; x < span.right; x++) {
            Vector value = map[y * shape->source_width + x];
            int here = (int)((y - span.first_row) * shape->window_width + x - span.first_column);
            Mask isMore = isFirst ? ~(Mask){0} : (value > most) | ((value != value) & (most == most));
            most = (Vector)(((Mask)value & isMore) | ((Mask)most & ~isMore));
            place = (isMore & here) | (place & ~isMore);
            isFirst = 0;
          }
        ((Vector *)results)[result] = most;
        if (winners) ((Places *)winners)[result] = __builtin_convertvector(place, Places);
      }
  }
}

CLONED void cpooling_largest_gradient(
    const cpooling *shape, const float *gradients, const uint8_t *winners, ptrdiff_t start,
    ptrdiff_t end, float *results) {
  for (ptrdiff_t unit = start; unit < end; unit++) {
    Vector *map = (Vector *)results + unit * source_pixels(shape);
    for (ptrdiff_t pixel = 0; pixel < source_pixels(shape); pixel++) map[pixel] = (Vector){0};
    ptrdiff_t result = unit * result_pixels(shape);
    for (ptrdiff_t row = 0; row < shape->result_height; row++)
      for (ptrdiff_t column = 0; column < shape->result_width; column++, result++) {
        Span span = span_of(shape, row, column);
        Vector gradient = ((const Vector *)gradients)[result];
        Mask place = __builtin_convertvector(((const Places *)winners)[result], Mask);
        for (ptrdiff_t y = span.top; y < span.bottom; y++)
          for (ptrdiff_t x = span.left; x < span.right; x++) {
            int here = (int)((y - span.first_row) * shape->window_width + x - span.first_column);
            map[y * shape->source_width + x] += (Vector)((Mask)gradient & (place == here));
          }
      }
  }
}

CLONED void cpooling_mean(
    const cpooling *shape, const float *maps, ptrdiff_t start, ptrdiff_t end, float *results) {
  float count = (float)(shape->window_height * shape->window_width);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    const Vector *map = (const Vector *)maps + unit * source_pixels(shape);
    ptrdiff_t result = unit * result_pixels(shape);
    for (ptrdiff_t row = 0; row < shape->result_height; row++)
      for (ptrdiff_t column = 0; column < shape->result_width; column++, result++) {
        Span span = span_of(shape, row, column);
        Vector sum = {0};
        for (ptrdiff_t y = span.top; y < span.bottom; y++)
          for (ptrdiff_t x = span.left; x < span.right; x++)
            sum += map[y * shape->source_width + x];
        ((Vector *)results)[result] = sum / count;
      }
  }
}

CLONED void cpooling_mean_gradient(
    const cpooling *shape, const float *gradients, ptrdiff_t start, ptrdiff_t end,
    float *results) {
  float count = (float)(shape->window_height * shape->window_width);
  for (ptrdiff_t unit = start; unit < end; unit++) {
    Vector *map = (Vector *)results + unit * source_pixels(shape);
    for (ptrdiff_t pixel = 0; pixel < source_pixels(shape); pixel++) map[pixel] = (Vector){0};
    ptrdiff_t result = unit * result_pixels(shape);
    for (ptrdiff_t row = 0; row < shape->result_height; row++)
      for (ptrdiff_t column = 0; column < shape->result_width; column++, result++) {
        Span span = span_of(shape, row, column);
        Vector gradient = ((const Vector *)gradients)[result] / count;
        for (ptrdiff_t y = span.top; y < span.bottom; y++)
          for (ptrdiff_t x = span.left; x < span.right; x++)
            map[y * shape->source_width + x] += gradient;
      }
  }
}
