#pragma once
#include <hdf5.h>

// HDF5 spells these as macros that run H5open() first; Swift imports no such macro.
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }

// An int in 1.10, while a hid_t has 64 bits: typed here so call sites need no cast.
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
