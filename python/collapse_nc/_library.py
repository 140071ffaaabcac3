"""The C library: how it is found, and an analysis as an object."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import threading
import time
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

import numpy as np

_CODES = {64: "usage", 65: "bad input", 66: "missing input", 70: "internal"}


class CollapseError(ValueError):
    """What the analyzer says of options or rows that it cannot use.

    Attributes
    ----------
    code : int
        As the command ends with it: 64 for options, 65 for features and labels, 66 where OpenBLAS is
        missing, 70 for a fault of the program.
    """

    def __init__(self, message: str, code: int = 65):
        super().__init__(message)
        self.code = code


def _load() -> ctypes.CDLL:
    here = Path(__file__).resolve().parent
    stated = os.environ.get("COLLAPSE_NC_LIBRARY")
    path = Path(stated) if stated else here / "libCollapseC.so"
    if not path.exists():
        raise ImportError(
            f"{path} is not there: install the wheel, or build it with 'make wheel' and name "
            "libCollapseC.so in COLLAPSE_NC_LIBRARY")
    library = ctypes.CDLL(str(path))  # releases the GIL in every call
    handle, text, status = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in [
        ("version", text, []),
        ("options", text, []),
        ("use_blas", status, [text]),
        ("open", status, [text, ctypes.POINTER(handle)]),
        ("set_classifier", status,
         [handle, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]),
        ("set_means", status, [handle, handle, text]),
        ("set_ood", status, [handle, handle]),
        ("push", status, [handle, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]),
        ("pass", text, [handle]),
        ("next_pass", status, [handle, ctypes.POINTER(ctypes.c_int)]),
        ("result", status, [handle, ctypes.POINTER(text)]),
        ("message", text, [handle]),
        ("interrupt", None, [handle]),
        ("close", None, [handle]),
    ]:
        function = getattr(library, "collapse_" + name)
        function.restype, function.argtypes = result, arguments
    blas = _blas()
    if blas is not None:
        library.collapse_use_blas(blas.encode())
    return library


def _blas() -> Optional[str]:
    """The OpenBLAS to load: that of scipy-openblas32, good for any processor, or what COLLAPSE_NC_BLAS
    names; None for the system's."""
    stated = os.environ.get("COLLAPSE_NC_BLAS")
    if stated:
        return None if stated == "system" else stated
    # Found and not imported, which would load it with as many threads as there are processors.
    package = importlib.util.find_spec("scipy_openblas32")
    for folder in (package.submodule_search_locations or []) if package else []:
        for path in sorted(Path(folder, "lib").glob("libscipy_openblas*")):
            return str(path)
    return None


_lib = _load()


def version() -> str:
    """The version of the analyzer."""
    return _text(_lib.collapse_version())


def options() -> "list[dict[str, Optional[str]]]":
    """Every option of an analysis: its name, default and what it is."""
    listed: "list[dict[str, Optional[str]]]" = json.loads(_lib.collapse_options())
    return listed


def _text(characters: bytes) -> str:
    return characters.decode()


class Analysis:
    """An analysis under way in the C library."""

    def __init__(self, settings: Mapping[str, Any]):
        self._handle: Optional[ctypes.c_void_p] = ctypes.c_void_p()
        self._last_push = 0.0
        text = json.dumps({key: value for key, value in settings.items() if value is not None})
        status = _lib.collapse_open(text.encode(), ctypes.byref(self._handle))
        try:
            self._check(status)
        except BaseException:
            self.close()
            raise

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            _lib.collapse_close(handle)

    @property
    def current_pass(self) -> str:
        return _text(_lib.collapse_pass(self._handle))

    def set_classifier(self, weight: np.ndarray, bias: Optional[np.ndarray]) -> None:
        rows, columns = weight.shape
        self._check(_lib.collapse_set_classifier(
            self._handle, weight.ctypes.data, None if bias is None else bias.ctypes.data, rows,
            columns))

    def set_means(self, training: "Analysis", name: str) -> None:
        self._check(_lib.collapse_set_means(self._handle, training._handle, name.encode()))

    def set_ood(self, other: "Analysis") -> None:
        self._check(_lib.collapse_set_ood(self._handle, other._handle))

    def push(self, features: Optional[np.ndarray], labels: Optional[np.ndarray], rows: int) -> float:
        """Hand over rows; the seconds that took."""
        def call() -> int:
            return int(_lib.collapse_push(
                self._handle, None if features is None else features.ctypes.data,
                None if labels is None else labels.ctypes.data, rows))

        start = time.perf_counter()
        # A thread costs little, but for pieces that take next to nothing.
        self._check(self._interruptibly(call) if self._last_push > 0.05 else call())
        self._last_push = time.perf_counter() - start
        return self._last_push

    def next_pass(self) -> bool:
        """End the pass; whether another one follows."""
        more = ctypes.c_int()
        self._check(self._interruptibly(
            lambda: _lib.collapse_next_pass(self._handle, ctypes.byref(more))))
        return bool(more.value)

    def result(self) -> "dict[str, Any]":
        text = ctypes.c_char_p()
        self._check(_lib.collapse_result(self._handle, ctypes.byref(text)))
        document: "dict[str, Any]" = json.loads(text.value or b"")
        return document

    def _check(self, status: int) -> None:
        if status == 0:
            return
        if status == 130:
            raise KeyboardInterrupt
        raise CollapseError(_lib.collapse_message(self._handle).decode(), status)

    def _interruptibly(self, call: Callable[[], int]) -> int:
        """What may take long, on a thread of its own, so that Ctrl-C is heard meanwhile.

        The library stops at its next block of rows. Where that is in the middle of a decomposition,
        the thread is left to end it: it holds all that it reads.
        """
        if threading.current_thread() is not threading.main_thread():
            return call()
        result = []
        done = threading.Event()  # not Thread.join, which an interrupt leaves in disorder

        def work() -> None:
            try:
                result.append(call())
            finally:
                done.set()

        threading.Thread(target=work, daemon=True).start()
        try:
            while not done.wait(0.1):
                pass
        except BaseException:
            _lib.collapse_interrupt(self._handle)
            done.wait(0.4)
            raise
        return result[0]
