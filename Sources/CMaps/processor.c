#include "convolution.h"
#include "vectors.h"

int cconvolution_multiplies_bfloat16(void) {
#ifdef ROUNDING
  return multiplies_bfloat16();
#else
  return 0;
#endif
}
