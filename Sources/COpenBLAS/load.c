#include "COpenBLAS.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// The first of the names, of which the last is null, that the loader finds.
static void *open_first(const char *const *names, int flags) {
  void *library = NULL;
  for (; *names && !library; names++) library = dlopen(*names, flags);
  return library;
}

// A variable of the environment that has a value of ours while the library is loaded.
typedef struct {
  const char *name;
  char *stated;
} variable;

static variable replace(const char *name, const char *value) {
  const char *stated = getenv(name);
  variable result = {name, stated ? strdup(stated) : NULL};
  setenv(name, value, true);
  return result;
}

static void restore(variable replaced) {
  if (replaced.stated)
    setenv(replaced.name, replaced.stated, true);
  else
    unsetenv(replaced.name);
  free(replaced.stated);
}

static void *open_openblas(const char *path) {
  static const char *const known[] = {
      "libopenblas.so.0", "libopenblas.so", "libopenblas.dylib",
      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", NULL};
  const char *const stated[] = {path, NULL};
  const char *const *names = path ? stated : known;
  // The library makes its threads as it is loaded, as many as this says.
  variable threads = replace("OPENBLAS_NUM_THREADS", "1");
  // Its LAPACK is to serve LAPACKE before any other; one that was named has both, and is nobody
  // else's business.
  void *library = open_first(names, RTLD_LAZY | (path ? RTLD_LOCAL : RTLD_GLOBAL));
  restore(threads);
  return library;
}

// The function of that name, which builds for Python packages have with a prefix.
static void *find_symbol(void *library, const char *name) {
  void *symbol = dlsym(library, name);
  if (symbol) return symbol;
  char prefixed[64];
  snprintf(prefixed, sizeof prefixed, "scipy_%s", name);
  return dlsym(library, prefixed);
}

// The kernels for what the processor has, where that is more than those that the library falls back
// on for a processor it does not know; else null.
static const char *better_kernels(const char *chosen) {
#if defined(__x86_64__)
  static const char *const fallbacks[] = {"Prescott", "Core2", "Penryn", "Dunnington", "Nehalem",
                                          "Athlon",   "Opteron", "Barcelona", "Bobcat", "Atom",
                                          "Generic",  NULL};
  for (const char *const *name = fallbacks; *name; name++) {
    if (strcasecmp(chosen, *name)) continue;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd"))
      return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
  }
#endif
  return NULL;
}

// Opens the library; once more where it does not know the processor and the user has not said which
// kernels to take, for it looks only as it is loaded.
static void *open_with_kernels(const char *path) {
  void *library = open_openblas(path);
  if (!library || getenv("OPENBLAS_CORETYPE")) return library;
  __typeof__(&openblas_get_corename) corename = find_symbol(library, "openblas_get_corename");
  const char *better = corename ? better_kernels(corename()) : NULL;
  if (!better) return library;
  dlclose(library);
  variable kernels = replace("OPENBLAS_CORETYPE", better);
  library = open_openblas(path);
  restore(kernels);
  return library;
}

// Whether all were found.
static bool find(const char *path, copenblas_functions *functions) {
  static const char *const lapacke_names[] = {"liblapacke.so.3", "liblapacke.so",
                                              "liblapacke.dylib", NULL};
  void *openblas = open_with_kernels(path);
  if (!openblas) return false;
  // Some builds of OpenBLAS have LAPACKE inside.
  void *lapacke = find_symbol(openblas, "LAPACKE_dgesdd")
                      ? openblas
                      : open_first(lapacke_names, RTLD_LAZY | RTLD_LOCAL);
  if (!lapacke) return false;
#define FOUND(library, prefix, name) \
  (functions->name = (__typeof__(functions->name))find_symbol(library, #prefix #name))
  return FOUND(openblas, cblas_, dgemm) && FOUND(openblas, cblas_, sgemm) &&
         FOUND(openblas, cblas_, dsyrk) && FOUND(openblas, cblas_, dtrsm) &&
         FOUND(lapacke, LAPACKE_, dgeqrf) && FOUND(lapacke, LAPACKE_, dgesdd) &&
         FOUND(lapacke, LAPACKE_, dpotrf) && FOUND(lapacke, LAPACKE_, dsyevd) &&
         FOUND(lapacke, LAPACKE_, dtpqrt) && FOUND(lapacke, LAPACKE_, dtrcon) &&
         FOUND(lapacke, LAPACKE_, dtrtri) && FOUND(openblas, openblas_, get_config) &&
         FOUND(openblas, openblas_, get_corename);
}

// Whether products of small whole numbers, which are exact in either precision, come out: of sizes
// that are whole tiles of the kernels and of some that are not.
static bool multiplies(const copenblas_functions *functions) {
  enum { ROWS = 37, COLUMNS = 29, DEPTH = 53 };
  static double a[ROWS * DEPTH], b[COLUMNS * DEPTH], c[ROWS * COLUMNS];
  static float single_a[ROWS * DEPTH], single_b[COLUMNS * DEPTH], single_c[ROWS * COLUMNS];
  for (int i = 0; i < ROWS * DEPTH; i++) single_a[i] = a[i] = i % 7 - 3;
  for (int i = 0; i < COLUMNS * DEPTH; i++) single_b[i] = b[i] = i % 5 - 2;
  functions->dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, ROWS, COLUMNS, DEPTH, 1, a, DEPTH, b,
                   DEPTH, 0, c, COLUMNS);
  functions->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, ROWS, COLUMNS, DEPTH, 1, single_a,
                   DEPTH, single_b, DEPTH, 0, single_c, COLUMNS);
  for (int row = 0; row < ROWS; row++)
    for (int column = 0; column < COLUMNS; column++) {
      double sum = 0;
      for (int k = 0; k < DEPTH; k++) sum += a[row * DEPTH + k] * b[column * DEPTH + k];
      if (c[row * COLUMNS + column] != sum || single_c[row * COLUMNS + column] != sum) return false;
    }
  return true;
}

const copenblas_functions *copenblas_load(const char *path, const char **problem) {
  static copenblas_functions functions;
  if (!find(path, &functions)) {
    *problem = dlerror();
    if (!*problem) *problem = "a function is missing";
    return NULL;
  }
  if (!multiplies(&functions)) {
    *problem = "its products are wrong on this processor; OPENBLAS_CORETYPE names other kernels";
    return NULL;
  }
  return &functions;
}
