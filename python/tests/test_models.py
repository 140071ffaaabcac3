"""Tests of what collapse_nc does with PyTorch models, Lightning and loggers; what is not installed is skipped by name."""

import importlib.util
import re
import sys
import types
import unittest
from collections import OrderedDict

import numpy as np

import collapse_nc
from collapse_nc import log_report, measure

try:
    import torch
    from torch import nn
except ImportError:
    torch = None

needs_torch = unittest.skipIf(torch is None, "needs PyTorch")
needs_h5py = unittest.skipIf(importlib.util.find_spec("h5py") is None, "needs h5py")


def small_model():
    torch.manual_seed(0)
    model = nn.Sequential()
    model.add_module("block", nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU()))
    model.add_module("drop", nn.Dropout(0.5))
    model.add_module("head", nn.Linear(8, 3))
    return model


def batches(count=200, size=30, dtype=None):
    generator = torch.Generator().manual_seed(1)
    y = torch.arange(count) % 3
    x = torch.randn(count, 6, generator=generator) + y[:, None]
    x = x if dtype is None else x.to(dtype)
    return [(x[first:first + size], y[first:first + size]) for first in range(0, count, size)]


@needs_torch
class ModelTest(unittest.TestCase):
    def expected(self, model, loader, **options):
        model.eval()
        with torch.no_grad():
            features = torch.cat([model.block(x).float() for x, _ in loader])
        model.train()
        return measure(features, torch.cat([y for _, y in loader]), model.head.weight.float(),
                       model.head.bias.float(), **options)

    def test_a_layer_of_a_model(self):
        model, loader = small_model().train(), batches()
        report = collapse_nc.measure_model(model, loader, layer="block", classifier="head")
        self.assertEqual(dict(report), dict(self.expected(model, loader)))
        self.assertTrue(all(module.training for module in model.modules()))
        self.assertFalse(any(module._forward_hooks for module in model.modules()))
        for classifier in ("head", model.head):  # what goes into it, which is the block's in evaluation
            again = collapse_nc.measure_model(model, loader, classifier=classifier)
            self.assertEqual(dict(again), dict(report))

    def test_several_layers(self):
        model, loader = small_model(), batches()
        reports = collapse_nc.measure_model(model, loader, ["block.0", "block"], "head")
        self.assertEqual(list(reports), ["block.0", "block"])
        self.assertIsNone(reports["block.0"]["accuracy"])
        self.assertIsNotNone(reports["block"]["accuracy"])
        test = collapse_nc.measure_model(model, batches(90), ["block.0", "block"], "head",
                                         means_from=reports)
        self.assertEqual(test["block"].means_from, "the training set")

    def test_logits_that_are_not_those_of_the_features_are_told(self):
        class Between(nn.Sequential):
            def forward(self, x):
                return self.head(torch.relu(self.drop(self.block[:2](x))))

        model, loader = Between(OrderedDict(small_model().named_children())), batches()
        right, wrong = (collapse_nc.measure_model(model, loader, layer, "head")
                        for layer in (None, "block.1"))
        told = "the model's logits differ from W h + b of the features by up to "
        self.assertFalse([text for text in right.warnings if told in text])
        text = wrong.warnings[-1]
        self.assertRegex(text, re.escape(told) + "[0-9.]+, rounding .* between layer 'block.1' and the ")
        self.assertIn(text, wrong.to_dict()["measurements"][0]["report"]["warnings"])
        self.assertIn(text, repr(wrong))
        reports = collapse_nc.measure_model(model, loader, ["block.0", "block.1"], "head")
        self.assertEqual([text in report.warnings for report in reports.values()], [False, True])
        # Where nothing can be compared, a note says so.
        model.forward = lambda x: model.head(model.block(x)).argmax(1)
        report = collapse_nc.measure_model(model, loader, "block", "head")
        self.assertFalse([text for text in report.warnings if told in text])
        self.assertEqual(report.to_dict()["measurements"][0]["report"]["notes"][-1],
                         "the model's logits were not compared with W h + b: the model says [20], in "
                         "which logits of shape [20, 3] are not")
        with self.assertRaisesRegex(ValueError, "layer_input=True takes its input"):
            collapse_nc.measure_model(model, loader, "head", "head")

    def test_half_precision(self):
        model, loader = small_model().to(torch.bfloat16), batches()
        report = collapse_nc.measure_model(model, loader, "block", "head")
        expected = self.expected(model, [(x.to(torch.bfloat16), y) for x, y in loader])
        self.assertEqual(dict(report), dict(expected))

    def test_wrapped_and_compiled_modules(self):
        model, loader = small_model(), batches()
        expected = dict(collapse_nc.measure_model(model, loader, "block", "head"))
        for wrapped in (nn.DataParallel(model), torch.compile(model)):
            for prefix in ("", "module."):
                report = collapse_nc.measure_model(wrapped, loader, prefix + "block", "head")
                self.assertEqual(dict(report), expected)

    def test_dict_like_batches_and_outputs(self):
        class Encoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = nn.Embedding(11, 4)

            def forward(self, input_ids, attention_mask):
                return {"last_hidden_state": self.embedding(input_ids), "other": input_ids}

        class Classifier(nn.Module):
            def __init__(self):
                super().__init__()
                self.encoder, self.head = Encoder(), nn.Linear(4, 2)

            def forward(self, input_ids, attention_mask=None):
                hidden = self.encoder(input_ids, attention_mask)["last_hidden_state"]
                return {"logits": self.head(hidden[:, 0])}

        torch.manual_seed(2)
        model = Classifier()
        ids = torch.randint(0, 11, (40, 5))
        mask = torch.ones(40, 5, dtype=torch.long)
        mask[::2, 3:] = 0
        y = torch.arange(40) % 2
        loader = [{"input_ids": ids[i:i + 8], "attention_mask": mask[i:i + 8], "labels": y[i:i + 8]}
                  for i in range(0, 40, 8)]
        hidden = model.encoder.embedding(ids).detach()

        first = collapse_nc.measure_model(model, loader, "encoder", "head", reduction="first")
        self.assertEqual(dict(first), dict(measure(hidden[:, 0].contiguous(), y, model.head)))
        mean = collapse_nc.measure_model(model, loader, "encoder", reduction="mean")
        pooled = (hidden.double() * mask[..., None]).sum(1) / mask.sum(1)[:, None]
        self.assertAlmostEqual(mean["nc1_pinv"], measure(pooled.float(), y)["nc1_pinv"], places=4)
        with self.assertRaisesRegex(ValueError, "choose reduction='pool' or 'flatten' for images"):
            collapse_nc.measure_model(model, loader, "encoder")
        with self.assertRaisesRegex(ValueError, "name them with labels="):
            collapse_nc.measure_model(model, [{"x": ids, "z": y}], "encoder")

        marks = torch.where(torch.rand(40, 5) < 0.2, -100, ids % 3)
        tokens = [{"input_ids": ids, "attention_mask": mask, "tags": marks}]
        report = collapse_nc.measure_model(model, tokens, "encoder", reduction="tokens", labels="tags")
        kept = (marks != -100) & (mask == 1)
        self.assertEqual(dict(report), dict(measure(hidden[kept], marks[kept])))

    def test_tensors_are_read_where_they_are(self):
        from collapse_nc._arrays import Features

        for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
            x = torch.randn(50, 4).to(dtype).requires_grad_()
            rows = Features(x)
            self.assertTrue(rows.is_shared, dtype)
            self.assertEqual(rows.values.ctypes.data, x.data_ptr())
            y = torch.arange(50) % 2
            self.assertEqual(dict(measure(x, y)), dict(measure(x.detach().double().numpy(), y.numpy())))

    @needs_h5py
    def test_the_exporter_is_part_of_the_package(self):
        import collapse_export

        self.assertIs(collapse_nc.FeatureExporter, collapse_export.FeatureExporter)

    def test_a_callback_for_lightning(self):
        if importlib.util.find_spec("lightning") is None and importlib.util.find_spec(
                "pytorch_lightning") is None:
            fake = types.ModuleType("lightning.pytorch")
            fake.Callback = type("Callback", (), {})
            names = {"lightning": types.ModuleType("lightning"), "lightning.pytorch": fake}
            sys.modules.update(names)
            self.addCleanup(lambda: [sys.modules.pop(name) for name in names])
        logged = []
        logger = types.SimpleNamespace(log_metrics=lambda values, step: logged.append((step, values)))
        model = small_model()
        callback = collapse_nc.CollapseCallback(
            batches(), "block", "head", every_n_epochs=2, keys=["nc1_pinv", "accuracy"])
        for epoch in range(4):
            callback.on_train_epoch_end(
                types.SimpleNamespace(current_epoch=epoch, is_global_zero=True, loggers=[logger]), model)
        self.assertEqual([step for step, _ in logged], [2, 4])
        self.assertEqual(set(logged[0][1]), {"nc/nc1_pinv", "nc/accuracy"})
        self.assertEqual(callback.reports[1].to_dict()["measurements"][0]["epoch"], 4)


class LoggingTest(unittest.TestCase):
    def setUp(self):
        random = np.random.default_rng(0)
        self.report = measure(random.random((60, 3)), np.arange(60) % 3)

    def test_loggers_of_every_kind(self):
        scalars, runs, calls = [], [], []
        writer = types.SimpleNamespace(add_scalar=lambda *values: scalars.append(values))
        run = types.SimpleNamespace(log=lambda values, step=None: runs.append((values, step)))
        expected = {"nc/nc1_pinv": self.report["nc1_pinv"]}
        log_report(self.report, writer, 3, keys=["nc1_pinv"])
        log_report(self.report, run, 4, keys=["nc1_pinv", "accuracy"])
        log_report(self.report, lambda values, step: calls.append((values, step)), keys=["nc1_pinv"])
        self.assertEqual(scalars, [("nc/nc1_pinv", self.report["nc1_pinv"], 3)])
        self.assertEqual(runs, [(expected, 4)])  # without a classifier there is no accuracy
        self.assertEqual(calls, [(expected, None)])
        self.assertEqual(set(log_report(self.report, run, prefix="")), set(self.report.defined()))

    def test_mistakes_are_told(self):
        with self.assertRaisesRegex(KeyError, "no measure 'nc9'"):
            log_report(self.report, print, keys=["nc9"])
        with self.assertRaisesRegex(TypeError, "int is no logger"):
            log_report(self.report, 7)
        if "wandb" not in sys.modules:
            with self.assertRaisesRegex(ValueError, "name a logger"):
                log_report(self.report)


if __name__ == "__main__":
    unittest.main()
