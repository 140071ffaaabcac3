// The functions of Clp's C interface that are called, found when the first is needed.
//
// The library is not linked and its headers are not needed: linear programmes are a part of one
// experiment, and whoever does another should not have to install a solver.
#pragma once

#pragma clang assume_nonnull begin

typedef struct cclp_model cclp_model;

typedef struct {
  const char *_Nonnull (*_Nonnull Version)(void);
  cclp_model *_Nullable (*_Nonnull newModel)(void);
  void (*_Nonnull deleteModel)(cclp_model *);
  void (*_Nonnull setLogLevel)(cclp_model *, int level);
  // Columns compressed: those of column j are index[start[j]] … index[start[j + 1] - 1].
  void (*_Nonnull loadProblem)(cclp_model *, int columns, int rows, const int *start, const int *index,
                      const double *value, const double *lower, const double *upper,
                      const double *_Nullable objective, const double *rowLower,
                      const double *rowUpper);
  // 0 optimal, 1 no point is feasible, 2 unbounded, 3 stopped, 4 errors.
  // The dual method is not called: of free variables it takes some for infeasible that are not.
  int (*_Nonnull primal)(cclp_model *, int valuesPass);
  int (*_Nonnull status)(cclp_model *);
} cclp_functions;

/// The functions; null where one is missing, and then `problem` is what the loader says. Not to be
/// called by two threads at once.
const cclp_functions *_Nullable cclp_load(const char *_Nullable *_Nonnull problem);

#pragma clang assume_nonnull end
