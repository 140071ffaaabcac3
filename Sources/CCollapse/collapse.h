/* Measures of neural collapse, for any language that calls C.

   An analysis takes the rows of a set of features, with the label of each, in order and in pieces of any
   size, once for each of its passes, and gives a report as JSON (docs/measures.schema.json).

       collapse_analysis *analysis;
       int more = 1;
       collapse_status status = collapse_open("{\"columns\": 512, \"dtype\": \"float32\"}", &analysis);
       while (status == COLLAPSE_OK && more) {
         status = collapse_push(analysis, features, labels, rows);
         if (status == COLLAPSE_OK) status = collapse_next_pass(analysis, &more);
       }
       const char *json;
       if (status == COLLAPSE_OK) status = collapse_result(analysis, &json);
       if (status != COLLAPSE_OK) fprintf(stderr, "%s\n", collapse_message(analysis));
       collapse_close(analysis);

   Any number of analyses may be under way, each used by one thread at a time. The library has no state but
   these, installs no signal handler, starts threads only for the length of a call, and goes on in a process
   that was forked. No function ends the process, whatever it is given: arguments are checked, and what cannot
   be is said below. */
#ifndef COLLAPSE_H
#define COLLAPSE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The codes with which the command `collapse` ends. */
typedef enum {
  COLLAPSE_OK = 0,
  COLLAPSE_USAGE = 64,         /* wrong options, or a call that makes no sense now */
  COLLAPSE_BAD_INPUT = 65,     /* features, labels or weights that cannot be analyzed */
  COLLAPSE_MISSING_INPUT = 66, /* a library that is needed is not there */
  COLLAPSE_INTERNAL = 70,
  COLLAPSE_INTERRUPTED = 130
} collapse_status;

typedef struct collapse_analysis collapse_analysis;

/* Of the library, as the command states its own. */
const char *collapse_version(void);

/* Names the build of OpenBLAS, with LAPACKE inside, that is loaded when the first analysis needs one, in place
   of the system's. COLLAPSE_USAGE where another one has been loaded already. */
collapse_status collapse_use_blas(const char *path);

/* What can be asked for, as JSON: a list of objects with "name", "default" (or "absence", what it amounts to
   where it is left out) and "description". */
const char *collapse_options(void);

/* Begins an analysis. `options` is a JSON object in UTF-8; "columns" and "dtype" are required.

   *analysis is set whatever is returned (unless there is no memory, or `analysis` is null), so that its
   message can be read, and is to be closed. */
collapse_status collapse_open(const char *options, collapse_analysis **analysis);

/* States W, `rows` × `columns` in row-major order, and b, of length `rows` or null. Before the first rows. */
collapse_status collapse_set_classifier(collapse_analysis *analysis, const double *weights, const double *bias,
                                        size_t rows, size_t columns);

/* Has rows decided by the class means of another analysis, of a training set, whose pass over the means has
   ended; `name` is what the report calls it, or null. Before the first rows. */
collapse_status collapse_set_means(collapse_analysis *analysis, collapse_analysis *training, const char *name);

/* Has the mean of another analysis's rows, whose pass over the means has ended, taken for that of an
   out-of-distribution set. Before the first rows. */
collapse_status collapse_set_ood(collapse_analysis *analysis, collapse_analysis *other);

/* Hands over the next `rows` rows: numbers of the type "dtype" one after another, labels of the type
   "label_type". Both are read before this returns. In the pass "labels" features may be null, and of features
   without labels ("unlabelled") the labels. */
collapse_status collapse_push(collapse_analysis *analysis, const void *features, const void *labels, size_t rows);

/* What rows are wanted for: "labels", "means", "sample", "measures", "training", "classes", or "finished". */
const char *collapse_pass(collapse_analysis *analysis);

/* Ends the pass; *more is 1 where all rows are to be handed over once more, and 0 where the result is there. */
collapse_status collapse_next_pass(collapse_analysis *analysis, int *more);

/* The measures as JSON, good until the analysis is closed. */
collapse_status collapse_result(collapse_analysis *analysis, const char **json);

/* What was wrong with the last call that failed; good until the next call with this analysis. */
const char *collapse_message(collapse_analysis *analysis);

/* Ends the call that another thread is in with COLLAPSE_INTERRUPTED, after the block of rows at hand. */
void collapse_interrupt(collapse_analysis *analysis);

/* Gives up the analysis and its strings. */
void collapse_close(collapse_analysis *analysis);

#ifdef __cplusplus
}
#endif
#endif
