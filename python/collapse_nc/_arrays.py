"""Arrays of any library as memory that C can read, without a copy where that is possible."""

from __future__ import annotations

import ctypes
from typing import Any, List, NamedTuple, Optional, Tuple

import numpy as np

_FLOATS = ("float16", "bfloat16", "float32", "float64")


class _DLDataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class _DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32), ("dtype", _DLDataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64)]


_BFLOAT16 = 4  # DLPack's code
_KINDS = {0: "i", 1: "u", 2: "f", _BFLOAT16: "u", 6: "b"}
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype, _capsule_pointer.argtypes = (
    ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p])


class Array(NamedTuple):
    """An array, whether its 16-bit words are bfloat16 numbers, and what keeps its memory."""

    values: np.ndarray
    is_bfloat16: bool
    owner: Any


def array(value: Any) -> Array:
    """NumPy's view of an array or tensor, of the same memory where it is this machine's."""
    if isinstance(value, np.ndarray):
        return _marked(value, value)
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "__dlpack__"):
        try:
            device = value.__dlpack_device__()[0]
        except (AttributeError, TypeError):
            device = 1
        if device != 1 and hasattr(value, "cpu"):
            value, device = value.cpu(), 1
        if device == 1:
            try:
                return _from_dlpack(value)
            except (BufferError, RuntimeError, TypeError, ValueError):
                pass  # a kind of tensor that says no: it may still be read as an array
    return _marked(np.asarray(value), value)


def _marked(values: np.ndarray, owner: Any) -> Array:
    # The bfloat16 that JAX and TensorFlow give NumPy.
    if values.dtype.name == "bfloat16":
        return Array(values.view(np.uint16), True, owner)
    return Array(values, False, owner)


def _from_dlpack(value: Any) -> Array:
    capsule = value.__dlpack__()
    tensor = _DLTensor.from_address(_capsule_pointer(capsule, b"dltensor"))
    kind = _KINDS.get(tensor.dtype.code)
    if kind is None or tensor.dtype.lanes != 1:
        raise ValueError(f"numbers of the kind {tensor.dtype.code} of DLPack")
    dtype = np.dtype(f"{kind}{tensor.dtype.bits // 8}")
    shape = tuple(tensor.shape[axis] for axis in range(tensor.ndim))
    if 0 in shape:
        return Array(np.empty(shape, dtype), tensor.dtype.code == _BFLOAT16, value)
    if tensor.strides:
        strides = [tensor.strides[axis] * dtype.itemsize for axis in range(tensor.ndim)]
        if min(strides, default=0) < 0:
            raise ValueError("negative strides")
    else:
        strides = list(np.cumprod((dtype.itemsize,) + shape[:0:-1])[::-1]) if shape else []
    size = dtype.itemsize + sum(
        (extent - 1) * stride for extent, stride in zip(shape, strides))
    buffer = (ctypes.c_char * size).from_address(tensor.data + tensor.byte_offset)
    values = np.ndarray(shape, dtype, buffer, 0, strides)
    # The capsule lets go of the tensor's memory when it is collected.
    return Array(values, tensor.dtype.code == _BFLOAT16, (value, capsule))


class Features:
    """Rows of features, [N, d], as C reads them."""

    def __init__(self, value: Any):
        values, is_bfloat16, self._owner = array(value)
        if values.ndim != 2:
            raise ValueError(f"expected features of shape [N, d], found {list(values.shape)}")
        if values.shape[1] == 0:
            raise ValueError(f"expected features of shape [N, d], found no features per row")
        name = "bfloat16" if is_bfloat16 else values.dtype.name
        if name not in _FLOATS:
            if values.dtype.kind not in "iub" or values.dtype.itemsize > 4:
                raise TypeError(
                    f"expected features of {', '.join(_FLOATS)}, found {values.dtype}")
            name = "float64"  # which holds such integers exactly
        self.values, self.dtype = values, name
        self._stored = np.dtype(np.uint16) if is_bfloat16 else np.dtype(name)
        self.rows, self.columns = values.shape

    def block(self, first: int, end: int) -> np.ndarray:
        """Rows one after another: the array's own memory where they are."""
        return np.ascontiguousarray(self.values[first:end], self._stored)

    @property
    def is_shared(self) -> bool:
        """Whether no row is copied."""
        return self.values.dtype == self._stored and self.values.flags.c_contiguous


class Labels:
    """Labels, [N]: integers of any type, one-hot rows, or names.

    Attributes
    ----------
    values : numpy.ndarray
        Integers, one after another.
    names : list of str or None
        The names by label, where labels were names.
    """

    def __init__(self, value: Any):
        values, is_bfloat16, self._owner = array(value)
        self.names: Optional[List[str]] = None
        if is_bfloat16:
            raise TypeError("labels of bfloat16 do not hold whole numbers above 256")
        if values.ndim == 2 and values.shape[1] > 1:
            if not (((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()):
                raise ValueError("labels of two axes must be one-hot rows")
            values = values.argmax(axis=1)
        if values.ndim == 2:
            values = values[:, 0]
        if values.ndim != 1:
            raise ValueError(f"expected labels of shape [N], found {list(values.shape)}")
        if values.dtype.kind in "US" or values.dtype == object:
            if not all(isinstance(label, (str, bytes)) for label in values.tolist()):
                raise TypeError("expected labels that are whole numbers or names")
            names, values = np.unique(values.astype(str), return_inverse=True)
            self.names = [str(name) for name in names]
        elif values.dtype.kind == "b":
            values = values.astype(np.uint8)
        elif values.dtype.kind == "f":
            whole = np.isfinite(values) & (np.floor(values) == values) & (np.abs(values) < 2.0**53)
            if not whole.all():
                raise ValueError(f"label {values[~whole][0]} is no whole number")
            values = values.astype(np.int64)
        elif values.dtype.kind not in "iu":
            raise TypeError(f"expected labels that are whole numbers or names, found {values.dtype}")
        self.values = np.ascontiguousarray(values, values.dtype.newbyteorder("="))

    @property
    def type(self) -> str:
        return self.values.dtype.name

    def __len__(self) -> int:
        return len(self.values)

    def block(self, first: int, end: int) -> np.ndarray:
        return self.values[first:end]


def classifier(weight: Any, bias: Any) -> Tuple[Optional[np.ndarray], Optional[np.ndarray]]:
    """W and b in float64; a layer that has a weight and a bias may stand for both."""
    if weight is None:
        if bias is not None:
            raise ValueError("a bias without weights")
        return None, None
    if bias is None and hasattr(weight, "weight") and hasattr(weight, "bias"):
        weight, bias = weight.weight, weight.bias
    wide = doubles(weight)
    if wide.ndim != 2:
        raise ValueError(f"expected weights of shape [C, d], found {list(wide.shape)}")
    if bias is None:
        return wide, None
    offsets = doubles(bias)
    if offsets.shape != wide.shape[:1]:
        raise ValueError(
            f"expected a bias of shape {list(wide.shape[:1])}, found {list(offsets.shape)}")
    return wide, offsets


def doubles(value: Any) -> np.ndarray:
    """Any array in float64."""
    values, is_bfloat16, _ = array(value)
    if is_bfloat16:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return np.ascontiguousarray(values, np.float64)
