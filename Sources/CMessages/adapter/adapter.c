// Compiled by scripts/build-mpi-adapter with the mpicc of the machine on which it is to run.
#include "../include/CMessages.h"

#include <mpi.h>
#include <stddef.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

// scripts/build-mpi-adapter asks for FAMILY, to name the file by it.
#if defined(OPEN_MPI)
#define FAMILY "openmpi"
#define COMPILED                                                                      \
  "Open MPI " TEXT(OMPI_MAJOR_VERSION) "." TEXT(OMPI_MINOR_VERSION) "." TEXT(OMPI_RELEASE_VERSION)
#elif defined(I_MPI_VERSION)
#define FAMILY "mpich"
#define COMPILED "Intel MPI " I_MPI_VERSION
#elif defined(MVAPICH2_VERSION)
#define FAMILY "mpich"
#define COMPILED "MVAPICH " MVAPICH2_VERSION
#elif defined(MPICH_VERSION)
#define FAMILY "mpich"
#define COMPILED "MPICH " MPICH_VERSION
#elif defined(MPI_ABI_VERSION)
#define FAMILY "abi"
#define COMPILED "the MPI ABI " TEXT(MPI_ABI_VERSION)
#else
#define FAMILY "other"
#define COMPILED "MPI " TEXT(MPI_VERSION) "." TEXT(MPI_SUBVERSION)
#endif

enum { LENGTH = 1, CONTENT = 2 };
// Counts are ints before MPI 4.
static const uint64_t piece = 1u << 28;

static const char *library(void) {
  static char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  if (MPI_Get_library_version(text, &length)) return COMPILED;
  for (int i = 0; i < length; i++)
    if (text[i] == '\n' || text[i] == '\t') text[i] = ' ';
  return text;
}

static int start(int *rank, int *size) {
  int is_started = 0, provided, error = MPI_Initialized(&is_started);
  // One thread at a time calls.
  if (!error && !is_started) error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (!error) error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (!error) error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return error ? error : MPI_Comm_size(MPI_COMM_WORLD, size);
}

static int finish(void) { return MPI_Finalize(); }

static int send(const void *bytes, uint64_t count, int to) {
  int error = MPI_Send(&count, 1, MPI_UINT64_T, to, LENGTH, MPI_COMM_WORLD);
  for (uint64_t at = 0; at < count && !error; at += piece) {
    int n = (int)(count - at < piece ? count - at : piece);
    error = MPI_Send((const char *)bytes + at, n, MPI_BYTE, to, CONTENT, MPI_COMM_WORLD);
  }
  return error;
}

static int expect(uint64_t *count, int from) {
  return MPI_Recv(count, 1, MPI_UINT64_T, from, LENGTH, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static int receive(void *bytes, uint64_t count, int from) {
  int error = 0;
  for (uint64_t at = 0; at < count && !error; at += piece) {
    int n = (int)(count - at < piece ? count - at : piece);
    error = MPI_Recv((char *)bytes + at, n, MPI_BYTE, from, CONTENT, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  return error;
}

static const char *text(int error) {
  static char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  return MPI_Error_string(error, text, &length) ? "an unknown error of MPI" : text;
}

static void stop(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

static const messages table = {CMESSAGES_VERSION, FAMILY, COMPILED, library, start,  finish,
                               send,              expect, receive,  text,    stop};

const messages *collapse_messages(void) { return &table; }
