#include "convolution.h"
#include "winograd.h"

INLINED void inputs_of(
    Type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride) {
  Map map = {maps, 0, height, width, channels / 16};
  ptrdiff_t row = 0;
  for (ptrdiff_t top = -1; top < height - 1; top += 4)
    for (ptrdiff_t left = -1; left < width - 1; left += 4)
      for (map.block = 0; map.block < map.blocks; map.block++, row++) {
        Vector result[36];
        transform_input(type, &map, top, left, result);
        for (int q = 0; q < 36; q++) store(type, points, q * (stride / 16) + row, &result[q]);
      }
}

TYPED(
    cwinograd_input, inputs_of,
    LIST(const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, void *points,
         ptrdiff_t stride),
    LIST(maps, channels, height, width, points, stride))

INLINED void outputs_of(
    Type type, const float *points, ptrdiff_t stride, ptrdiff_t channels,
    ptrdiff_t height, ptrdiff_t width, const float *bias, int accumulates, int rectifies,
    void *maps) {
  Map map = {maps, 0, height, width, channels / 16};
  const float *row = points;
  for (ptrdiff_t top = 0; top < height; top += 4)
    for (ptrdiff_t left = 0; left < width; left += 4)
      for (map.block = 0; map.block < map.blocks; map.block++, row += 16) {
        Vector shift = bias ? ((const Vector *)bias)[map.block] : (Vector){0};
        restore_output(type, row, stride, &shift, accumulates, rectifies, maps, &map, top, left);
      }
}

TYPED(
    cwinograd_output, outputs_of,
    LIST(const float *points, ptrdiff_t stride, ptrdiff_t channels, ptrdiff_t height,
         ptrdiff_t width, const float *bias, int accumulates, int rectifies, void *maps),
    LIST(points, stride, channels, height, width, bias, accumulates, rectifies, maps))

INLINED void output_gradients_of(
    Type type, const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
    void *points, ptrdiff_t stride, float *sums) {
  Map map = {maps, 0, height, width, channels / 16};
  ptrdiff_t row = 0;
  for (ptrdiff_t block = 0; block < map.blocks; block++) ((Vector *)sums)[block] = (Vector){0};
  for (ptrdiff_t top = 0; top < height; top += 4)
    for (ptrdiff_t left = 0; left < width; left += 4)
      for (map.block = 0; map.block < map.blocks; map.block++, row++) {
        Vector result[36], sum;
        transform_output_gradient(type, &map, top, left, result, &sum);
        ((Vector *)sums)[map.block] += sum;
        for (int q = 0; q < 36; q++) store(type, points, q * (stride / 16) + row, &result[q]);
      }
}

TYPED(
    cwinograd_output_gradient, output_gradients_of,
    LIST(const void *maps, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, void *points,
         ptrdiff_t stride, float *sums),
    LIST(maps, channels, height, width, points, stride, sums))

// Row after row at each point, which is where most of the bytes are.
#define FOR_EACH_KERNEL(start, end, outputs)       \
  for (ptrdiff_t in = start; in < end; in++)       \
    for (ptrdiff_t out = 0; out < outputs / 16; out++)

INLINED void kernels_of(
    Type type, const float *taps, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, int turned, void *points, ptrdiff_t stride) {
  FOR_EACH_KERNEL(start, end, outputs) {
    const float *first = taps + first_tap(inputs, in, out);
    Vector g[9], result[36];
    for (int tap = 0; tap < 9; tap++)
      g[tap] = *(const Vector *)(first + (turned ? 8 - tap : tap) * 256);
    transform_kernel(g, result);
    for (int q = 0; q < 36; q++)
      store(type, points, q * (stride / 16) + in * (outputs / 16) + out, &result[q]);
  }
}

TYPED(
    cwinograd_kernel, kernels_of,
    LIST(const float *taps, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start, ptrdiff_t end,
         int turned, void *points, ptrdiff_t stride),
    LIST(taps, inputs, outputs, start, end, turned, points, stride))

CLONED void cwinograd_kernel_gradient(
    const float *points, ptrdiff_t stride, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t start,
    ptrdiff_t end, float *taps) {
  FOR_EACH_KERNEL(start, end, outputs)
    restore_kernel_gradient(
        points + in * outputs + out * 16, stride, taps + first_tap(inputs, in, out));
}
