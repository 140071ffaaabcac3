// What Collapse asks of a library that passes messages: a table of functions that an adapter, compiled by
// a site's own mpicc, fills. No type of MPI stands in it, so that the program is built, and runs, without one.
#ifndef CMESSAGES_H
#define CMESSAGES_H

#include <stdint.h>

// Changes with the table.
#define CMESSAGES_VERSION 1

#ifndef __clang__
#define _Nonnull
#define _Nullable
#endif

typedef struct {
  uint32_t version;
  // Of which MPI the adapter is: "openmpi", "mpich" (and those whose launchers are alike), "abi", "other".
  const char *_Nonnull family;
  // What it was compiled with: "Open MPI 4.1.4".
  const char *_Nonnull compiled;
  // What the library calls itself, before it is started too.
  const char *_Nonnull (*_Nonnull library)(void);
  // The functions below return 0, or an error that `text` explains.
  int (*_Nonnull start)(int *_Nonnull rank, int *_Nonnull size);
  int (*_Nonnull finish)(void);
  int (*_Nonnull send)(const void *_Nullable bytes, uint64_t count, int to);
  // How many bytes another sends next; `receive` takes them.
  int (*_Nonnull expect)(uint64_t *_Nonnull count, int from);
  int (*_Nonnull receive)(void *_Nullable bytes, uint64_t count, int from);
  const char *_Nonnull (*_Nonnull text)(int error);
  // Ends all ranks with an exit code.
  void (*_Nonnull abort)(int code);
} messages;

// The adapter's only symbol.
#define CMESSAGES_ENTRY "collapse_messages"
typedef const messages *_Nonnull (*messages_entry)(void);

// The adapter at a path, or null with the reason. To be `used` its symbols must be global, for an MPI
// that loads parts of itself; to be looked at they must not, for another may be looked at after it.
const messages *_Nullable messages_load(
    const char *_Nonnull path, int used, const char *_Nullable *_Nonnull problem);

#endif
