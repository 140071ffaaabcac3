#include "COpenBLAS.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The first of the names, of which the last is null, that the loader finds.
static void *open_first(const char *const *names, int flags) {
  void *library = NULL;
  for (; *names && !library; names++) library = dlopen(*names, flags);
  return library;
}

static void *open_openblas(void) {
  static const char *const names[] = {
      "libopenblas.so.0", "libopenblas.so", "libopenblas.dylib",
      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", NULL};
  // The library makes its threads as it is loaded, as many as this says.
  static const char *const variable = "OPENBLAS_NUM_THREADS";
  const char *value = getenv(variable);
  char *stated = value ? strdup(value) : NULL;
  setenv(variable, "1", true);
  // Its LAPACK is to serve LAPACKE before any other.
  void *library = open_first(names, RTLD_LAZY | RTLD_GLOBAL);
  if (stated)
    setenv(variable, stated, true);
  else
    unsetenv(variable);
  free(stated);
  return library;
}

// Whether all were found.
static bool find(copenblas_functions *functions) {
  static const char *const lapacke_names[] = {"liblapacke.so.3", "liblapacke.so",
                                              "liblapacke.dylib", NULL};
  void *openblas = open_openblas();
  if (!openblas) return false;
  // Some builds of OpenBLAS have LAPACKE inside.
  void *lapacke = dlsym(openblas, "LAPACKE_dgesdd")
                      ? openblas
                      : open_first(lapacke_names, RTLD_LAZY | RTLD_LOCAL);
  if (!lapacke) return false;
#define FOUND(library, prefix, name) \
  (functions->name = (__typeof__(functions->name))dlsym(library, #prefix #name))
  return FOUND(openblas, cblas_, dgemm) && FOUND(openblas, cblas_, dsyrk) &&
         FOUND(openblas, cblas_, dtrsm) && FOUND(lapacke, LAPACKE_, dgeqrf) &&
         FOUND(lapacke, LAPACKE_, dgesdd) && FOUND(lapacke, LAPACKE_, dpotrf) &&
         FOUND(lapacke, LAPACKE_, dsyevd) && FOUND(lapacke, LAPACKE_, dtpqrt) &&
         FOUND(lapacke, LAPACKE_, dtrcon) && FOUND(lapacke, LAPACKE_, dtrtri) &&
         FOUND(openblas, openblas_, get_config) && FOUND(openblas, openblas_, get_corename);
}

const copenblas_functions *copenblas_load(const char **problem) {
  static copenblas_functions functions;
  if (find(&functions)) return &functions;
  *problem = dlerror();
  return NULL;
}
