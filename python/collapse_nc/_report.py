"""What an analysis gives."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping
from typing import Any, Dict, Iterator, List, Optional

import numpy as np


class Report(Mapping[str, Optional[float]]):
    """Measures of neural collapse by their keys, ``report["nc1_pinv"]``.

    A measure that is not defined for the input is None, and :attr:`undefined` says why. What each key
    means, with its formula and its value under perfect collapse, is in the page that
    ``collapse report`` makes.

    Attributes
    ----------
    convention : dict
        The choices on which published definitions differ.
    samples, dimension : int
        N and d.
    classes : list of dict
        ``label``, ``name`` (or None) and ``count`` of each class, by ascending label.
    undefined : dict
        Why a measure has no value, by its key.
    per_class : dict of numpy.ndarray
        A value per class, in the order of `classes`; NaN where undefined.
    per_pair : dict of numpy.ndarray
        classes × classes; NaN where undefined.
    extreme_pairs : dict
        Rows of (label, label, value), where they were asked for in place of all pairs.
    series : dict of numpy.ndarray
        Longer lists, such as ``spectrum_singular_values``.
    warnings, notes : list of str
        What a reader should know, and how the numbers came about.
    means_from : str or None
        Whose class means decided (NC4), where they are not the rows' own.
    """

    def __init__(self, document: Dict[str, Any], analysis: Any = None):
        self._document = document
        self._analysis = analysis  # whose class means serve a test set
        report = document["measurements"][0]["report"]
        self._measures: Dict[str, Optional[float]] = {
            key: None if value is None else float(value)
            for key, value in report["measures"].items()}
        self.convention: Dict[str, Any] = report["convention"]
        self.samples: int = report["samples"]
        self.dimension: int = report["dimension"]
        self.classes: List[Dict[str, Any]] = report["classes"]
        self.undefined: Dict[str, str] = report["undefined"]
        self.per_class = {key: _numbers(value) for key, value in report["per_class"].items()}
        self.per_pair = {key: _numbers(value) for key, value in report["per_pair"].items()}
        self.extreme_pairs: Dict[str, List[List[float]]] = report.get("extreme_pairs", {})
        self.series = {key: _numbers(value) for key, value in report["series"].items()}
        self.warnings: List[str] = report["warnings"]
        self.notes: List[str] = report.get("notes", [])
        self.means_from: Optional[str] = report.get("means_from")

    def __getitem__(self, key: str) -> Optional[float]:
        return self._measures[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._measures)

    def __len__(self) -> int:
        return len(self._measures)

    def __getstate__(self) -> Dict[str, Any]:
        return {"document": self._document}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        Report.__init__(self, state["document"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Report) and self._document == other._document

    __hash__ = None  # type: ignore[assignment]

    def defined(self, prefix: str = "") -> Dict[str, float]:
        """The measures that have a value, each key after `prefix`: what loggers take."""
        return {prefix + key: value for key, value in self.items() if value is not None}

    def _tell(self, warning: Optional[str] = None, note: Optional[str] = None) -> None:
        """Say more, in the document too."""
        report = self._document["measurements"][0]["report"]
        for key, text in (("warnings", warning), ("notes", note)):
            if text is not None:
                texts = report.setdefault(key, [])
                texts.append(text)
                setattr(self, key, texts)

    def to_dict(self) -> Dict[str, Any]:
        """All of it as the document that every command writes and reads (collapse-measures,
        version 2)."""
        copy: Dict[str, Any] = json.loads(json.dumps(self._document))
        return copy

    def save(self, path: "os.PathLike[str] | str") -> None:
        """Write the document to a file, which ``collapse report`` makes a page of."""
        temporary = f"{os.fspath(path)}.partial-{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(self._document, file, ensure_ascii=False, indent=2)
            file.write("\n")
        os.replace(temporary, path)

    def to_frame(self) -> Any:
        """The measures as a pandas.DataFrame of one row: what was measured, then a column per key.

        Raises
        ------
        ImportError
            Without pandas.
        """
        import pandas

        place = self._document["measurements"][0]
        row: Dict[str, Any] = {key: place[key] for key in ("run", "layer", "split", "epoch")}
        row.update(convention=self.convention["name"], samples=self.samples,
                   dimension=self.dimension, classes=len(self.classes))
        row.update((key, np.nan if value is None else value) for key, value in self.items())
        return pandas.DataFrame([row])

    def __repr__(self) -> str:
        head = (f"Report: {self.samples} samples, {self.dimension} features, "
                f"{len(self.classes)} classes, convention {self.convention['name']}")
        lines = [f"  {key:<{max(map(len, self))}}  "
                 + ("–  " + self.undefined.get(key, "") if value is None else f"{value:.6g}")
                 for key, value in self.items()]
        return "\n".join([head] + lines + [f"  warning: {text}" for text in self.warnings])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'><code>{html.escape(key)}</code></td><td>"
            + (f"<i title='{html.escape(self.undefined.get(key, ''), quote=True)}'>–</i>"
               if value is None else f"{value:.6g}")
            + "</td></tr>" for key, value in self.items())
        notes = "".join(f"<li>{html.escape(text)}</li>" for text in self.warnings + self.notes)
        return (
            f"<div><b>Neural collapse</b>: {self.samples} samples, {self.dimension} features, "
            f"{len(self.classes)} classes, convention {html.escape(self.convention['name'])}"
            f"<table><thead><tr><th>measure</th><th>value</th></tr></thead><tbody>{rows}</tbody>"
            f"</table>" + (f"<ul>{notes}</ul>" if notes else "") + "</div>")


def _numbers(values: Any) -> np.ndarray:
    return np.array(values, np.float64)  # None becomes NaN
