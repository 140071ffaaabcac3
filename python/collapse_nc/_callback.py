"""Neural collapse during a training by PyTorch Lightning."""

from __future__ import annotations

from typing import Any, Iterable, List, Optional

from ._logging import log_report
from ._models import measure_model
from ._report import Report

try:
    from lightning.pytorch import Callback
except ImportError:
    try:
        from pytorch_lightning import Callback
    except ImportError:
        raise ImportError("CollapseCallback needs Lightning: pip install lightning") from None


class CollapseCallback(Callback):  # type: ignore[misc]
    """Measures a loader after every so many epochs of training, and logs the measures.

    Parameters
    ----------
    loader : iterable
        Batches of (inputs, labels), or dict-like ones: usually the training set without augmentation.
        Each measurement goes through it once, on the process of rank 0 alone.
    layer, classifier
        As for :func:`measure_model`, by their names in the LightningModule.
    every_n_epochs : int
        How often.
    prefix, keys
        As for :func:`log_report`.
    **options
        What :func:`measure_model` and :func:`measure` take.

    Attributes
    ----------
    reports : list of Report
        All so far; the epoch is in each.
    """

    def __init__(
        self, loader: Iterable[Any], layer: Optional[str] = None, classifier: Any = None, *,
        every_n_epochs: int = 1, prefix: str = "nc/", keys: Optional[Iterable[str]] = None,
        **options: Any,
    ):
        super().__init__()
        if every_n_epochs < 1:
            raise ValueError(f"every_n_epochs is {every_n_epochs}, expected 1 or more")
        self.loader, self.layer, self.classifier = loader, layer, classifier
        self.every_n_epochs = every_n_epochs
        self.prefix, self.keys = prefix, None if keys is None else list(keys)
        self.options = options
        self.reports: List[Report] = []

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        epochs = trainer.current_epoch + 1
        if epochs % self.every_n_epochs or not trainer.is_global_zero:
            return
        report = measure_model(pl_module, self.loader, self.layer, self.classifier,
                               **dict(self.options, epoch=epochs))
        self.reports.append(report)
        for logger in trainer.loggers:
            log_report(report, logger, epochs, self.prefix, self.keys)
