"""Measures of neural collapse, from the notebook.

>>> import collapse_nc
>>> report = collapse_nc.measure(features, labels, weight=W, bias=b)     # doctest: +SKIP
>>> report["nc1_pinv"], report.per_class["cos_intra"]                    # doctest: +SKIP

The numbers have the bits of the command ``collapse analyze`` for the same features.
"""

from typing import TYPE_CHECKING, Any

from ._library import CollapseError, options, version
from ._measure import Accumulator, measure
from ._report import Report

if TYPE_CHECKING:
    from collapse_export import FeatureExporter

    from ._callback import CollapseCallback
    from ._logging import log_report
    from ._models import measure_model

__version__ = version()
__all__ = ["Accumulator", "CollapseCallback", "CollapseError", "FeatureExporter", "Report",
           "log_report", "measure", "measure_model", "options", "version"]

_LAZY = {"FeatureExporter": "collapse_export", "CollapseCallback": "collapse_nc._callback",
         "log_report": "collapse_nc._logging", "measure_model": "collapse_nc._models"}


def __getattr__(name: str) -> Any:
    # What needs PyTorch, Lightning or h5py is imported when it is asked for.
    if name in _LAZY:
        import importlib

        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'collapse_nc' has no attribute '{name}'")


def __dir__() -> "list[str]":
    return sorted(set(globals()) | set(__all__))
