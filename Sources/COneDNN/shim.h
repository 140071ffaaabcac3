#pragma once
#include <stdlib.h>
#include <string.h>
#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

// oneDNN 2 describes memory by a 696-byte struct and operations by "op descriptors"; oneDNN 3 by
// opaque handles and by one creation function per primitive. The functions below have one
// spelling for both, so the Swift side is written once.

#define CONEDNN_V3 (DNNL_VERSION_MAJOR >= 3)

// MARK: Constants Swift does not import: a pointer cast, and flags typed as an enumeration.

static inline void *conednn_no_memory(void) { return DNNL_MEMORY_NONE; }

static inline int conednn_version_major(void) { return DNNL_VERSION_MAJOR; }

// MARK: Layouts: where each element of an array lies in memory.

typedef struct conednn_layout *conednn_layout_t;

#if CONEDNN_V3
#define CONEDNN_MD(layout) ((const_dnnl_memory_desc_t)(layout))
static inline conednn_layout_t conednn_layout_copy(const_dnnl_memory_desc_t source) {
  dnnl_memory_desc_t copy = NULL;
  if (source == NULL || dnnl_memory_desc_clone(&copy, source) != dnnl_success) return NULL;
  return (conednn_layout_t)copy;
}
#else
#define CONEDNN_MD(layout) ((const dnnl_memory_desc_t *)(layout))
static inline conednn_layout_t conednn_layout_copy(const dnnl_memory_desc_t *source) {
  dnnl_memory_desc_t *copy;
  if (source == NULL) return NULL;
  copy = (dnnl_memory_desc_t *)malloc(sizeof(dnnl_memory_desc_t));
  if (copy != NULL) *copy = *source;
  return (conednn_layout_t)copy;
}
#endif

static inline conednn_layout_t conednn_layout_create(
    int rank, const int64_t *dimensions, dnnl_data_type_t type, dnnl_format_tag_t tag) {
#if CONEDNN_V3
  dnnl_memory_desc_t layout = NULL;
  if (dnnl_memory_desc_create_with_tag(&layout, rank, dimensions, type, tag) != dnnl_success)
    return NULL;
  return (conednn_layout_t)layout;
#else
  dnnl_memory_desc_t layout;
  if (dnnl_memory_desc_init_by_tag(&layout, rank, dimensions, type, tag) != dnnl_success)
    return NULL;
  return conednn_layout_copy(&layout);
#endif
}

/// An array whose elements lie `strides` apart along its axes.
static inline conednn_layout_t conednn_layout_create_strided(
    int rank, const int64_t *dimensions, dnnl_data_type_t type, const int64_t *strides) {
#if CONEDNN_V3
  dnnl_memory_desc_t layout = NULL;
  if (dnnl_memory_desc_create_with_strides(&layout, rank, dimensions, type, strides)
      != dnnl_success)
    return NULL;
  return (conednn_layout_t)layout;
#else
  dnnl_memory_desc_t layout;
  if (dnnl_memory_desc_init_by_strides(&layout, rank, dimensions, type, strides) != dnnl_success)
    return NULL;
  return conednn_layout_copy(&layout);
#endif
}

static inline void conednn_layout_destroy(conednn_layout_t layout) {
#if CONEDNN_V3
  dnnl_memory_desc_destroy((dnnl_memory_desc_t)layout);
#else
  free(layout);
#endif
}

static inline int conednn_layout_equal(conednn_layout_t a, conednn_layout_t b) {
  return dnnl_memory_desc_equal(CONEDNN_MD(a), CONEDNN_MD(b));
}

static inline dnnl_data_type_t conednn_layout_type(conednn_layout_t layout) {
#if CONEDNN_V3
  dnnl_data_type_t type = dnnl_data_type_undef;
  dnnl_memory_desc_query(CONEDNN_MD(layout), dnnl_query_data_type, &type);
  return type;
#else
  return CONEDNN_MD(layout)->data_type;
#endif
}

static inline size_t conednn_layout_byte_count(conednn_layout_t layout) {
  return dnnl_memory_desc_get_size(CONEDNN_MD(layout));
}

static inline dnnl_status_t conednn_memory_create(
    dnnl_memory_t *memory, conednn_layout_t layout, dnnl_engine_t engine) {
  return dnnl_memory_create(memory, CONEDNN_MD(layout), engine, DNNL_MEMORY_NONE);
}

// MARK: Attributes

/// What every primitive here runs with: scratch memory handed in by the caller (the library's own
/// is tied to the thread that created the primitive), and optionally a fused ReLU or a fused
/// addition to what the destination held.
static inline dnnl_status_t conednn_attributes_create(
    dnnl_primitive_attr_t *attributes, int accumulates, int rectifies) {
  dnnl_post_ops_t operations = NULL;
  dnnl_status_t status = dnnl_primitive_attr_create(attributes);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
  if (status != dnnl_success || !(accumulates || rectifies)) return status;
  status = dnnl_post_ops_create(&operations);
#if CONEDNN_V3
  if (status == dnnl_success && accumulates)
    status = dnnl_post_ops_append_sum(operations, 1.0f, 0, dnnl_data_type_undef);
  if (status == dnnl_success && rectifies)
    status = dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0.0f, 0.0f);
#else
  if (status == dnnl_success && accumulates) status = dnnl_post_ops_append_sum(operations, 1.0f);
  if (status == dnnl_success && rectifies)
    status = dnnl_post_ops_append_eltwise(operations, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
#endif
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*attributes, operations);
  dnnl_post_ops_destroy(operations);
  return status;
}

// MARK: Primitive descriptors

/// What all creation functions share: the attributes, the forward descriptor a backward one is
/// derived from, and how many of the library's implementations to pass over.
typedef struct {
  dnnl_engine_t engine;
  dnnl_primitive_attr_t attributes;
  dnnl_primitive_desc_t forward;
  int skipped;
} conednn_request;

static inline const char *conednn_implementation(dnnl_primitive_desc_t descriptor) {
  const char *name = NULL;
  dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &name);
  return name == NULL ? "unknown" : name;
}

// What comes next after an implementation of which a primitive stands in the library's cache is that
// implementation once more, in all versions up to now: passing over implementations means passing
// over their names.

#if CONEDNN_V3
static inline dnnl_status_t conednn_skip(
    dnnl_status_t status, conednn_request request, dnnl_primitive_desc_t *result) {
  char name[128];
  for (int passed = 0; status == dnnl_success && passed < request.skipped;) {
    strncpy(name, conednn_implementation(*result), sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    status = dnnl_primitive_desc_next_impl(*result);
    if (status == dnnl_success
        && strncmp(name, conednn_implementation(*result), sizeof(name) - 1) != 0)
      passed++;
  }
  if (status != dnnl_success && *result != NULL) {
    dnnl_primitive_desc_destroy(*result);
    *result = NULL;
  }
  return status;
}
#else
static inline dnnl_status_t conednn_fetch(
    dnnl_status_t status, const void *operation, conednn_request request,
    dnnl_primitive_desc_t *result) {
  dnnl_primitive_desc_iterator_t iterator = NULL;
  dnnl_primitive_desc_t current = NULL;
  if (status != dnnl_success) return status;
  status = dnnl_primitive_desc_iterator_create(
      &iterator, operation, request.attributes, request.engine, request.forward);
  if (status != dnnl_success) return status;
  current = dnnl_primitive_desc_iterator_fetch(iterator);
  for (int passed = 0; current != NULL && passed < request.skipped;) {
    dnnl_primitive_desc_t next = NULL;
    if (dnnl_primitive_desc_iterator_next(iterator) == dnnl_success)
      next = dnnl_primitive_desc_iterator_fetch(iterator);
    if (next != NULL && strcmp(conednn_implementation(current), conednn_implementation(next)) != 0)
      passed++;
    dnnl_primitive_desc_destroy(current);
    current = next;
  }
  dnnl_primitive_desc_iterator_destroy(iterator);
  *result = current;
  return current == NULL ? dnnl_unimplemented : dnnl_success;
}
#endif

/// The layout of one argument, a copy to be destroyed; NULL where there is no such argument.
static inline conednn_layout_t conednn_argument_layout(dnnl_primitive_desc_t descriptor, int argument) {
  return conednn_layout_copy(
      dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument));
}

static inline dnnl_status_t conednn_reorder(
    dnnl_primitive_desc_t *result, conednn_request request, conednn_layout_t source,
    conednn_layout_t destination) {
  return dnnl_reorder_primitive_desc_create(
      result, CONEDNN_MD(source), request.engine, CONEDNN_MD(destination), request.engine,
      request.attributes);
}

static inline dnnl_status_t conednn_dense_forward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    conednn_layout_t source, conednn_layout_t weights, conednn_layout_t bias,
    conednn_layout_t destination) {
#if CONEDNN_V3
  return conednn_skip(dnnl_inner_product_forward_primitive_desc_create(
      result, request.engine, kind, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(bias),
      CONEDNN_MD(destination), request.attributes), request, result);
#else
  dnnl_inner_product_desc_t operation;
  return conednn_fetch(dnnl_inner_product_forward_desc_init(
      &operation, kind, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(bias),
      CONEDNN_MD(destination)), &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_dense_backward_data(
    dnnl_primitive_desc_t *result, conednn_request request, conednn_layout_t source,
    conednn_layout_t weights, conednn_layout_t destination) {
#if CONEDNN_V3
  return conednn_skip(dnnl_inner_product_backward_data_primitive_desc_create(
      result, request.engine, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(destination),
      request.forward, request.attributes), request, result);
#else
  dnnl_inner_product_desc_t operation;
  return conednn_fetch(dnnl_inner_product_backward_data_desc_init(
      &operation, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(destination)),
      &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_dense_backward_weights(
    dnnl_primitive_desc_t *result, conednn_request request, conednn_layout_t source,
    conednn_layout_t weights, conednn_layout_t bias, conednn_layout_t destination) {
#if CONEDNN_V3
  return conednn_skip(dnnl_inner_product_backward_weights_primitive_desc_create(
      result, request.engine, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(bias),
      CONEDNN_MD(destination), request.forward, request.attributes), request, result);
#else
  dnnl_inner_product_desc_t operation;
  return conednn_fetch(dnnl_inner_product_backward_weights_desc_init(
      &operation, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(bias),
      CONEDNN_MD(destination)), &operation, request, result);
#endif
}

/// Strides and paddings of a convolution or a pooling, height before width.
typedef struct {
  int64_t kernel[2];
  int64_t strides[2];
  int64_t padding_before[2];
  int64_t padding_after[2];
} conednn_window;

// Spaces between the taps of a kernel, counted from zero: none.
static const int64_t conednn_dense_taps[2] = {0, 0};

static inline dnnl_status_t conednn_convolution_forward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    dnnl_alg_kind_t algorithm, conednn_layout_t source, conednn_layout_t weights,
    conednn_layout_t bias, conednn_layout_t destination, conednn_window window) {
#if CONEDNN_V3
  return conednn_skip(dnnl_convolution_forward_primitive_desc_create(
      result, request.engine, kind, algorithm, CONEDNN_MD(source), CONEDNN_MD(weights),
      CONEDNN_MD(bias), CONEDNN_MD(destination), window.strides, conednn_dense_taps,
      window.padding_before, window.padding_after, request.attributes), request, result);
#else
  dnnl_convolution_desc_t operation;
  return conednn_fetch(dnnl_convolution_forward_desc_init(
      &operation, kind, algorithm, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(bias),
      CONEDNN_MD(destination), window.strides, window.padding_before, window.padding_after),
      &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_convolution_backward_data(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_alg_kind_t algorithm,
    conednn_layout_t source, conednn_layout_t weights, conednn_layout_t destination,
    conednn_window window) {
#if CONEDNN_V3
  return conednn_skip(dnnl_convolution_backward_data_primitive_desc_create(
      result, request.engine, algorithm, CONEDNN_MD(source), CONEDNN_MD(weights),
      CONEDNN_MD(destination), window.strides, conednn_dense_taps, window.padding_before,
      window.padding_after, request.forward, request.attributes), request, result);
#else
  dnnl_convolution_desc_t operation;
  return conednn_fetch(dnnl_convolution_backward_data_desc_init(
      &operation, algorithm, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(destination),
      window.strides, window.padding_before, window.padding_after),
      &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_convolution_backward_weights(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_alg_kind_t algorithm,
    conednn_layout_t source, conednn_layout_t weights, conednn_layout_t bias,
    conednn_layout_t destination, conednn_window window) {
#if CONEDNN_V3
  return conednn_skip(dnnl_convolution_backward_weights_primitive_desc_create(
      result, request.engine, algorithm, CONEDNN_MD(source), CONEDNN_MD(weights),
      CONEDNN_MD(bias), CONEDNN_MD(destination), window.strides, conednn_dense_taps,
      window.padding_before, window.padding_after, request.forward, request.attributes),
      request, result);
#else
  dnnl_convolution_desc_t operation;
  return conednn_fetch(dnnl_convolution_backward_weights_desc_init(
      &operation, algorithm, CONEDNN_MD(source), CONEDNN_MD(weights), CONEDNN_MD(bias),
      CONEDNN_MD(destination), window.strides, window.padding_before, window.padding_after),
      &operation, request, result);
#endif
}

/// What a normalization learns and fuses. A struct, as the library's flags are an enumeration
/// whose combinations Swift would have to build from raw values.
typedef struct {
  int scale;
  int shift;
  int uses_given_statistics;
  int rectifies;
} conednn_normalization;

static inline unsigned conednn_normalization_flags(conednn_normalization options) {
  unsigned flags = 0;
  if (options.scale) flags |= dnnl_use_scale;
  if (options.shift) flags |= dnnl_use_shift;
  if (options.uses_given_statistics) flags |= dnnl_use_global_stats;
  if (options.rectifies) flags |= dnnl_fuse_norm_relu;
  return flags;
}

static inline dnnl_status_t conednn_batch_normalization_forward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    conednn_layout_t data, float epsilon, conednn_normalization options) {
#if CONEDNN_V3
  return conednn_skip(dnnl_batch_normalization_forward_primitive_desc_create(
      result, request.engine, kind, CONEDNN_MD(data), CONEDNN_MD(data), epsilon,
      conednn_normalization_flags(options), request.attributes), request, result);
#else
  dnnl_batch_normalization_desc_t operation;
  return conednn_fetch(dnnl_batch_normalization_forward_desc_init(
      &operation, kind, CONEDNN_MD(data), epsilon, conednn_normalization_flags(options)),
      &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_batch_normalization_backward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    conednn_layout_t data, float epsilon, conednn_normalization options) {
#if CONEDNN_V3
  return conednn_skip(dnnl_batch_normalization_backward_primitive_desc_create(
      result, request.engine, kind, CONEDNN_MD(data), CONEDNN_MD(data), CONEDNN_MD(data), epsilon,
      conednn_normalization_flags(options), request.forward, request.attributes),
      request, result);
#else
  dnnl_batch_normalization_desc_t operation;
  return conednn_fetch(dnnl_batch_normalization_backward_desc_init(
      &operation, kind, CONEDNN_MD(data), CONEDNN_MD(data), epsilon,
      conednn_normalization_flags(options)), &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_layer_normalization_forward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    conednn_layout_t data, conednn_layout_t statistics, float epsilon,
    conednn_normalization options) {
#if CONEDNN_V3
  return conednn_skip(dnnl_layer_normalization_forward_primitive_desc_create(
      result, request.engine, kind, CONEDNN_MD(data), CONEDNN_MD(data), CONEDNN_MD(statistics),
      epsilon, conednn_normalization_flags(options), request.attributes), request, result);
#else
  dnnl_layer_normalization_desc_t operation;
  return conednn_fetch(dnnl_layer_normalization_forward_desc_init(
      &operation, kind, CONEDNN_MD(data), CONEDNN_MD(statistics), epsilon,
      conednn_normalization_flags(options)), &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_layer_normalization_backward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    conednn_layout_t data, conednn_layout_t statistics, float epsilon,
    conednn_normalization options) {
#if CONEDNN_V3
  return conednn_skip(dnnl_layer_normalization_backward_primitive_desc_create(
      result, request.engine, kind, CONEDNN_MD(data), CONEDNN_MD(data), CONEDNN_MD(data),
      CONEDNN_MD(statistics), epsilon, conednn_normalization_flags(options), request.forward,
      request.attributes), request, result);
#else
  dnnl_layer_normalization_desc_t operation;
  return conednn_fetch(dnnl_layer_normalization_backward_desc_init(
      &operation, kind, CONEDNN_MD(data), CONEDNN_MD(data), CONEDNN_MD(statistics), epsilon,
      conednn_normalization_flags(options)), &operation, request, result);
#endif
}

/// The α of an elementwise function: softplus is log(1 + exp(αx))/α from oneDNN 3 on.
static inline float conednn_alpha(dnnl_alg_kind_t algorithm) {
  return algorithm == dnnl_eltwise_soft_relu ? 1.0f : 0.0f;
}

static inline dnnl_status_t conednn_elementwise_forward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    dnnl_alg_kind_t algorithm, conednn_layout_t data) {
#if CONEDNN_V3
  return conednn_skip(dnnl_eltwise_forward_primitive_desc_create(
      result, request.engine, kind, algorithm, CONEDNN_MD(data), CONEDNN_MD(data), conednn_alpha(algorithm), 0.0f,
      request.attributes), request, result);
#else
  dnnl_eltwise_desc_t operation;
  return conednn_fetch(dnnl_eltwise_forward_desc_init(
      &operation, kind, algorithm, CONEDNN_MD(data), conednn_alpha(algorithm), 0.0f), &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_elementwise_backward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_alg_kind_t algorithm,
    conednn_layout_t data) {
#if CONEDNN_V3
  return conednn_skip(dnnl_eltwise_backward_primitive_desc_create(
      result, request.engine, algorithm, CONEDNN_MD(data), CONEDNN_MD(data), CONEDNN_MD(data),
      conednn_alpha(algorithm), 0.0f, request.forward, request.attributes), request, result);
#else
  dnnl_eltwise_desc_t operation;
  return conednn_fetch(dnnl_eltwise_backward_desc_init(
      &operation, algorithm, CONEDNN_MD(data), CONEDNN_MD(data), conednn_alpha(algorithm), 0.0f),
      &operation, request, result);
#endif
}

/// The sum of two arrays; with the attribute, rectified.
static inline dnnl_status_t conednn_addition(
    dnnl_primitive_desc_t *result, conednn_request request, conednn_layout_t first,
    conednn_layout_t second, conednn_layout_t destination) {
#if CONEDNN_V3
  return conednn_skip(dnnl_binary_primitive_desc_create(
      result, request.engine, dnnl_binary_add, CONEDNN_MD(first), CONEDNN_MD(second),
      CONEDNN_MD(destination), request.attributes), request, result);
#else
  dnnl_binary_desc_t operation;
  return conednn_fetch(dnnl_binary_desc_init(
      &operation, dnnl_binary_add, CONEDNN_MD(first), CONEDNN_MD(second),
      CONEDNN_MD(destination)), &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_pooling_forward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_prop_kind_t kind,
    dnnl_alg_kind_t algorithm, conednn_layout_t source, conednn_layout_t destination,
    conednn_window window) {
#if CONEDNN_V3
  return conednn_skip(dnnl_pooling_forward_primitive_desc_create(
      result, request.engine, kind, algorithm, CONEDNN_MD(source), CONEDNN_MD(destination),
      window.strides, window.kernel, conednn_dense_taps, window.padding_before,
      window.padding_after, request.attributes), request, result);
#else
  dnnl_pooling_desc_t operation;
  return conednn_fetch(dnnl_pooling_forward_desc_init(
      &operation, kind, algorithm, CONEDNN_MD(source), CONEDNN_MD(destination), window.strides,
      window.kernel, window.padding_before, window.padding_after), &operation, request, result);
#endif
}

static inline dnnl_status_t conednn_pooling_backward(
    dnnl_primitive_desc_t *result, conednn_request request, dnnl_alg_kind_t algorithm,
    conednn_layout_t source, conednn_layout_t destination, conednn_window window) {
#if CONEDNN_V3
  return conednn_skip(dnnl_pooling_backward_primitive_desc_create(
      result, request.engine, algorithm, CONEDNN_MD(source), CONEDNN_MD(destination),
      window.strides, window.kernel, conednn_dense_taps, window.padding_before,
      window.padding_after, request.forward, request.attributes), request, result);
#else
  dnnl_pooling_desc_t operation;
  return conednn_fetch(dnnl_pooling_backward_desc_init(
      &operation, algorithm, CONEDNN_MD(source), CONEDNN_MD(destination), window.strides,
      window.kernel, window.padding_before, window.padding_after), &operation, request, result);
#endif
}

/// Products of matrices: of three axes, the first numbers them.
static inline dnnl_status_t conednn_product(
    dnnl_primitive_desc_t *result, conednn_request request, conednn_layout_t first,
    conednn_layout_t second, conednn_layout_t product) {
#if CONEDNN_V3
  return conednn_skip(dnnl_matmul_primitive_desc_create(
      result, request.engine, CONEDNN_MD(first), CONEDNN_MD(second), NULL, CONEDNN_MD(product),
      request.attributes), request, result);
#else
  dnnl_matmul_desc_t operation;
  return conednn_fetch(dnnl_matmul_desc_init(
      &operation, CONEDNN_MD(first), CONEDNN_MD(second), NULL, CONEDNN_MD(product)),
      &operation, request, result);
#endif
}

// MARK: Floating-point control, which Swift has no access to.

/// Makes the calling thread treat subnormal numbers as zero, and returns the control word before.
/// With a strong weight decay weights and moments fade through the subnormals, where one
/// operation costs a hundred times another.
static inline uint64_t conednn_flush_subnormals(void) {
#if defined(__x86_64__)
  uint32_t control;
  __asm__ volatile("stmxcsr %0" : "=m"(control));
  uint32_t flushing = control | 0x8040;  // flush-to-zero and denormals-are-zero
  __asm__ volatile("ldmxcsr %0" : : "m"(flushing));
  return control;
#elif defined(__aarch64__)
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  uint64_t flushing = control | (1ull << 24);
  __asm__ volatile("msr fpcr, %0" : : "r"(flushing));
  return control;
#else
  return 0;
#endif
}

/// Makes the calling thread keep subnormal numbers; returns what it did before.
static inline uint64_t conednn_keep_subnormals(void) {
  uint64_t previous = conednn_flush_subnormals();
#if defined(__x86_64__)
  uint32_t control = (uint32_t)previous & ~(uint32_t)0x8040;
  __asm__ volatile("ldmxcsr %0" : : "m"(control));
#elif defined(__aarch64__)
  uint64_t control = previous & ~(1ull << 24);
  __asm__ volatile("msr fpcr, %0" : : "r"(control));
#endif
  return previous;
}

/// Puts back what either returned.
static inline void conednn_restore_floating_point(uint64_t control) {
#if defined(__x86_64__)
  uint32_t previous = (uint32_t)control;
  __asm__ volatile("ldmxcsr %0" : : "m"(previous));
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(control));
#else
  (void)control;
#endif
}
