#pragma once
#include <hdf5.h>
#include <stdbool.h>
#include <string.h>

// HDF5 spells these as macros that run H5open() first; Swift imports no such macro.
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_file_access_class(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_file_creation_class(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_group_creation_class(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_link_creation_class(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_dataset_creation_class(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_dataset_access_class(void) { return H5P_DATASET_ACCESS; }

// Macros with casts, which Swift does not import either.
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned chdf5_creation_order(void) {
  return H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
}
static inline unsigned chdf5_order_is_indexed(unsigned flags) {
  return flags & H5P_CRT_ORDER_INDEXED;
}
static inline H5F_libver_t chdf5_latest(void) { return H5F_LIBVER_LATEST; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }
static inline haddr_t chdf5_undefined_address(void) { return HADDR_UNDEF; }

static inline int chdf5_filter_class_version(void) { return H5Z_CLASS_T_VERS; }
static inline unsigned chdf5_filter_reverse(void) { return H5Z_FLAG_REVERSE; }

// An int in 1.10, while a hid_t has 64 bits: typed here so call sites need no cast.
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_all(void) { return H5S_ALL; }

// A file system without locks (some network ones) is no reason to refuse a file; the call is
// there from 1.10.7 on.
static inline herr_t chdf5_ignore_missing_locks(hid_t file_access) {
#if H5_VERSION_GE(1, 10, 7)
  return H5Pset_file_locking(file_access, true, true);
#else
  return 0;
#endif
}

// Takes a function of another type in each of 1.10, 1.12 and 1.14, chosen by macros.
static inline bool chdf5_is_hard_link(hid_t location, const char *name) {
  H5L_info_t info;
  return H5Lget_info(location, name, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

// Fills `target` with where a link leads: 1 for a soft link, its path; 2 for an external one, the
// file and the path in it, each ending with a zero; 0 for any other.
static inline int chdf5_link_target(hid_t location, const char *name, char *target, size_t size) {
  H5L_info_t info;
  memset(target, 0, size);
  if (H5Lget_info(location, name, &info, H5P_DEFAULT) < 0) return 0;
  if (info.type != H5L_TYPE_SOFT && info.type != H5L_TYPE_EXTERNAL) return 0;
  if (info.u.val_size >= size / 2) return 0;
  char value[4096];
  if (info.u.val_size > sizeof value ||
      H5Lget_val(location, name, value, sizeof value, H5P_DEFAULT) < 0)
    return 0;
  if (info.type == H5L_TYPE_SOFT) {
    memcpy(target, value, info.u.val_size);
    return 1;
  }
  const char *file, *path;
  unsigned flags;
  if (H5Lunpack_elink_val(value, info.u.val_size, &flags, &file, &path) < 0) return 0;
  size_t length = strlen(file);
  memcpy(target, file, length);
  memcpy(target + length + 1, path, strlen(path));
  return 2;
}

typedef void (*chdf5_take_name)(const char *name, void *context);

typedef struct {
  chdf5_take_name take;
  void *context;
} chdf5_listing;

static inline herr_t chdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info,
                                      void *context) {
  (void)group;
  (void)info;
  const chdf5_listing *listing = (const chdf5_listing *)context;
  listing->take(name, listing->context);
  return 0;
}

// Gives `take` the name of every link of a group, in the order of creation or of names. The macros
// H5L_info_t and H5Literate name the same release of both.
static inline herr_t chdf5_list_links(hid_t group, bool by_creation, chdf5_take_name take,
                                      void *context) {
  chdf5_listing listing = {take, context};
  return H5Literate(group, by_creation ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, NULL,
                    chdf5_visit_link, &listing);
}

// Objects are told apart by address in 1.10, by token from 1.12 on.
static inline bool chdf5_is_same_object(hid_t a, hid_t b) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t first, second;
  int difference = 1;
  return H5Oget_info3(a, &first, H5O_INFO_BASIC) >= 0 &&
         H5Oget_info3(b, &second, H5O_INFO_BASIC) >= 0 && first.fileno == second.fileno &&
         H5Otoken_cmp(a, &first.token, &second.token, &difference) >= 0 && difference == 0;
#else
  H5O_info_t first, second;
  return H5Oget_info1(a, &first) >= 0 && H5Oget_info1(b, &second) >= 0 &&
         first.fileno == second.fileno && first.addr == second.addr;
#endif
}

// H5Oget_info as well takes another structure in each release; -1 where it fails.
static inline long long chdf5_attribute_count(hid_t object) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  return H5Oget_info3(object, &info, H5O_INFO_NUM_ATTRS) < 0 ? -1 : (long long)info.num_attrs;
#else
  H5O_info_t info;
  return H5Oget_info1(object, &info) < 0 ? -1 : (long long)info.num_attrs;
#endif
}

// Where one chunk of a dataset lies in the file.
typedef struct {
  haddr_t address;
  hsize_t size;
  // The row of the dataset the chunk starts at.
  hsize_t first_row;
  unsigned filter_mask;
} chdf5_chunk;

#if H5_VERSION_GE(1, 14, 0)
typedef struct {
  chdf5_chunk *chunks;
  hsize_t capacity;
  hsize_t count;
} chdf5_chunk_list;

static inline int chdf5_append_chunk(const hsize_t *offset, unsigned filter_mask, haddr_t address,
                                     hsize_t size, void *context) {
  chdf5_chunk_list *list = (chdf5_chunk_list *)context;
  if (list->count == list->capacity) return H5_ITER_ERROR;
  chdf5_chunk chunk = {address, size, offset[0], filter_mask};
  list->chunks[list->count++] = chunk;
  return H5_ITER_CONT;
}
#endif

// Fills `chunks` with all `count` chunks of a dataset. H5Dchunk_iter, whose callback changed
// between releases, visits each once; before 1.14 every H5Dget_chunk_info starts a walk of its
// own, so that the time grows with the square of `count`.
static inline herr_t chdf5_get_chunks(hid_t dataset, hid_t space, hsize_t count,
                                      chdf5_chunk *chunks) {
#if H5_VERSION_GE(1, 14, 0)
  chdf5_chunk_list list = {chunks, count, 0};
  if (H5Dchunk_iter(dataset, H5P_DEFAULT, chdf5_append_chunk, &list) < 0) return -1;
  return list.count == count ? 0 : -1;
#else
  for (hsize_t index = 0; index < count; index++) {
    hsize_t offset[H5S_MAX_RANK];
    if (H5Dget_chunk_info(dataset, space, index, offset, &chunks[index].filter_mask,
                          &chunks[index].address, &chunks[index].size) < 0)
      return -1;
    chunks[index].first_row = offset[0];
  }
  return 0;
#endif
}

// The most chunks for which chdf5_get_chunks answers in a few hundredths of a second.
static inline hsize_t chdf5_quickly_listed_chunks(void) {
#if H5_VERSION_GE(1, 14, 0)
  return (hsize_t)1 << 20;
#else
  return 2048;
#endif
}
