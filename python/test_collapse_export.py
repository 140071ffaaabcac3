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
import unittest.mock
import warnings

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


if torch is not None:
    class Model(torch.nn.Module):
        """A network that calls functions no hook sees: one before its classifier, one after it."""

        def __init__(self, between=lambda h: h, after=lambda z, dim: z):
            super().__init__()
            torch.manual_seed(0)
            self.features = torch.nn.Sequential(
                torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Conv2d(8, 8, 3))
            self.pool = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
            self.fc = torch.nn.Linear(8, 3)
            self.between, self.after = between, after

        def forward(self, x):
            return self.after(self.fc(self.between(self.pool(self.features(x)))), dim=-1)


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

    def test_where_nothing_can_be_written_the_folder_is_named(self):
        nowhere = self.path + ".none/a.h5"
        with open(self.path, "w"):
            pass
        for path, kind, message in [
                (nowhere, FileNotFoundError, f"the folder '{self.path}.none' does not exist"),
                (self.path + "/a.h5", NotADirectoryError, f"'{self.path}' is not a folder"),
                (self.folder.name, IsADirectoryError, "it is a folder")]:
            with self.subTest(message), self.assertRaises(kind) as raised:
                with FeatureExporter(path):
                    self.fail("nothing can be written there")
            self.assertEqual(str(raised.exception), f"cannot write '{path}': {message}")

    def test_without_h5py(self):
        message = f"cannot write '{self.path}': h5py is not installed: pip install h5py"
        with unittest.mock.patch.dict(sys.modules, h5py=None):
            with self.assertRaises(ModuleNotFoundError) as raised, FeatureExporter(self.path):
                self.fail("nothing can be written")
        self.assertEqual(str(raised.exception), message)
        for absent, expected in [("h5py", message),
                                 ("numpy", "No module named 'numpy': pip install h5py brings NumPy too")]:
            # The script as a reader starts it, with a module that it cannot import in front.
            hidden = os.path.join(self.folder.name, absent)
            os.mkdir(hidden)
            with open(os.path.join(hidden, absent + ".py"), "w") as module:
                module.write(f"raise ModuleNotFoundError(\"No module named '{absent}'\", name='{absent}')")
            rows = os.path.join(self.folder.name, "rows.npy")
            np.save(rows, self.labels)
            ended = subprocess.run(
                [sys.executable, collapse_export.__file__, self.path, "--features", rows, "--labels", rows],
                env={**os.environ, "PYTHONPATH": hidden, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True, text=True)
            self.assertEqual((ended.returncode, ended.stderr), (73, f"collapse_export.py: {expected}\n"))

    def test_the_output_of_the_classifier_is_refused(self):
        model = FakeModule(inner=FakeModule(), head=FakeModule(lambda x: x[:, :3]))
        head = model.children["head"]
        head.weight, head.bias = np.ones((3, 6)), np.zeros(3)
        for layer, classifier in [("head", "head"), ("head", head), (["inner", "head"], "head")]:
            with self.subTest(layer), self.assertRaisesRegex(
                    ValueError, "layer 'head' is the classifier, .*: layer_input=True takes its input"):
                FeatureExporter(self.path, model, layer=layer, classifier=classifier)
        FeatureExporter(self.path, model, layer="head", classifier="head", layer_input=True)

    def passed(self, model, inputs, layer="features", classifier="fc", **options):
        """The messages of an export, and what its comparison of logits came to."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with FeatureExporter(self.path, model, layer, classifier, **options) as exporter:
                exporter.run(zip(inputs.split(40), torch.tensor(self.labels).split(40)))
        return [str(warning.message) for warning in caught], exporter.features.logits

    @unittest.skipIf(torch is None, "needs PyTorch")
    def test_what_lies_between_the_features_and_the_classifier_is_told(self):
        functional = torch.nn.functional
        between = {
            "nothing": lambda h: h, "ReLU": torch.relu, "scaling": lambda h: 1.5 * h,
            "dropout": functional.dropout, "normalization": functional.normalize}
        after = {
            "log-probabilities": functional.log_softmax, "probabilities": functional.softmax}
        for kind in [torch.float32, torch.float64, torch.float16, torch.bfloat16]:
            for name in [*between, *after]:
                model = Model(between.get(name, lambda h: h), after.get(name, lambda z, dim: z)).to(kind)
                inputs = torch.randn(100, 3, 8, 8, generator=torch.Generator().manual_seed(0)).to(kind)
                with self.subTest(name, kind=kind):
                    messages, logits = self.passed(model, inputs, feature_axis=1)
                    self.assertEqual((logits.rows, logits.reason), (100, None))
                    fits = name in ["nothing", *after]
                    self.assertEqual(logits.largest <= logits.allowed, fits)
                    self.assertEqual(len(messages), 0 if fits else 1)  # not one for each batch
                    if not fits:
                        self.assertRegex(messages[0], (
                            r"a\.h5: the model's logits differ from W h \+ b of the features by up to "
                            r"[0-9.]+, rounding by .*: between layer 'features' and the classifier 'fc' "
                            r"may lie a ReLU, .*; layer='fc', layer_input=True takes"))
                    # What goes into the classifier is right whatever lies before it.
                    messages, logits = self.passed(model, inputs, "fc", layer_input=True)
                    self.assertEqual((messages, logits.largest <= logits.allowed), ([], True))

    @unittest.skipIf(torch is None, "needs PyTorch")
    def test_what_is_changed_in_place_is_taken_before_the_change(self):
        model, inputs = Model().eval(), torch.randn(100, 3, 8, 8)
        model.features.add_module("relu", torch.nn.ReLU(inplace=True))
        with torch.no_grad():
            expected = model.features[:3](inputs).mean(dim=(2, 3))
        self.assertLess(expected.min(), 0)
        for layer, options in [("features.2", {}), ("features.relu", {"layer_input": True})]:
            messages, _ = self.passed(model, inputs, layer, feature_axis=1, **options)
            self.assertEqual(len(messages), 1)
            with h5py.File(self.path) as file:
                np.testing.assert_allclose(file["features"], expected, atol=1e-6)

    @unittest.skipIf(torch is None, "needs PyTorch")
    def test_the_difference_is_that_of_the_logits(self):
        model, inputs = Model(torch.relu).double().eval(), torch.randn(100, 3, 8, 8).double()
        _, logits = self.passed(model, inputs, feature_axis=1)
        with torch.no_grad():
            h = model.features(inputs).mean(dim=(2, 3))
            largest = (model.fc(h) - model(inputs)).abs().max().item()
        self.assertAlmostEqual(logits.largest, largest, places=12)
        # The wrong layer, of the same width; and what comes after the classifier.
        messages, _ = self.passed(model, inputs, "features.0", feature_axis=1)
        self.assertRegex(messages[0], "between layer 'features.0' .* or it may be the wrong layer")
        messages, _ = self.passed(Model(after=lambda z, dim: 3 * z), inputs.float(), "fc", layer_input=True)
        self.assertRegex(messages[0], "after the classifier 'fc' may come a scaling or another function$")
        with warnings.catch_warnings():  # whoever makes errors of warnings has no file
            warnings.simplefilter("error")
            os.remove(self.path)
            with self.assertRaisesRegex(UserWarning, "differ"), FeatureExporter(
                    self.path, model, "features", "fc", feature_axis=1) as exporter:
                exporter.batch(inputs, self.labels)
        self.assertFalse(os.path.exists(self.path))

    @unittest.skipIf(torch is None, "needs PyTorch")
    def test_what_has_not_the_shape_of_logits_is_not_compared(self):
        inputs = torch.randn(100, 3, 8, 8)
        for after, reason in [
                (lambda z, dim: z.argmax(dim), "the model says [20], in which logits of shape [20, 3] are not"),
                (lambda z, dim: z.argmax(dim)[:, None].expand(-1, 3), "[20, 3], in which logits of shape"),
                (lambda z, dim: (z, 2 * z), "are more than once")]:
            with self.subTest(reason):
                messages, logits = self.passed(Model(torch.relu, after), inputs, feature_axis=1)
                self.assertEqual((messages, logits.rows, logits.largest), ([], 0, None))
                self.assertIn(reason, logits.reason)
        for after in [lambda z, dim: {"loss": z.sum(), "logits": z, "more": z}, lambda z, dim: (z.sum(), z)]:
            messages, logits = self.passed(Model(torch.relu, after), inputs, feature_axis=1)
            self.assertEqual((len(messages), logits.rows), (1, 100))
        _, logits = self.passed(Model(), inputs, classifier=None, feature_axis=1)
        self.assertEqual(logits.reason, "there is no classifier")

    @unittest.skipIf(torch is None, "needs PyTorch")
    def test_logits_of_tokens_are_compared(self):
        labels = torch.tensor([[0, 1, -100, 2], [1, -100, 2, 0]])
        for between, count in [(lambda h: h, 0), (torch.relu, 1)]:
            torch.manual_seed(0)
            model = Model(between)
            model.features, model.pool = torch.nn.Linear(5, 8), torch.nn.Identity()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                with FeatureExporter(self.path, model, "features", "fc", reduction="tokens") as exporter:
                    exporter.batch(torch.randn(2, 4, 5), labels)
            self.assertEqual((len(caught), exporter.features.logits.rows), (count, 6))

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
