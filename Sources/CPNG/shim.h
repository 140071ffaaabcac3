#pragma once
#include <png.h>

// A macro with arguments, which Swift does not import: the most bytes an image can take as PNG.
static inline size_t cpng_largest_encoded_size(png_image image) {
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}
