#include "COnnxRuntime.h"

#include <dlfcn.h>

_Static_assert(offsetof(ort_api, create_session_from_array) == 8 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, run) == 9 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, set_threads) == 24 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, create_tensor) == 49 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, tensor_data) == 51 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, element_type) == 60 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, tensor_shape) == 65 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, create_memory) == 69 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, release_env) == 92 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, release_shape) == 99 * sizeof(void *), "");
_Static_assert(offsetof(ort_api, add_config) == 130 * sizeof(void *), "");

const ort_base *cort_load(const char *path, const char **problem) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    *problem = dlerror();
    return 0;
  }
  const ort_base *(*entry)(void) = (const ort_base *(*)(void))dlsym(library, "OrtGetApiBase");
  if (!entry) {
    *problem = "it has no OrtGetApiBase";
    return 0;
  }
  return entry();
}
