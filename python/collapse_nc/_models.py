"""Measuring what a PyTorch model says, layer by layer."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterable, Optional, Sequence, Union, overload

from collapse_export import ModelFeatures

from ._measure import Accumulator
from ._report import Report


@overload
def measure_model(
    model: Any, loader: Iterable[Any], layer: Optional[str] = None, classifier: Any = None,
    convention: str = "standard", **options: Any,
) -> Report: ...


@overload
def measure_model(
    model: Any, loader: Iterable[Any], layer: Sequence[str], classifier: Any = None,
    convention: str = "standard", **options: Any,
) -> Dict[str, Report]: ...


def measure_model(
    model: Any,
    loader: Iterable[Any],
    layer: Union[None, str, Sequence[str]] = None,
    classifier: Any = None,
    convention: str = "standard",
    *,
    layer_input: bool = False,
    reduction: Optional[str] = "auto",
    feature_axis: Optional[int] = None,
    labels: Optional[str] = None,
    ignore_label: int = -100,
    means_from: Union[None, Report, Dict[str, Report]] = None,
    **options: Any,
) -> Union[Report, Dict[str, Report]]:
    """Pass a loader through a PyTorch model once, and measure what a layer says.

    The model runs in evaluation mode and without gradients, and each of its modules is put back into
    the mode it was in. Its features go to a temporary file, so that memory does not grow with the
    loader.

    Parameters
    ----------
    model : torch.nn.Module
        On any device and of any precision. Of DataParallel, DistributedDataParallel and compiled
        modules the module inside is run.
    loader : iterable
        Batches of (inputs, labels), or dict-like ones, as Hugging Face's are.
    layer : str or list of str
        The module whose output is measured, as in ``model.named_modules()``. Left out, it is what
        goes into the classifier.
    classifier : str or torch.nn.Linear
        The last layer.
    layer_input : bool
        Whether to measure what goes into the layer.
    reduction : {"auto", "pool", "flatten", "first", "last", "mean", "tokens", None}
        What becomes of outputs of more than two axes: of images "pool" or "flatten", of sequences the
        "first" or the "last" token, the "mean" over the attention mask, or all "tokens" that have a
        label.
    feature_axis : int
        The axis that features lie along where there are more than two: 1 for maps with channels
        first, -1 for channels last and tokens. What is pooled needs it, unless the classifier tells.
    labels : str
        The key of the labels in dict-like batches.
    ignore_label : int
        The label of tokens that have none.
    convention, means_from, **options
        As for :func:`measure`.

    Returns
    -------
    Report, or dict of Report by layer where several were named
        The classifier belongs to the last layer. Where the model's logits differ from W h + b of its
        features beyond rounding, the report's warnings say by how much.
    """
    if layer is None:
        if classifier is None:
            raise ValueError("name the layer to measure, or the classifier whose input it is")
        if not isinstance(classifier, str):
            names = [name for name, module in model.named_modules() if module is classifier]
            if not names:
                raise ValueError("the classifier is no module of the model: name the layer to measure")
            classifier = names[0]
        layer, layer_input = classifier, True
    features = ModelFeatures(model, layer, classifier, layer_input=layer_input, reduction=reduction,
                             feature_axis=feature_axis, labels=labels, ignore_label=ignore_label)
    head = features.classifier
    with contextlib.ExitStack() as stack:
        stack.callback(features.close)
        layers = []
        for name in features.names:
            weight, bias = None, None
            if head is not None and name == features.names[-1]:
                weight, bias = head.weight, head.bias
            training = means_from[name] if isinstance(means_from, dict) else means_from
            options["layer"] = name
            layers.append(stack.enter_context(
                Accumulator(weight, bias, convention, means_from=training, **options)))
        for batch in loader:
            inputs, marks, mask = features.split(batch)
            _, blocks, marks = features.run(inputs, marks, mask)
            for rows, block in zip(layers, blocks):
                rows.update(block, marks)
        if not len(layers[0]):
            raise ValueError("there are no batches")
        reports = {name: rows.compute() for name, rows in zip(features.names, layers)}
    if head is not None:
        logits = features.logits
        reports[features.names[-1]]._tell(
            warning=logits.warning(),
            note=None if logits.rows or logits.reason is None else
            "the model's logits were not compared with W h + b: " + logits.reason)
    return reports if not isinstance(layer, str) else reports[layer]
