"""Handing measures to whatever keeps the curves of a training."""

from __future__ import annotations

import sys
from typing import Any, Iterable, Optional

from ._report import Report


def log_report(
    report: Report, logger: Any = None, step: Optional[int] = None, prefix: str = "nc/",
    keys: Optional[Iterable[str]] = None,
) -> "dict[str, float]":
    """Log the measures of a report that have a value.

    Parameters
    ----------
    report : Report
    logger : object
        TensorBoard's ``SummaryWriter``, a run of Weights & Biases (or its module), a logger of
        Lightning, or a function that takes (values, step). Left out, it is the run of Weights &
        Biases that is under way.
    step : int
        The epoch, or whatever the loop counts.
    prefix : str
        Before each key.
    keys : iterable of str
        The measures to log; all where it is left out.

    Returns
    -------
    dict
        What was logged.
    """
    wanted = None if keys is None else list(keys)
    for key in wanted or []:
        if key not in report:
            raise KeyError(f"there is no measure '{key}'")
    values = {prefix + key: value for key, value in report.defined().items()
              if wanted is None or key in wanted}
    if logger is None:
        wandb = sys.modules.get("wandb")
        logger = getattr(wandb, "run", None)
        if logger is None:
            raise ValueError("no run of Weights & Biases is under way: name a logger")
    if hasattr(logger, "add_scalar"):  # TensorBoard
        for key, value in values.items():
            logger.add_scalar(key, value, step)
    elif hasattr(logger, "log_metrics"):  # Lightning
        logger.log_metrics(values, step=step)
    elif hasattr(logger, "log"):  # Weights & Biases
        logger.log(values, step=step)
    elif callable(logger):
        logger(values, step)
    else:
        raise TypeError(f"{type(logger).__name__} is no logger: it has neither add_scalar, log_metrics "
                        "nor log, and cannot be called")
    return values
