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

import h5py
import numpy as np

__all__ = ["FeatureExporter"]

FORMAT = "collapse-features"
VERSION = 1
_METADATA = {
    "created_by", "dataset", "split", "class_names", "network", "epoch", "seed", "weight_decay",
    "batch_norm", "last_layer_batch_norm", "loss", "train_loss", "train_accuracy",
    "dataset_sha256", "description",
}


class FeatureExporter:
    """Writes features, labels and the classifier to the HDF5 file `path`.

    model       a torch.nn.Module; leave it out to pass arrays to `write`.
    layer       the name of the module whose output is wanted, as in `model.named_modules()`, or
                several names, first layer first. The classifier belongs to the last.
    classifier  the name of the torch.nn.Linear on top of the last layer, or the module itself; its
                weight and bias are stored.
    layer_input hook what goes *into* the named layers instead of what comes out: with
                `layer="fc", layer_input=True` the features are what the classifier sees.
    reduction   what to do with outputs of more than two axes: "pool" (mean over all axes behind
                the second, as global average pooling), "flatten", or None to refuse them. Axes of
                extent 1 are always dropped.
    weights, bias
                W [C, d] and b [C] as arrays, where there is no model.
    expected_rows
                how many rows will come, if that is known: a large file is then cut into fewer
                pieces. `run` finds out by itself.
    metadata    any of: created_by, dataset, split, class_names, network, epoch, seed,
                weight_decay, batch_norm, last_layer_batch_norm, loss, train_loss, train_accuracy,
                dataset_sha256, description.
    """

    def __init__(self, path, model=None, layer=None, classifier=None, *, layer_input=False,
                 reduction="pool", weights=None, bias=None, expected_rows=None,
                 **metadata):
        unknown = sorted(set(metadata) - _METADATA)
        if unknown:
            raise TypeError(f"unknown metadata {', '.join(unknown)}; there are "
                            f"{', '.join(sorted(_METADATA))}")
        if reduction not in ("pool", "flatten", None):
            raise ValueError(f"reduction is 'pool', 'flatten' or None, not {reduction!r}")
        if model is not None and layer is None:
            raise ValueError("name the layer whose output is wanted; the model has "
                             + ", ".join(name for name, _ in model.named_modules() if name))
        self.path = os.fspath(path)
        self.model = model
        self.reduction = reduction
        self.count = 0
        self._expected_rows = expected_rows
        self._names = ["features"] if layer is None else (
            [layer] if isinstance(layer, str) else list(layer))
        self._layer_input = layer_input
        self._outputs = {}
        self._hooks = []
        self._file = None
        self._layers = {}
        modules = dict(model.named_modules()) if model is not None else {}
        for name in self._names if model is not None else []:
            self._find(modules, name)
        if isinstance(classifier, str):
            classifier = self._find(modules, classifier)
        if classifier is not None:
            weights, bias = classifier.weight, classifier.bias
        self._weights = None if weights is None else _array(weights)
        self._bias = None if bias is None else _array(bias)
        if self._bias is not None and self._weights is None:
            raise ValueError("a bias without weights")
        self._metadata = {"created_by": "collapse_export", **metadata}
        self._modules = modules
        self._temporary = f"{self.path}.partial-{os.getpid()}-{id(self):x}"

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            self.close()
        else:
            self.discard()

    def run(self, batches, device=None):
        """Pass `batches` of (inputs, labels) through the model, in evaluation mode and without
        gradients, and write what the layers say. The mode of each module is put back."""
        data = getattr(batches, "dataset", None)
        if self._expected_rows is None and hasattr(data, "__len__"):
            self._expected_rows = len(data)
        for inputs, labels, *_ in batches:
            self.batch(inputs if device is None else inputs.to(device), labels)
        return self.count

    def batch(self, inputs, labels):
        """Pass one batch through the model, as `run` does, for a loop of your own; returns what
        the model says."""
        import torch

        if self.model is None:
            raise ValueError("there is no model: pass features to write(features, labels)")
        self._open()
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.eval()
        try:
            with torch.no_grad():
                self._outputs.clear()
                outputs = self.model(inputs)
        finally:
            for module, mode in modes:
                module.training = mode
        self.write([self._output(name) for name in self._names], labels)
        return outputs

    def write(self, features, labels, samples=None):
        """Write the next rows: an array [n, d] (a list of them for several layers), their labels
        [n], and, if rows are not in the order of the data set, where each comes from."""
        self._open()
        blocks = features if isinstance(features, (list, tuple)) else [features]
        if len(blocks) != len(self._names):
            raise ValueError(f"{len(self._names)} layers, {len(blocks)} arrays")
        blocks = [self._rows(_array(block), name) for block, name in zip(blocks, self._names)]
        labels = _labels(_array(labels))
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
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        if self._file is not None:
            self._file.close()
            self._file = None
        if os.path.exists(self._temporary):
            os.remove(self._temporary)

    def _open(self):
        if self._file is not None:
            return
        self._file = h5py.File(self._temporary, "w")
        for name in self._names if self.model is not None else []:
            self._hooks.append(self._hook(self._modules[name], name))

    def _hook(self, module, name):
        def keep(module, inputs, output):
            value = inputs if self._layer_input else output
            self._outputs[name] = value[0] if isinstance(value, (list, tuple)) else value

        return module.register_forward_hook(keep)

    def _find(self, modules, name):
        if name not in modules:
            raise ValueError(f"the model has no layer '{name}'; it has "
                             + ", ".join(known for known in modules if known))
        return modules[name]

    def _output(self, name):
        if name not in self._outputs:
            raise ValueError(f"layer '{name}' was not used by the model")
        return self._outputs[name]

    def _rows(self, array, name):
        """The array as float32 or float64 [n, d]."""
        if array.ndim > 2:
            extents = tuple(extent for extent in array.shape[2:] if extent != 1)
            array = array.reshape(array.shape[:2] + extents)
        if array.ndim > 2:
            if self.reduction is None:
                raise ValueError(f"layer '{name}' has shape {array.shape}: choose reduction='pool' "
                                 "or 'flatten'")
            if self.reduction == "pool":
                array = array.mean(axis=tuple(range(2, array.ndim)), dtype=np.float64).astype(
                    np.float64 if array.dtype == np.float64 else np.float32)
            else:
                array = array.reshape(len(array), -1)
        if array.ndim != 2:
            raise ValueError(f"layer '{name}': expected rows of features, found shape "
                             f"{array.shape}")
        return array if array.dtype == np.float64 else array.astype(np.float32, copy=False)

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
                options.output, reduction=options.reduction,
                weights=options.weights and _load(options.weights),
                bias=options.bias and _load(options.bias), expected_rows=len(features),
                **metadata) as exporter:
            for start in range(0, len(features), options.batch_size):
                rows = slice(start, start + options.batch_size)
                exporter.write(features[rows], labels[rows])
    except _Failure as failure:
        print(f"collapse_export.py: {failure}", file=sys.stderr)
        return failure.code
    except OSError as error:
        # Only the output is left; h5py's own text tells of its C functions.
        folder = os.path.dirname(options.output) or "."
        reason = (f"the folder '{folder}' does not exist" if not os.path.exists(folder)
                  else os.strerror(error.errno).lower() if error.errno else str(error))
        print(f"collapse_export.py: cannot write '{options.output}': {reason}", file=sys.stderr)
        return 73
    except ValueError as error:
        print(f"collapse_export.py: {error}", file=sys.stderr)
        return 65
    print(f"{options.output}: {exporter.count} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
