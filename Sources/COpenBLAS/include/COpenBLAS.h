// The functions of OpenBLAS and LAPACKE that the analysis calls, found when the first is needed.
//
// The library is not linked: loading it costs milliseconds of ten thousands of addresses, which a
// command that multiplies nothing large should not pay, and its pool of threads spins for a while
// once it is made, on processors that read rows meanwhile. Loaded here it makes no pool.
#pragma once
#if __has_include(<cblas.h>)
#include <cblas.h>
#include <lapacke.h>
#elif __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#include <openblas/lapacke.h>
#else
#include "/opt/homebrew/opt/openblas/include/cblas.h"
#include "/opt/homebrew/opt/openblas/include/lapacke.h"
#endif

#pragma clang assume_nonnull begin

typedef struct {
  __typeof__(cblas_dgemm) *dgemm;
  __typeof__(cblas_sgemm) *sgemm;
  __typeof__(cblas_dsyrk) *dsyrk;
  __typeof__(cblas_dtrsm) *dtrsm;
  __typeof__(LAPACKE_dgeqrf) *dgeqrf;
  __typeof__(LAPACKE_dgesdd) *dgesdd;
  __typeof__(LAPACKE_dpotrf) *dpotrf;
  __typeof__(LAPACKE_dsyevd) *dsyevd;
  __typeof__(LAPACKE_dtpqrt) *dtpqrt;
  __typeof__(LAPACKE_dtrcon) *dtrcon;
  __typeof__(LAPACKE_dtrtri) *dtrtri;
  __typeof__(openblas_get_config) *get_config;
  __typeof__(openblas_get_corename) *get_corename;
} copenblas_functions;

/// The functions, every call of which runs on the thread that makes it; null where one is missing,
/// and then `problem` is what the loader says. Not to be called by two threads at once.
///
/// `path` is that of a build with LAPACKE inside; null for the system's.
const copenblas_functions *_Nullable copenblas_load(
    const char *_Nullable path, const char *_Nullable *_Nonnull problem);

#pragma clang assume_nonnull end
