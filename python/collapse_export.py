"""Write the features of a trained classifier to a file that `collapse analyze` reads.

With PyTorch, from a model and a data loader to a file::

    from collapse_export import FeatureExporter

    with FeatureExporter("train.h5", model, layer="avgpool", classifier="fc",
                         dataset="cifar-10", split="train") as exporter:
        exporter.run(train_loader)                      # or exporter.batch(inputs, labels)

Without PyTorch, from arrays that come batch by batch::

    with FeatureExporter("train.h5", weights=W, bias=b, class_names=names) as exporter:
        for features, labels in batches:
            exporter.write(features, labels)

Rows go to the disk as they come: memory does not grow with the data set. The file appears under
its name when the `with` block ends without an error, whole; until then it has a temporary name.

Needs h5py and numpy; PyTorch only for models. One file, no installation: copy it where you like.
"""

import argparse
import os
import sys
import warnings

try:
    import numpy as np
except ImportError as error:
    if __name__ != "__main__":
        raise
    print(f"collapse_export.py: {error}: pip install h5py brings NumPy too", file=sys.stderr)
    sys.exit(73)

__all__ = ["FeatureExporter", "ModelFeatures"]

FORMAT = "collapse-features"
VERSION = 1
_METADATA = {
    "created_by", "dataset", "split", "class_names", "network", "epoch", "seed", "weight_decay",
    "batch_norm", "last_layer_batch_norm", "loss", "train_loss", "train_accuracy",
    "dataset_sha256", "description", "preprocessing",
}


_REDUCTIONS = ("auto", "pool", "flatten", "first", "last", "mean", "tokens", None)
_LABEL_KEYS = ("labels", "label", "targets", "target", "y")
# The distance from 1 to the next number.
_EPSILONS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}


class ModelFeatures:
    """What layers of a model say of a batch, as rows of features.

    model       a torch.nn.Module. Of DataParallel, DistributedDataParallel and compiled modules the
                module inside is run, which calls hooks.
    layer       the name of the module whose output is wanted, as in `model.named_modules()`, or
                several names, first layer first.
    classifier  the name of the torch.nn.Linear on top of the last layer, or the module itself.
    layer_input hook what goes *into* the named layers instead of what comes out: with
                `layer="fc", layer_input=True` the features are what the classifier sees.
    reduction   what to do with outputs of more than two axes. Of images: "pool" (mean over all places,
                as global average pooling) or "flatten". Of sequences, [n, tokens, d]: "first" (the
                first token of each), "last", "mean" (over the tokens of the batch's attention mask),
                or "tokens" (a row for each token of the mask that has a label). "auto" pools what has
                four axes or more and refuses three, which may be either; None refuses all. Axes of
                extent 1 behind the second are dropped where nothing is said of axes.
    feature_axis
                the axis that features lie along where there are more than two: 1 for
                [n, channels, height, width], -1 for [n, height, width, channels] and [n, tokens, d].
                What is pooled needs it, unless the classifier's columns tell.
    labels      the key of the labels in batches that are dict-like; one of labels, label, targets,
                target and y is found.
    ignore_label
                the label of tokens that have none.

    What the model says of each batch is compared with W h + b of the features taken: `logits`, a
    `LogitComparison`.
    """

    def __init__(self, model, layer, classifier=None, *, layer_input=False, reduction="auto",
                 feature_axis=None, labels=None, ignore_label=-100):
        if feature_axis == 0:
            raise ValueError("feature_axis is 0, which is the samples' axis")
        if reduction not in _REDUCTIONS:
            raise ValueError(f"reduction is one of {', '.join(map(repr, _REDUCTIONS))}, not "
                             f"{reduction!r}")
        if model is not None and layer is None:
            raise ValueError("name the layer whose output is wanted; the model has "
                             + ", ".join(name for name, _ in model.named_modules() if name))
        self.model = _unwrapped(model)
        self.names = ["features"] if layer is None else (
            [layer] if isinstance(layer, str) else list(layer))
        self.reduction = reduction
        self.feature_axis = feature_axis
        self.dimension = None
        self.ignore_label = ignore_label
        self._labels_key = labels
        self._layer_input = layer_input
        self._outputs = {}
        self._hooks = []
        self._modules = dict(self.model.named_modules()) if self.model is not None else {}
        for name in self.names if self.model is not None else []:
            self._find(name)
        if isinstance(classifier, str):
            classifier = self._find(classifier)
        self.classifier = classifier
        self.dimension = getattr(classifier, "in_features", None)
        last = self._find(self.names[-1]) if self.model is not None else None
        if classifier is not None and last is classifier and not layer_input:
            raise ValueError(f"layer '{self.names[-1]}' is the classifier, and its output the logits; "
                             "features are what the classifier is given: layer_input=True takes its "
                             "input")
        self.logits = LogitComparison(
            getattr(classifier, "weight", None), getattr(classifier, "bias", None), self.names[-1],
            next((name for name, module in self._modules.items() if module is classifier), None),
            layer_input and last is classifier)

    def open(self):
        """Hook the layers."""
        if not self._hooks and self.model is not None:
            self._hooks = [self._hook(self._find(name), name) for name in self.names]

    def close(self):
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def split(self, batch):
        """The inputs, labels and attention mask (or None) of a batch: (inputs, labels, …), or
        something dict-like."""
        if not hasattr(batch, "keys"):
            inputs, labels, *_ = batch
            return inputs, labels, _mask(inputs)
        keys = list(batch.keys())
        key = self._labels_key
        if key is None:
            found = [name for name in _LABEL_KEYS if name in keys]
            if len(found) != 1:
                raise ValueError(f"which are the labels? The batch has {', '.join(map(str, keys))}: "
                                 "name them with labels='…'")
            key = found[0]
        elif key not in keys:
            raise ValueError(f"the batch has no '{key}'; it has {', '.join(map(str, keys))}")
        inputs = {name: batch[name] for name in keys if name != key}
        return inputs, batch[key], _mask(inputs)

    def run(self, inputs, labels, mask=None):
        """Pass a batch through the model, in evaluation mode and without gradients; returns what the
        model says, an array [n, d] for each layer, and their labels [n]. The mode of each module is
        put back."""
        import torch

        if self.model is None:
            raise ValueError("there is no model: pass features to write(features, labels)")
        self.open()
        inputs = _for(self.model, inputs)
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.eval()
        try:
            with torch.no_grad():
                self._outputs.clear()
                if hasattr(inputs, "keys"):
                    outputs = self.model(**inputs)
                elif isinstance(inputs, (list, tuple)):
                    outputs = self.model(*inputs)
                else:
                    outputs = self.model(inputs)
        finally:
            for module, mode in modes:
                module.training = mode
        blocks, integers = self.rows([self.output(name) for name in self.names], labels, mask)
        self.logits.compare(outputs, blocks[-1], self.output(self.names[-1]),
                            self._kept(labels, mask) if self.reduction == "tokens" else None)
        return outputs, blocks, integers

    def output(self, name):
        if name not in self._outputs:
            raise ValueError(f"layer '{name}' was not used by the model")
        return self._outputs[name]

    def rows(self, blocks, labels, mask=None):
        """Outputs of the layers as float32 or float64 [n, d], and labels [n]."""
        if self.reduction != "tokens":
            return [self._reduced(_array(block), name, mask)
                    for block, name in zip(blocks, self.names)], _labels(_array(labels))
        labels, kept = _array(labels), self._kept(labels, mask)
        rows = []
        for block, name in zip(blocks, self.names):
            block = self._features_last(_array(block), name)
            if block.ndim != 3 or block.shape[:2] != labels.shape:
                raise ValueError(f"layer '{name}' has shape {block.shape}: expected [n, tokens, d] for "
                                 f"labels of {labels.shape}")
            rows.append(_floats(block[kept]))
        return rows, _labels(labels[kept])

    def _kept(self, labels, mask):
        """Which tokens are rows, [n, tokens]."""
        labels = _array(labels)
        if labels.ndim != 2:
            raise ValueError(f"reduction='tokens' needs a label for each token, [n, tokens]; they are "
                             f"{list(labels.shape)}")
        kept = labels != self.ignore_label
        return kept if mask is None else kept & _array(mask).astype(bool)

    def _hook(self, module, name):
        def keep(module, inputs, output=None):
            value = _single(inputs if self._layer_input else output, name)
            # A copy: what follows may change it in place, as ReLU(inplace=True) does.
            self._outputs[name] = value.detach().clone() if hasattr(value, "detach") else value

        return (module.register_forward_pre_hook(keep) if self._layer_input
                else module.register_forward_hook(keep))

    def _find(self, name):
        for known in (name, *(name[len(prefix):] for prefix in ("module.", "_orig_mod.")
                              if name.startswith(prefix))):
            if known in self._modules:
                return self._modules[known]
        raise ValueError(f"the model has no layer '{name}'; it has "
                         + ", ".join(known for known in self._modules if known))

    def _features_last(self, array, name):
        """The array with its features along the last axis, where it was said along which they lie."""
        if self.feature_axis is None or array.ndim < 3:
            return array
        if not -array.ndim < self.feature_axis < array.ndim:
            raise ValueError(f"layer '{name}' has shape {array.shape}: features cannot lie along axis "
                             f"{self.feature_axis}")
        return np.moveaxis(array, self.feature_axis, -1)

    def _pooled(self, array, name):
        """The mean over all axes but the first and that of the features."""
        if self.feature_axis is None:
            fitting = [axis for axis in {1, array.ndim - 1} if array.shape[axis] == self.dimension]
            if name != self.names[-1] or len(fitting) != 1:
                raise ValueError(
                    f"layer '{name}' has shape {array.shape}: features may lie along axis 1 "
                    f"({array.shape[1]} of them; PyTorch's maps), feature_axis=1, or axis "
                    f"{array.ndim - 1} ({array.shape[-1]}; channels last, and tokens), feature_axis=-1")
            array = np.moveaxis(array, fitting[0], -1)
        mean = array.mean(axis=tuple(range(1, array.ndim - 1)), dtype=np.float64)
        return mean if array.dtype == np.float64 else mean.astype(np.float32)

    def _reduced(self, array, name, mask):
        if self.reduction != "flatten":
            array = self._features_last(array, name)
        if array.ndim == 3 and self.reduction in ("first", "last", "mean"):
            weights = np.ones(array.shape[:2]) if mask is None else _array(mask).astype(np.float64)
            if weights.shape != array.shape[:2] or not weights.any(axis=1).all():
                raise ValueError(f"layer '{name}' has shape {array.shape}, the mask {weights.shape}: "
                                 "expected a token of each at least")
            if self.reduction == "first":
                return _floats(array[np.arange(len(array)), (weights != 0).argmax(axis=1)])
            if self.reduction == "last":
                place = array.shape[1] - 1 - (weights[:, ::-1] != 0).argmax(axis=1)
                return _floats(array[np.arange(len(array)), place])
            mean = np.einsum("ntd,nt->nd", array.astype(np.float64), weights)
            mean /= weights.sum(axis=1)[:, None]
            return mean if array.dtype == np.float64 else mean.astype(np.float32)
        if array.ndim > 2 and self.feature_axis is None and set(array.shape[2:]) == {1}:
            array = array.reshape(array.shape[:2])
        if array.ndim > 2:
            if self.reduction in (None, "first", "last", "mean") or (
                    self.reduction == "auto" and array.ndim == 3):
                raise ValueError(
                    f"layer '{name}' has shape {array.shape}: choose reduction='pool' or 'flatten' "
                    "for images, 'first', 'last', 'mean' or 'tokens' for sequences, [n, tokens, d]")
            array = (array.reshape(len(array), -1) if self.reduction == "flatten"
                     else self._pooled(array, name))
        if array.ndim != 2:
            raise ValueError(f"layer '{name}': expected rows of features, found shape "
                             f"{array.shape}")
        return _floats(array)


class LogitComparison:
    """Whether a model's logits are W h + b of the features h that were taken of it.

    Of logits that are log-probabilities or probabilities, the softmax of W h + b is compared. Where a
    batch has very many rows, classes and features, some of its rows stand for all.

    rows        how many rows were compared
    largest     the largest difference so far; None where nothing could be compared
    allowed     what rounding accounts for of it: 4ε + 8√d min(ε, 2⁻²³) times the largest
                |Σ W h + b| + (Σ W² h²)½ + |b| of the batch, where ε is that of the coarsest type among
                logits, features and W, and sums of half types are made in float32
    reason      why nothing of the last batch could be compared, or None
    """

    _MOST_PRODUCTS = 1 << 26  # of a batch: a fraction of a second

    def __init__(self, weight, bias, layer, classifier=None, is_input=False):
        self.rows, self.largest, self.allowed, self.reason = 0, None, None, "there is no classifier"
        self._layer, self._classifier, self._is_input = layer, classifier, is_input
        self._differs = False
        self.set_classifier(weight, bias)

    def set_classifier(self, weight, bias):
        self._weight_type = _epsilon(weight)
        self.weight = None if weight is None else _array(weight)
        self.bias = None if bias is None else _array(bias)

    def compare(self, outputs, features, taken, kept=None):
        """Compare what the model says with the features [n, d] of a batch, taken from the layer's
        output; kept [n, tokens] tells which tokens they are."""
        weight = self.weight
        if weight is None or weight.ndim != 2 or weight.shape[1:] != features.shape[1:] \
                or not len(features):
            return  # that they do not fit is said by whoever takes them
        said = self._said(outputs, (len(features) if kept is None else kept.shape))
        if said is None:
            return
        epsilon = max(_epsilon(said), _epsilon(taken) or 0, self._weight_type or 0)
        said = _array(said) if kept is None else _array(said)[kept]
        step = -(-features.size * len(weight) // self._MOST_PRODUCTS)
        said, features = said[::step].astype(np.float64), features[::step].astype(np.float64)
        expected, sizes = np.empty(said.shape), np.empty(said.shape)
        piece = max(1, (1 << 22) // weight.shape[1])
        for first in range(0, len(weight), piece):
            part = slice(first, first + piece)
            block = weight[part].astype(np.float64)
            bias = 0.0 if self.bias is None else self.bias[part].astype(np.float64)
            expected[:, part] = features @ block.T + bias
            sizes[:, part] = np.sqrt((features * features) @ (block * block).T) + np.abs(bias)
        sizes += np.abs(expected)
        difference = np.abs(said - _as_said(expected, said))
        finite = np.isfinite(difference) & np.isfinite(sizes)
        if not finite.any():
            return
        rounding = 4 * epsilon + 8 * features.shape[1] ** 0.5 * min(epsilon, 2.0**-23)
        allowed, largest = float(rounding * sizes[finite].max()), float(difference[finite].max())
        differs = largest > allowed
        self.rows += len(said)
        if self.largest is None or (differs, largest) > (self._differs, self.largest):
            self.largest, self.allowed, self._differs = largest, allowed, differs

    def warning(self):
        """What to tell of a difference beyond rounding, or None."""
        if not self._differs:
            return None
        classifier = f"the classifier '{self._classifier}'" if self._classifier else "the classifier"
        text = (f"the model's logits differ from W h + b of the features by up to {self.largest:.3g}, "
                f"rounding by {self.allowed:.1g}: ")
        if self._is_input:
            return text + f"after {classifier} may come a scaling or another function"
        text += (f"between layer '{self._layer}' and {classifier} may lie a ReLU, dropout or scaling "
                 "called as a function, or it may be the wrong layer")
        return text + (f"; layer='{self._classifier}', layer_input=True takes what the classifier is "
                       "given" if self._classifier else "")

    def _said(self, outputs, leading):
        """The only thing that the model says which has the shape of logits."""
        if hasattr(outputs, "keys"):
            outputs = [outputs[key] for key in (["logits"] if "logits" in outputs else outputs.keys())]
        elif not isinstance(outputs, (list, tuple)):
            outputs = [outputs]
        shape = (*(leading if isinstance(leading, tuple) else (leading,)), len(self.weight))
        found = [output for output in outputs
                 if tuple(getattr(output, "shape", ())) == shape and _epsilon(output)]
        self.reason = None
        if len(found) != 1:
            shapes = ", ".join(str(list(getattr(output, "shape", ()))) for output in outputs)
            self.reason = (f"the model says {shapes}, in which logits of shape {list(shape)} are "
                           f"{'not' if not found else 'more than once'}")
            return None
        return found[0]


class FeatureExporter:
    """Writes features, labels and the classifier to the HDF5 file `path`.

    model, layer, classifier, layer_input, reduction, feature_axis, labels, ignore_label
                as for `ModelFeatures`; the classifier's weight and bias are stored. Leave the model
                out to pass arrays to `write`.
    weights, bias
                W [C, d] and b [C] as arrays, where there is no model.
    expected_rows
                how many rows will come, if that is known: a large file is then cut into fewer
                pieces. `run` finds out by itself.
    metadata    any of: created_by, dataset, split, class_names, network, epoch, seed,
                weight_decay, batch_norm, last_layer_batch_norm, loss, train_loss, train_accuracy,
                dataset_sha256, description, preprocessing.

    Where there is a model and a classifier, the model's logits are compared with W h + b of the
    features: the first batch in which they differ beyond rounding is a warning, and
    `exporter.features.logits`, a `LogitComparison`, says the rest.
    """

    def __init__(self, path, model=None, layer=None, classifier=None, *, layer_input=False,
                 reduction="auto", feature_axis=None, labels=None, ignore_label=-100, weights=None,
                 bias=None, expected_rows=None, **metadata):
        unknown = sorted(set(metadata) - _METADATA)
        if unknown:
            raise TypeError(f"unknown metadata {', '.join(unknown)}; there are "
                            f"{', '.join(sorted(_METADATA))}")
        self.path = os.fspath(path)
        self.features = ModelFeatures(
            model, layer, classifier, layer_input=layer_input, reduction=reduction,
            feature_axis=feature_axis, labels=labels, ignore_label=ignore_label)
        self.count = 0
        self._expected_rows = expected_rows
        self._names = self.features.names
        self._file = None
        self._layers = {}
        classifier = self.features.classifier
        if classifier is not None:
            weights, bias = classifier.weight, classifier.bias
        logits = self.features.logits
        logits.set_classifier(weights, bias)
        self._weights, self._bias = logits.weight, logits.bias
        self._warned = False
        if self.features.dimension is None and self._weights is not None and self._weights.ndim == 2:
            self.features.dimension = self._weights.shape[1]
        if self._bias is not None and self._weights is None:
            raise ValueError("a bias without weights")
        self._metadata = {"created_by": "collapse_export", **metadata}
        self._temporary = f"{self.path}.partial-{os.getpid()}-{id(self):x}"

    @property
    def model(self):
        return self.features.model

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            self.close()
        else:
            self.discard()

    def run(self, batches, device=None):
        """Pass `batches` of (inputs, labels), or of something dict-like, through the model, in
        evaluation mode and without gradients, and write what the layers say. Inputs go to the device
        of the model, or to `device`. The mode of each module is put back."""
        data = getattr(batches, "dataset", None)
        if self._expected_rows is None and hasattr(data, "__len__"):
            self._expected_rows = len(data)
        for batch in batches:
            inputs, labels, mask = self.features.split(batch)
            self._batch(inputs if device is None else _to(inputs, device=device), labels, mask)
        return self.count

    def batch(self, inputs, labels, mask=None):
        """Pass one batch through the model, as `run` does, for a loop of your own; returns what
        the model says."""
        return self._batch(inputs, labels, mask)

    def _batch(self, inputs, labels, mask):
        self._open()
        outputs, blocks, labels = self.features.run(inputs, labels, mask)
        self._write(blocks, labels)
        warning = self.features.logits.warning()
        if warning and not self._warned:
            self._warned = True
            warnings.warn(f"{self.path}: {warning}", stacklevel=3)
        return outputs

    def write(self, features, labels, samples=None):
        """Write the next rows: an array [n, d] (a list of them for several layers), their labels
        [n], and, if rows are not in the order of the data set, where each comes from."""
        self._open()
        blocks = features if isinstance(features, (list, tuple)) else [features]
        if len(blocks) != len(self._names):
            raise ValueError(f"{len(self._names)} layers, {len(blocks)} arrays")
        self._write(*self.features.rows(blocks, labels), samples)

    def _write(self, blocks, labels, samples=None):
        for block, name in zip(blocks, self._names):
            if len(block) != len(labels):
                raise ValueError(f"layer '{name}': {len(block)} rows for {len(labels)} labels")
        if samples is None:
            samples = np.arange(self.count, self.count + len(labels))
        if not self._layers:
            self._create(blocks)
        for block, name in zip(blocks, self._names):
            if block.shape[1] != self._layers[name].shape[1]:
                raise ValueError(f"layer '{name}': {block.shape[1]} features, there were "
                                 f"{self._layers[name].shape[1]}")
            _append(self._layers[name], block)
        _append(self._file["labels"], labels)
        _append(self._file["samples"], np.asarray(samples, np.int64))
        self.count += len(labels)

    def close(self):
        """Finish the file and give it its name."""
        if self._file is None:
            return
        try:
            if self.count == 0:
                raise ValueError(f"{self.path}: no rows were written")
            self._file.close()
            self._file = None
            with open(self._temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(self._temporary, self.path)
        finally:
            self.discard()

    def discard(self):
        """Give up what was written so far."""
        self.features.close()
        if self._file is not None:
            self._file.close()
            self._file = None
        if os.path.exists(self._temporary):
            os.remove(self._temporary)

    def _open(self):
        if self._file is not None:
            return
        if os.path.isdir(self.path):
            raise IsADirectoryError(f"cannot write '{self.path}': it is a folder")
        try:
            import h5py
        except ModuleNotFoundError as error:
            if error.name != "h5py":
                raise
            raise ModuleNotFoundError(f"cannot write '{self.path}': h5py is not installed: "
                                      "pip install h5py", name="h5py") from None
        try:
            self._file = h5py.File(self._temporary, "w")
        except OSError as error:
            raise _unwritable(self.path, error) from None
        self.features.open()

    def _create(self, blocks):
        file = self._file
        dimension = blocks[-1].shape[1]
        if self._weights is not None:
            if self._weights.ndim != 2 or self._weights.shape[1] != dimension:
                raise ValueError(f"expected weights of shape (C, {dimension}), found "
                                 f"{self._weights.shape}")
            if self._bias is not None and self._bias.shape != self._weights.shape[:1]:
                raise ValueError(f"expected a bias of shape {self._weights.shape[:1]}, found "
                                 f"{self._bias.shape}")
            file["classifier/weight"] = self._weights
            if self._bias is not None:
                file["classifier/bias"] = self._bias
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        for key, value in self._metadata.items():
            if value is not None:
                file.attrs[key] = list(value) if key == "class_names" else value
        group = file.create_group("layers", track_order=True)
        for name, block in zip(self._names, blocks):
            # A slash would make groups of the name.
            self._layers[name] = self._growing(group, name.replace("/", "."), block.dtype,
                                               block.shape[1:])
        import h5py

        file["features"] = h5py.SoftLink(self._layers[self._names[-1]].name)
        self._growing(file, "labels", np.dtype(np.int32), ())
        self._growing(file, "samples", np.dtype(np.int64), ())

    def _growing(self, group, name, dtype, shape):
        """A dataset that grows in pieces of whole rows: of 4 MiB, or less for few rows."""
        row_bytes = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        rows = (1 << 20) // row_bytes
        if self._expected_rows is not None:
            rows = min((4 << 20) // row_bytes, self._expected_rows)
        return group.create_dataset(name, (0, *shape), dtype, maxshape=(None, *shape),
                                    chunks=(max(1, rows), *shape))


def _append(dataset, rows):
    count = len(dataset)
    dataset.resize(count + len(rows), axis=0)
    dataset[count:] = rows


def _unwritable(path, error):
    """The error in words of the path: those of h5py tell of its C functions and a temporary file."""
    folder = os.path.dirname(path) or "."
    if not os.path.exists(folder):
        reason = f"the folder '{folder}' does not exist"
    elif not os.path.isdir(folder):
        reason = f"'{folder}' is not a folder"
    else:
        reason = f"in the folder '{folder}': " + (
            os.strerror(error.errno).lower() if getattr(error, "errno", None) else str(error))
    return type(error)(f"cannot write '{path}': {reason}")


def _epsilon(value):
    """That of an array's type; None of what is no array of floats. Products of float32 may be made in
    a coarser type, where PyTorch was told so."""
    kind = str(getattr(value, "dtype", None)).split(".")[-1]
    torch = sys.modules.get("torch")
    if kind == "float32" and torch is not None and isinstance(value, torch.Tensor):
        try:
            precision = torch.get_float32_matmul_precision()
        except RuntimeError:  # said for each backend
            precision = "medium"
        kind = {"high": "float16", "medium": "bfloat16"}.get(precision, kind)  # TF32 has float16's ε
    return _EPSILONS.get(kind)


def _as_said(logits, said):
    """Logits as the model says them: as they are, as log-probabilities, or as probabilities."""
    with np.errstate(all="ignore"):
        logs = logits - logits.max(axis=1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
        if (said <= 0).all() and np.allclose(np.exp(said).sum(axis=1), 1, atol=0.05):
            return logs
        if (said >= 0).all() and np.allclose(said.sum(axis=1), 1, atol=0.05):
            return np.exp(logs)
    return logits


def _unwrapped(model):
    """The module that is run: of what wraps one, the one inside."""
    while True:
        if hasattr(model, "_orig_mod"):  # compiled: its graph may know nothing of hooks
            model = model._orig_mod
        elif type(model).__name__ in ("DataParallel", "DistributedDataParallel"):
            model = model.module
        else:
            return model


def _for(model, inputs):
    """The inputs on the model's device, in its precision where that is a half one."""
    parameter = next(iter(model.parameters()), None) if hasattr(model, "parameters") else None
    if parameter is None:
        return inputs
    half = str(parameter.dtype) in ("torch.float16", "torch.bfloat16")
    return _to(inputs, parameter.device, parameter.dtype if half else None)


def _to(inputs, device, dtype=None):
    if hasattr(inputs, "keys"):
        return {name: _to(inputs[name], device, dtype) for name in inputs.keys()}
    if isinstance(inputs, (list, tuple)):
        return type(inputs)(_to(value, device, dtype) for value in inputs)
    if not hasattr(inputs, "to"):
        return inputs
    inputs = inputs.to(device)
    if dtype is not None and inputs.is_floating_point():
        inputs = inputs.to(dtype)
    return inputs


def _mask(inputs):
    return inputs["attention_mask"] if hasattr(inputs, "keys") and "attention_mask" in inputs else None


def _single(value, name):
    """The tensor among what a module takes or gives."""
    if hasattr(value, "keys"):
        keys = list(value.keys())
        if "last_hidden_state" in keys:
            return value["last_hidden_state"]
        if len(keys) != 1:
            raise ValueError(f"layer '{name}' gives {', '.join(map(str, keys))}: name a layer inside")
        return value[keys[0]]
    return value[0] if isinstance(value, (list, tuple)) else value


def _floats(array):
    return array if array.dtype == np.float64 else array.astype(np.float32, copy=False)


def _array(value):
    """A numpy array of a torch tensor, or of anything numpy understands."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":  # numpy has no such type; float32 holds it
            value = value.float()
        value = value.numpy()
    return np.asarray(value)


def _labels(array):
    """Labels as int32 [n], from integers or one-hot rows."""
    if array.ndim == 2 and array.shape[1] > 1:
        if not (((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()):
            raise ValueError("labels of two axes must be one-hot rows")
        array = array.argmax(axis=1)
    array = array.reshape(len(array)) if array.ndim == 2 else array
    labels = array.astype(np.int32)
    if array.ndim != 1 or not np.array_equal(labels, array) or (labels < 0).any():
        raise ValueError("labels must be whole numbers from 0 to 2147483647, one per row")
    return labels


def _load(path):
    """The array of a .npy file, without reading it into memory."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise _Failure(66, f"cannot read '{path}': it does not exist")
    except PermissionError:
        raise _Failure(66, f"cannot read '{path}': permission denied")
    except (OSError, ValueError, EOFError) as error:
        raise _Failure(65, f"{path}: expected a .npy file: {error}")


class _Failure(Exception):
    """A message, and the exit code that goes with it."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="collapse_export.py",
        description="Write features held in .npy files to a file that `collapse analyze` reads. "
                    "For PyTorch models, import FeatureExporter instead: see the top of this file.",
        epilog="example: python collapse_export.py train.h5 --features h.npy --labels y.npy "
               "--weights W.npy --bias b.npy --dataset cifar-10 --split train")
    parser.add_argument("output", help="the HDF5 file to write")
    parser.add_argument("--features", required=True, help="float array [N, d]")
    parser.add_argument("--labels", required=True, help="integer array [N], or one-hot [N, C]")
    parser.add_argument("--weights", help="the classifier's W [C, d]")
    parser.add_argument("--bias", help="the classifier's b [C]")
    parser.add_argument("--class-names", nargs="+", metavar="NAME", help="one per class")
    parser.add_argument("--reduction", choices=["pool", "flatten"],
                        help="for features of more than two axes")
    parser.add_argument("--feature-axis", type=int, metavar="AXIS",
                        help="the axis features lie along, where they are pooled: 1, or -1 for the last")
    parser.add_argument("--batch-size", type=int, default=4096, help="rows per step (%(default)s)")
    for name, kind in [("dataset", str), ("split", str), ("network", str), ("epoch", int),
                       ("seed", int), ("weight-decay", float)]:
        parser.add_argument(f"--{name}", type=kind, help="stored as metadata")
    options = parser.parse_args(arguments)
    metadata = {key: getattr(options, key) for key in [
        "class_names", "dataset", "split", "network", "epoch", "seed", "weight_decay"]}
    try:
        features, labels = _load(options.features), _load(options.labels)
        if len(features) != len(labels):
            raise ValueError(f"{len(features)} rows of features, {len(labels)} labels")
        with FeatureExporter(
                options.output, reduction=options.reduction, feature_axis=options.feature_axis,
                weights=options.weights and _load(options.weights),
                bias=options.bias and _load(options.bias), expected_rows=len(features),
                **metadata) as exporter:
            for start in range(0, len(features), options.batch_size):
                rows = slice(start, start + options.batch_size)
                exporter.write(features[rows], labels[rows])
    except _Failure as failure:
        print(f"collapse_export.py: {failure}", file=sys.stderr)
        return failure.code
    except (OSError, ImportError) as error:
        # Only the output is left.
        if not str(error).startswith("cannot write"):
            error = _unwritable(options.output, error)
        print(f"collapse_export.py: {error}", file=sys.stderr)
        return 73
    except ValueError as error:
        print(f"collapse_export.py: {error}", file=sys.stderr)
        return 65
    print(f"{options.output}: {exporter.count} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
