"""Measuring rows in memory, rows that come in batches, and rows that come once."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple, Union

import numpy as np

from ._arrays import Features, Labels, classifier
from ._library import Analysis
from ._report import Report

Batches = Union[Iterable[Tuple[Any, Any]], Callable[[], Iterable[Tuple[Any, Any]]]]

_STRIPE = 2048  # rows that the library sums up as a whole
_MOST_BYTES = 128 << 20


def measure(
    features: Any,
    labels: Any = None,
    weight: Any = None,
    bias: Any = None,
    convention: str = "standard",
    *,
    means_from: Union[None, Report, Tuple[Any, Any]] = None,
    ood: Any = None,
    **options: Any,
) -> Report:
    """Measure neural collapse in features.

    Arrays of NumPy, PyTorch, JAX and whatever else speaks DLPack are read where they are, without a
    copy, if their rows lie one after another in float16, bfloat16, float32 or float64.

    Parameters
    ----------
    features : array, shape [N, d]
        What the classifier sees of each sample.
    labels : array, shape [N]
        Integers of any type, one-hot rows or names. Without labels only what needs none is measured.
    weight, bias : array, shapes [C, d] and [C], or a layer that has both
        The classifier; without it the measures that need it are undefined.
    convention : {"standard", "papyan", "zhu", "he-su", "he-su-balanced"}
        The choices on which published definitions differ.
    means_from : Report, or (features, labels)
        The training set, whose class means decide (NC4) where a test set is measured.
    ood : array, shape [M, d]
        Samples of no class, for ``nc5_orthogonality``.
    **options
        What :func:`options` lists: ``spectrum=True``, ``weight_decay=5e-4``, ``threads=8``,
        ``ignore_labels=[-100]``, ``unit_norm=True``, ``class_names=[...]``, …

    Returns
    -------
    Report

    Raises
    ------
    CollapseError
        Where options, features, labels or weights cannot be used; it is a ValueError.
    """
    rows = Features(features)
    marks = None if labels is None else Labels(labels)
    if marks is not None and len(marks) != rows.rows:
        raise ValueError(f"{rows.rows} rows of features, but {len(marks)} labels")
    analysis = _begin(rows, marks, weight, bias, convention, means_from, ood, options)
    more = True
    while more:
        _push(analysis, rows, marks)
        more = analysis.next_pass()
    return Report(analysis.result(), analysis)


def _begin(
    rows: Features, marks: Optional[Labels], weight: Any, bias: Any, convention: str,
    means_from: Any, ood: Any, options: Dict[str, Any],
) -> Analysis:
    settings = dict(options, columns=rows.columns, dtype=rows.dtype, convention=convention)
    if marks is None:
        settings["unlabelled"] = True
    else:
        settings["label_type"] = marks.type
        if marks.names is not None:
            settings.setdefault("class_names", marks.names)
    for key in ("ignore_labels", "only_classes", "classes", "weight_labels"):
        value = settings.get(key)
        if value is not None:
            single = isinstance(value, (int, np.integer))
            if key == "classes" and single:
                settings[key] = list(range(value))
            else:
                settings[key] = [int(label) for label in ([value] if single else value)]
    analysis = Analysis(settings)
    wide, offsets = classifier(weight, bias)
    if wide is not None:
        analysis.set_classifier(wide, offsets)
    if means_from is not None:
        analysis.set_means(_class_means(means_from, options.get("threads")), "the training set")
    if ood is not None:
        others = Features(ood)
        analysis.set_ood(_means(others, Labels(np.zeros(others.rows, np.int8)),
                                options.get("threads")))
    return analysis


def _class_means(training: Any, threads: Optional[int]) -> Analysis:
    if isinstance(training, Report):
        if training._analysis is None:
            raise ValueError("a report that was stored has no class means: measure its features again")
        analysis: Analysis = training._analysis
        return analysis
    features, labels = training
    return _means(Features(features), Labels(labels), threads)


def _means(rows: Features, marks: Labels, threads: Optional[int]) -> Analysis:
    """An analysis that knows its class means, and has gone no further."""
    if len(marks) != rows.rows:
        raise ValueError(f"{rows.rows} rows of features, but {len(marks)} labels")
    analysis = Analysis({"columns": rows.columns, "dtype": rows.dtype, "label_type": marks.type,
                         "threads": threads})
    while analysis.current_pass in ("labels", "means"):
        _push(analysis, rows, marks)
        analysis.next_pass()
    return analysis


def _push(analysis: Analysis, rows: Features, marks: Optional[Labels]) -> None:
    """All rows once, in pieces of a quarter of a second at the most, between which Python may hear a
    signal."""
    if analysis.current_pass == "labels" and marks is not None:
        analysis.push(None, marks.values, len(marks))
        return
    row_bytes = rows.columns * np.dtype(np.float64).itemsize
    most = max(_STRIPE, _MOST_BYTES // row_bytes // _STRIPE * _STRIPE)
    size, first = _STRIPE, 0
    while first < rows.rows:
        end = min(first + size, rows.rows)
        seconds = analysis.push(
            rows.block(first, end), None if marks is None else marks.block(first, end), end - first)
        if seconds > 0.25 and size > _STRIPE:
            size = max(_STRIPE, size // 2 // _STRIPE * _STRIPE)
        elif seconds < 0.1:
            size = min(4 * size, most)
        first = end


class Accumulator:
    """Measures features that come in batches.

    Either batch by batch, as a loop brings them, once::

        with Accumulator(weight=W, bias=b) as rows:
            for images, labels in loader:
                rows.update(model.features(images), labels)
            report = rows.compute()

    which keeps the rows in a temporary file, in memory that does not grow; or by passes over
    something that can be gone through more than once, which keeps nothing::

        report = Accumulator().run(lambda: ((model.features(x), y) for x, y in loader))

    Parameters
    ----------
    weight, bias, convention, means_from, ood, **options
        As for :func:`measure`.
    folder : path
        Where the temporary file goes; the system's folder for such files where it is None.
    """

    def __init__(
        self, weight: Any = None, bias: Any = None, convention: str = "standard", *,
        means_from: Any = None, ood: Any = None,
        folder: "Union[None, str, os.PathLike[str]]" = None, **options: Any,
    ):
        self._arguments = (weight, bias, convention, means_from, ood, options)
        self._folder = folder
        self._file: Any = None
        self._labels: List[np.ndarray] = []
        self._dtype: Optional[str] = None
        self._columns = 0
        self._count = 0

    def __enter__(self) -> "Accumulator":
        return self

    def __exit__(self, *_: Any) -> None:
        self.reset()

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self._file.close()

    def __len__(self) -> int:
        return self._count

    def reset(self) -> None:
        """Forget the rows, and their file with them."""
        if self._file is not None:
            self._file.close()
        self._file, self._labels, self._dtype, self._count = None, [], None, 0

    def update(self, features: Any, labels: Any) -> None:
        """Take the next rows, [n, d], and their labels, [n]."""
        rows, marks = Features(features), _integers(labels)
        if len(marks) != rows.rows:
            raise ValueError(f"{rows.rows} rows of features, but {len(marks)} labels")
        if self._dtype is None:
            self._dtype, self._columns = rows.dtype, rows.columns
            self._file = tempfile.TemporaryFile(dir=self._folder, prefix="collapse-nc-")
        _require_same(rows, self._dtype, self._columns)
        self._file.write(rows.block(0, rows.rows).data.cast("B"))
        self._labels.append(marks)
        self._count += len(marks)

    def compute(self) -> Report:
        """The measures of all rows so far; more may follow."""
        if self._count == 0:
            raise ValueError("no rows were given")
        weight, bias, convention, means_from, ood, options = self._arguments
        self._file.flush()
        stored = np.dtype(np.uint16 if self._dtype == "bfloat16" else self._dtype)
        rows = Features(np.memmap(self._file, stored, "r", shape=(self._count, self._columns)))
        rows.dtype = self._dtype or ""
        rows._stored = stored
        marks = Labels(np.concatenate(self._labels))
        analysis = _begin(rows, marks, weight, bias, convention, means_from, ood, options)
        more = True
        while more:
            _push(analysis, rows, marks)
            more = analysis.next_pass()
        return Report(analysis.result(), analysis)

    def run(self, batches: Batches) -> Report:
        """Measure what can be gone through several times, and store nothing.

        Parameters
        ----------
        batches : iterable of (features, labels), or a function that returns one
            The same rows in the same order each time. Two passes where the classes are stated
            (``classes=10`` or a list of labels), and one before them where they are to be found;
            the spectrum of many rows takes one more.
        """
        weight, bias, convention, means_from, ood, options = self._arguments
        if not callable(batches) and iter(batches) is batches:
            raise TypeError("an iterator can be gone through only once: give a function that returns "
                            "one, or call update() for each batch")
        analysis: Optional[Analysis] = None
        dtype, columns = "", 0
        more = True
        while more:
            for features, labels in batches() if callable(batches) else batches:
                rows, marks = Features(features), _integers(labels)
                if len(marks) != rows.rows:
                    raise ValueError(f"{rows.rows} rows of features, but {len(marks)} labels")
                if analysis is None:
                    dtype, columns = rows.dtype, rows.columns
                    analysis = _begin(
                        rows, Labels(marks), weight, bias, convention, means_from, ood, options)
                _require_same(rows, dtype, columns)
                _push_batch(analysis, rows, marks)
            if analysis is None:
                raise ValueError("there are no batches")
            more = analysis.next_pass()
        assert analysis is not None
        return Report(analysis.result(), analysis)


def _push_batch(analysis: Analysis, rows: Features, marks: np.ndarray) -> None:
    """A batch, whole where it is a small one."""
    step = max(_STRIPE, _MOST_BYTES // (rows.columns * 8))
    for first in range(0, rows.rows, step):
        end = min(first + step, rows.rows)
        analysis.push(rows.block(first, end), marks[first:end], end - first)


def _integers(labels: Any) -> np.ndarray:
    """Labels of one type, whatever that of the batch."""
    marks = Labels(labels)
    if marks.names is not None:
        raise TypeError("labels of batches must be whole numbers: names are numbered by all of them")
    if marks.values.dtype == np.uint64 and (marks.values > np.uint64(2**63 - 1)).any():
        raise ValueError("a label above 9223372036854775807")
    return np.ascontiguousarray(marks.values, np.int64)


def _require_same(rows: Features, dtype: str, columns: int) -> None:
    if (rows.dtype, rows.columns) != (dtype, columns):
        raise ValueError(f"a batch of {rows.columns} features in {rows.dtype}; "
                         f"there were {columns} in {dtype}")
