// The part of ONNX Runtime's C interface that is called, by the order of its table.
//
// The library brings no headers. It has one entry, OrtGetApiBase, and behind it a table of functions
// that only ever grows: places and types below hold for every version from 1.4 (table 5) on.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct ort_status ort_status;
typedef struct ort_env ort_env;
typedef struct ort_session ort_session;
typedef struct ort_options ort_options;
typedef struct ort_value ort_value;
typedef struct ort_memory ort_memory;
typedef struct ort_shape ort_shape;

typedef struct {
  void *_Nullable r0[1];
  int (*error_code)(const ort_status *);                                                        // 1
  const char *_Nonnull (*_Nonnull error_message)(const ort_status *);                           // 2
  ort_status *_Nullable (*_Nonnull create_env)(int level, const char *id, ort_env *_Nullable *_Nonnull);  // 3
  void *_Nullable r4[2];
  ort_status *_Nullable (*_Nonnull disable_telemetry)(const ort_env *);                         // 6
  void *_Nullable r7[1];
  ort_status *_Nullable (*_Nonnull create_session_from_array)(
      const ort_env *, const void *, size_t, const ort_options *, ort_session *_Nullable *_Nonnull);  // 8
  ort_status *_Nullable (*_Nonnull run)(
      ort_session *, const void *_Nullable, const char *_Nullable const *_Nonnull,
      const ort_value *_Nullable const *_Nonnull, size_t, const char *_Nullable const *_Nonnull, size_t,
      ort_value *_Nullable *_Nonnull);                                                          // 9
  ort_status *_Nullable (*_Nonnull create_options)(ort_options *_Nullable *_Nonnull);           // 10
  void *_Nullable r11[12];
  ort_status *_Nullable (*_Nonnull set_optimization)(ort_options *, int);                       // 23
  ort_status *_Nullable (*_Nonnull set_threads)(ort_options *, int);                            // 24
  void *_Nullable r25[24];
  ort_status *_Nullable (*_Nonnull create_tensor)(
      const ort_memory *, void *, size_t, const int64_t *, size_t, int, ort_value *_Nullable *_Nonnull);  // 49
  void *_Nullable r50[1];
  ort_status *_Nullable (*_Nonnull tensor_data)(ort_value *, void *_Nullable *_Nonnull);        // 51
  void *_Nullable r52[8];
  ort_status *_Nullable (*_Nonnull element_type)(const ort_shape *, int *);                     // 60
  ort_status *_Nullable (*_Nonnull rank)(const ort_shape *, size_t *);                          // 61
  ort_status *_Nullable (*_Nonnull dimensions)(const ort_shape *, int64_t *, size_t);           // 62
  void *_Nullable r63[2];
  ort_status *_Nullable (*_Nonnull tensor_shape)(const ort_value *, ort_shape *_Nullable *_Nonnull);  // 65
  void *_Nullable r66[3];
  ort_status *_Nullable (*_Nonnull create_memory)(int, int, ort_memory *_Nullable *_Nonnull);   // 69
  void *_Nullable r70[22];
  void (*_Nonnull release_env)(ort_env *);                                                      // 92
  void (*_Nonnull release_status)(ort_status *);                                                // 93
  void (*_Nonnull release_memory)(ort_memory *);                                                // 94
  void (*_Nonnull release_session)(ort_session *);                                              // 95
  void (*_Nonnull release_value)(ort_value *);                                                  // 96
  void *_Nullable r97[2];
  void (*_Nonnull release_shape)(ort_shape *);                                                  // 99
  void (*_Nonnull release_options)(ort_options *);                                              // 100
  void *_Nullable r101[29];
  ort_status *_Nullable (*_Nonnull add_config)(ort_options *, const char *, const char *);      // 130
} ort_api;

typedef struct {
  const ort_api *_Nullable (*_Nonnull get_api)(uint32_t version);
  const char *_Nonnull (*_Nonnull version)(void);
} ort_base;

/// The library at `path`, or null, and then `problem` is what the loader says. It stays loaded.
const ort_base *_Nullable cort_load(
    const char *path, const char *_Nullable *_Nonnull problem);

#pragma clang assume_nonnull end
