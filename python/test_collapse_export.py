"""Tests of collapse_export.py: `python -m unittest` in this folder, with h5py installed.

The tests of models use PyTorch where it is installed, and else a module with its interface.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

import collapse_export
from collapse_export import FeatureExporter, main

try:
    import torch
except ImportError:
    torch = None


class FakeModule:
    """What the exporter uses of torch.nn.Module: a chain of steps, each a module."""

    def __init__(self, function=None, **children):
        self.function, self.children, self.hooks = function, children, {}
        self.training = True

    def named_modules(self):
        yield "", self
        yield from self.children.items()

    def register_forward_hook(self, hook):
        key = object()
        self.hooks[key] = hook
        return type("Handle", (), {"remove": lambda handle: self.hooks.pop(key)})()

    def __call__(self, x):
        y = x
        if self.function:
            y = self.function(x)
        for child in self.children.values():
            y = child(y)
        for hook in self.hooks.values():
            hook(self, (x,), y)
        return y

    def eval(self):
        self.train(False)

    def train(self, mode=True):
        self.training = mode


class ExporterTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "a.h5")
        self.features = np.arange(600, dtype=np.float32).reshape(100, 6)
        self.labels = np.arange(100) % 3

    def tearDown(self):
        self.assertFalse([name for name in os.listdir(self.folder.name) if "partial" in name])
        self.folder.cleanup()

    def test_arrays_batch_by_batch(self):
        with FeatureExporter(self.path, weights=np.ones((3, 6)), bias=np.zeros(3), epoch=4,
                             class_names=["a", "b", "c"], batch_norm=True) as exporter:
            for start in range(0, 100, 7):
                self.assertFalse(os.path.exists(self.path))
                exporter.write(self.features[start:start + 7], self.labels[start:start + 7])
        with h5py.File(self.path) as file:
            np.testing.assert_array_equal(file["features"], self.features)
            np.testing.assert_array_equal(file["labels"], self.labels)
            np.testing.assert_array_equal(file["samples"], np.arange(100))
            self.assertEqual(file["classifier/weight"].shape, (3, 6))
            self.assertEqual(file["labels"].dtype, np.int32)
            self.assertEqual(file.attrs["format"], "collapse-features")
            self.assertEqual(list(file.attrs["class_names"]), ["a", "b", "c"])
            self.assertTrue(file.attrs["batch_norm"])

    def test_several_layers_keep_their_order(self):
        with FeatureExporter(self.path, layer=["block10", "block2"]) as exporter:
            exporter.write([self.features[:, :2], self.features], np.eye(3)[self.labels])
        with h5py.File(self.path) as file:
            self.assertEqual(list(file["layers"]), ["block10", "block2"])
            self.assertEqual(file["features"], file["layers/block2"])
            np.testing.assert_array_equal(file["labels"], self.labels)

    def test_maps_are_pooled_or_flattened(self):
        maps = self.features.reshape(100, 2, 3, 1)
        for reduction, expected in [("pool", maps.mean(axis=(2, 3))), ("flatten", self.features)]:
            with FeatureExporter(self.path, reduction=reduction, feature_axis=1) as exporter:
                exporter.write(maps, self.labels)
            with h5py.File(self.path) as file:
                np.testing.assert_array_equal(file["features"], expected)

    def written(self, features, **options):
        with FeatureExporter(self.path, **options) as exporter:
            exporter.write(features, self.labels)
        with h5py.File(self.path) as file:
            return file["features"][:]

    def test_the_axis_of_features_is_said_or_told_by_the_classifier(self):
        maps = self.features.reshape(100, 2, 3, 1) + np.zeros((1, 1, 1, 5), np.float32)
        first, last = maps.mean(axis=(2, 3), dtype=np.float64), maps.mean(axis=(1, 2), dtype=np.float64)
        for axis, expected in [(1, first), (-1, last), (3, last)]:
            np.testing.assert_array_equal(
                self.written(maps, reduction="pool", feature_axis=axis), expected.astype(np.float32))
        for columns, expected in [(2, first), (5, last)]:
            np.testing.assert_array_equal(
                self.written(maps, weights=np.ones((3, columns))), expected.astype(np.float32))
        for options in [{}, {"reduction": "pool"}, {"weights": np.ones((3, 4))}]:
            with self.subTest(options), self.assertRaisesRegex(
                    ValueError, r"axis 1 \(2 of them; PyTorch's maps\), feature_axis=1, or axis 3 \(5; "):
                self.written(maps, **options)

    def test_sequences(self):
        tokens = self.features.reshape(100, 3, 2)
        with self.assertRaisesRegex(ValueError, "feature_axis=1, or axis 2"):
            self.written(tokens, reduction="pool")
        np.testing.assert_array_equal(
            self.written(tokens, reduction="pool", feature_axis=-1),
            tokens.mean(axis=1, dtype=np.float64).astype(np.float32))
        for place, reduction in [(0, "first"), (2, "last")]:
            np.testing.assert_array_equal(self.written(tokens, reduction=reduction), tokens[:, place])
            np.testing.assert_array_equal(
                self.written(tokens.swapaxes(1, 2), reduction=reduction, feature_axis=1),
                tokens[:, place])

    def test_an_error_leaves_the_old_file(self):
        with open(self.path, "w") as old:
            old.write("old")
        with self.assertRaisesRegex(RuntimeError, "stopped"):
            with FeatureExporter(self.path) as exporter:
                exporter.write(self.features, self.labels)
                raise RuntimeError("stopped")
        with open(self.path) as old:
            self.assertEqual(old.read(), "old")

    def test_what_does_not_fit_is_refused(self):
        def write(features=self.features, labels=self.labels, **options):
            with FeatureExporter(self.path, **options) as exporter:
                exporter.write(features, labels)
                exporter.write(features[:, :5], labels)

        for message, call in [
            ("layer 'features': 100 rows for 99 labels", lambda: write(labels=self.labels[1:])),
            ("whole numbers", lambda: write(labels=self.labels / 2)),
            ("whole numbers", lambda: write(labels=self.labels - 1)),
            ("one-hot", lambda: write(labels=np.ones((100, 2)))),
            ("layer 'features': 5 features, there were 6", write),
            (r"expected weights of shape \(C, 6\), found \(6, 3\)",
             lambda: write(weights=np.ones((6, 3)))),
            (r"expected a bias of shape \(3,\), found \(4,\)",
             lambda: write(weights=np.ones((3, 6)), bias=np.ones(4))),
            ("expected rows of features", lambda: write(self.features[:, 0])),
            ("choose reduction",
             lambda: write(self.features.reshape(100, 2, 3), reduction=None)),
            ("no rows were written", lambda: FeatureExporter(self.path).__enter__().close()),
        ]:
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                call()
            self.assertFalse(os.path.exists(self.path))
        with self.assertRaisesRegex(TypeError, "unknown metadata epochs; there are batch_norm"):
            FeatureExporter(self.path, epochs=3)

    def test_command_line(self):
        arrays = {"h": self.features, "y": self.labels, "W": np.ones((3, 6)), "b": np.ones(3)}
        names = {key: os.path.join(self.folder.name, key + ".npy") for key in arrays}
        for key, array in arrays.items():
            np.save(names[key], array)
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.assertEqual(main([self.path, "--features", names["h"], "--labels", names["y"],
                                   "--weights", names["W"], "--bias", names["b"],
                                   "--batch-size", "33", "--weight-decay", "5e-4"]), 0)
        self.assertEqual(output.getvalue(), f"{self.path}: 100 rows\n")
        with h5py.File(self.path) as file:
            np.testing.assert_array_equal(file["features"], self.features)
            self.assertEqual(file.attrs["weight_decay"], 5e-4)
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(main([self.path, "--features", names["h"], "--labels", names["b"]]),
                             65)
        self.assertEqual(errors.getvalue(),
                         "collapse_export.py: 100 rows of features, 3 labels\n")
        absent, nowhere = self.path + ".none", self.path + ".none/out.h5"
        for output, labels, code, message in [
                (self.path, absent, 66, f"cannot read '{absent}': it does not exist"),
                (self.path, self.path, 65, f"{self.path}: expected a .npy file: "),
                (nowhere, names["y"], 73,
                 f"cannot write '{nowhere}': the folder '{absent}' does not exist")]:
            with contextlib.redirect_stderr(io.StringIO()) as errors:
                self.assertEqual(main([output, "--features", names["h"], "--labels", labels]), code)
            self.assertTrue(errors.getvalue().startswith("collapse_export.py: " + message),
                            errors.getvalue())

    def test_hooks_of_a_module(self):
        inner = FakeModule(lambda x: x * 2)
        model = FakeModule(inner=inner, head=FakeModule(lambda x: x[:, :3]))
        model.children["head"].weight, model.children["head"].bias = np.ones((3, 6)), None
        with FeatureExporter(self.path, model, layer="inner", classifier="head") as exporter:
            model(self.features)
            exporter.write([exporter.features.output("inner")], self.labels)
        self.assertEqual(inner.hooks, {})
        with h5py.File(self.path) as file:
            np.testing.assert_array_equal(file["layers/inner"], self.features * 2)
            self.assertIn("classifier/weight", file)
            self.assertNotIn("classifier/bias", file)
        with self.assertRaisesRegex(ValueError, "no layer 'fc'; it has inner, head"):
            FeatureExporter(self.path, model, layer="fc")

    def test_memory_does_not_grow_with_the_rows(self):
        # Each process holds the same batch; one writes it once, the other four hundred times.
        script = """if True:
            import resource, sys, numpy as np
            sys.dont_write_bytecode = True
            from collapse_export import FeatureExporter
            block, labels = np.ones((4096, 64), np.float32), np.zeros(4096, np.int32)
            with FeatureExporter(sys.argv[1]) as exporter:
                for _ in range(int(sys.argv[2])):
                    exporter.write(block, labels)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            """
        folder = os.path.dirname(os.path.abspath(collapse_export.__file__))
        once, often = (
            int(subprocess.run([sys.executable, "-c", script, self.path, count], cwd=folder,
                               check=True, capture_output=True).stdout)
            for count in ["1", "400"])
        self.assertGreater(os.path.getsize(self.path), 400 << 20)
        self.assertLess(often - once, 64 << 10)  # KiB

    @unittest.skipIf(torch is None, "needs PyTorch")
    def test_a_torch_model(self):
        torch.manual_seed(0)
        model = torch.nn.Sequential()
        model.add_module("features", torch.nn.Sequential(
            torch.nn.Conv2d(1, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU()))
        model.add_module("avgpool", torch.nn.AdaptiveAvgPool2d(1))
        model.add_module("flatten", torch.nn.Flatten())
        model.add_module("fc", torch.nn.Linear(8, 3))
        inputs = torch.randn(100, 1, 6, 6)
        loader = torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(inputs, torch.arange(100) % 3), batch_size=16)
        model.train()
        with FeatureExporter(self.path, model, layer=["features", "avgpool"], classifier="fc",
                             feature_axis=1, split="train") as exporter:
            self.assertEqual(exporter.run(loader), 100)
        self.assertTrue(model.training)
        # Batch by batch in a loop of one's own: the same file, and each module's mode put back.
        model.features[1].eval()
        other = os.path.join(self.folder.name, "b.h5")
        with FeatureExporter(other, model, layer=["features", "avgpool"], classifier="fc",
                             feature_axis=1, split="train") as exporter:
            for images, labels in loader:
                self.assertEqual(exporter.batch(images, labels).shape, (len(images), 3))
        self.assertTrue(model.training and model.fc.training)
        self.assertFalse(model.features[1].training)
        with h5py.File(self.path) as run, h5py.File(other) as batch:
            for name in ["layers/features", "features", "labels", "samples"]:
                np.testing.assert_array_equal(run[name], batch[name])
        model.eval()
        with h5py.File(self.path) as file, torch.no_grad():
            logits = (file["features"][:] @ file["classifier/weight"][:].T
                      + file["classifier/bias"][:])
            np.testing.assert_allclose(logits, model(inputs).numpy(), atol=1e-5)
            np.testing.assert_allclose(file["layers/features"], file["layers/avgpool"], atol=1e-6)
            np.testing.assert_array_equal(file["labels"], self.labels)
        with FeatureExporter(self.path, model.to(torch.bfloat16), layer="fc", layer_input=True,
                             classifier="fc") as exporter:
            exporter.run([(inputs.to(torch.bfloat16), torch.arange(100) % 3)])
        with h5py.File(self.path) as file:
            self.assertEqual(file["features"].shape, (100, 8))
            self.assertEqual(file["features"].dtype, np.float32)


if __name__ == "__main__":
    unittest.main()
