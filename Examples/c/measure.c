/* Measures the features in two files of raw numbers, and prints the report as JSON.

   usage: measure FEATURES LABELS COLUMNS [OPTIONS]

   FEATURES holds float32 numbers, COLUMNS to a row, LABELS an int64 per row, both as this machine stores them (NumPy:
   array.tofile). OPTIONS is a JSON object of what else is asked for: '{"convention": "zhu", "spectrum": true}'.

   Rows are read in blocks, once for each pass: memory does not grow with their number. */
#include <collapse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

static int fail(const char *what, const char *why, int code) {
  fprintf(stderr, "measure: %s: %s\n", what, why);
  return code;
}

/* One pass over the files. */
static collapse_status pass(collapse_analysis *analysis, FILE *features, FILE *labels, size_t columns,
                            float *rows, int64_t *marks) {
  rewind(features);
  rewind(labels);
  for (;;) {
    size_t count = fread(marks, sizeof *marks, BLOCK, labels);
    if (count == 0) return COLLAPSE_OK;
    if (fread(rows, sizeof *rows * columns, count, features) != count) {
      fprintf(stderr, "measure: there are fewer rows of features than labels\n");
      return COLLAPSE_BAD_INPUT;
    }
    collapse_status status = collapse_push(analysis, rows, marks, count);
    if (status != COLLAPSE_OK) return status;
  }
}

int main(int count, char **words) {
  if (count < 4) return fail("usage", "measure FEATURES LABELS COLUMNS [OPTIONS]", COLLAPSE_USAGE);
  long columns = strtol(words[3], NULL, 10);
  if (columns < 1 || columns > 1 << 24) return fail(words[3], "expected a number of columns", COLLAPSE_USAGE);
  FILE *features = fopen(words[1], "rb"), *labels = fopen(words[2], "rb");
  if (!features || !labels) return fail(features ? words[2] : words[1], "cannot be read", COLLAPSE_MISSING_INPUT);

  const char *more_options = count > 4 ? strchr(words[4], '{') : NULL;
  const char *rest = more_options ? more_options + 1 : "}";
  size_t size = strlen(rest) + 128;
  char *options = malloc(size);
  float *rows = malloc(sizeof *rows * (size_t)columns * BLOCK);
  int64_t *marks = malloc(sizeof *marks * BLOCK);
  if (!options || !rows || !marks) return fail("memory", "there is too little", COLLAPSE_INTERNAL);
  snprintf(options, size, "{\"columns\": %ld, \"dtype\": \"float32\"%s%s", columns,
           strspn(rest, " }") == strlen(rest) ? "" : ", ", rest);

  collapse_analysis *analysis = NULL;
  collapse_status status = collapse_open(options, &analysis);
  int more = 1;
  while (status == COLLAPSE_OK && more) {
    status = pass(analysis, features, labels, (size_t)columns, rows, marks);
    if (status == COLLAPSE_OK) status = collapse_next_pass(analysis, &more);
  }
  const char *json = NULL;
  if (status == COLLAPSE_OK) status = collapse_result(analysis, &json);
  if (status == COLLAPSE_OK)
    fputs(json, stdout);
  else
    fprintf(stderr, "measure: %s\n", collapse_message(analysis));
  collapse_close(analysis);
  free(options);
  free(rows);
  free(marks);
  return (int)status;
}
