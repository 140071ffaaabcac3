"""Tests of collapse_nc that need NumPy alone: ``python -m unittest`` in this folder."""

import gc
import json
import math
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np

import collapse_nc
from collapse_nc import Accumulator, CollapseError, measure
from collapse_nc._arrays import Features, Labels


def gaussian(counts=(40, 30, 20), d=5, seed=0, dtype=np.float64, spread=0.3):
    """Features about random class means, their labels, and a classifier."""
    random = np.random.default_rng(seed)
    means = random.standard_normal((len(counts), d)) + 1
    y = random.permutation(np.repeat(np.arange(len(counts)), counts))
    x = (means[y] + spread * random.standard_normal((len(y), d))).astype(dtype)
    return x, y, random.standard_normal((len(counts), d)), random.standard_normal(len(counts))


class NumbersTest(unittest.TestCase):
    """Measures against their definitions in NumPy."""

    def setUp(self):
        self.x, self.y, self.w, self.b = gaussian()
        self.report = measure(self.x, self.y, self.w, self.b)
        self.means = np.stack([self.x[self.y == c].mean(0) for c in range(3)])

    def test_variability(self):
        z = self.x - self.means[self.y]
        within = z.T @ z / len(z)
        centred = self.means - self.means.mean(0)
        between = centred.T @ centred / 3
        expected = np.trace(within @ np.linalg.pinv(between, rcond=1e-10)) / 3
        self.assertAlmostEqual(self.report["nc1_pinv"], expected, delta=1e-9 * expected)
        self.assertAlmostEqual(self.report["nc1_trace_ratio"],
                               np.trace(within) / np.trace(between), delta=1e-9)

    def test_geometry_and_duality(self):
        centred = self.means - self.means.mean(0)
        norms = np.linalg.norm(centred, axis=1)
        self.assertAlmostEqual(self.report["nc2_means_norm_cov"], norms.std() / norms.mean())
        gram = centred @ centred.T
        ideal = (np.eye(3) - 1 / 3) / math.sqrt(2)
        self.assertAlmostEqual(self.report["nc2_means_etf_distance"],
                               np.linalg.norm(gram / np.linalg.norm(gram) - ideal))
        self.assertAlmostEqual(
            self.report["nc3_duality_distance"],
            np.linalg.norm(self.w / np.linalg.norm(self.w) - centred / np.linalg.norm(centred)))

    def test_decisions(self):
        logits = self.x @ self.w.T + self.b
        distances = np.linalg.norm(self.x[:, None] - self.means[None], axis=2)
        self.assertAlmostEqual(self.report["accuracy"], (logits.argmax(1) == self.y).mean())
        self.assertAlmostEqual(self.report["nc4_mismatch"],
                               (logits.argmax(1) != distances.argmin(1)).mean())
        shifted = logits - logits.max(1, keepdims=True)
        entropy = -(shifted[np.arange(90), self.y] - np.log(np.exp(shifted).sum(1))).mean()
        self.assertAlmostEqual(self.report["cross_entropy"], entropy)

    def test_cosines_per_class(self):
        u = self.x - self.means.mean(0)
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        cosines = [np.sum(u[self.y == c].mean(0) ** 2) for c in range(3)]
        np.testing.assert_allclose(self.report.per_class["cos_intra"], cosines, rtol=1e-12)
        self.assertEqual(self.report.per_pair["cos_inter"].shape, (3, 3))
        self.assertTrue(np.isnan(np.diag(self.report.per_pair["cos_inter"])).all())

    def test_conventions_and_single_choices(self):
        papyan = measure(self.x, self.y, convention="papyan")
        standard = measure(self.x, self.y)
        self.assertAlmostEqual(papyan["nc1_pinv"], 3 * standard["nc1_pinv"])
        changed = measure(self.x, self.y, over_classes=False, deviation="sample")
        self.assertEqual(changed.convention["name"], "papyan")
        self.assertEqual(changed["nc1_pinv"], papyan["nc1_pinv"])

    def test_goldens(self):
        """The values that kowalski of PyPI gives for the same features: see write_goldens.py."""
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kowalski.json")
        with open(path) as file:
            golden = json.load(file)
        report = measure(np.array(golden["features"]), golden["labels"], golden["weight"],
                         golden["bias"], golden["convention"])
        for key, value in golden["measures"].items():
            self.assertAlmostEqual(report[key], value, delta=golden["tolerance"] * abs(value), msg=key)


class ArraysTest(unittest.TestCase):
    def test_every_type_of_numbers_and_labels(self):
        x, y, w, b = gaussian(seed=1)
        x = np.round(x * 4) / 4  # which float16 holds
        expected = measure(x, y, w, b)
        for dtype in (np.float16, np.float32, np.float64):
            for order in ("<", ">"):
                report = measure(x.astype(np.dtype(dtype).newbyteorder(order)), y, w, b)
                self.assertEqual(dict(report), dict(expected), dtype)
        for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.uint64,
                      np.float32):
            self.assertEqual(dict(measure(x, y.astype(dtype), w, b)), dict(expected), dtype)
        self.assertEqual(dict(measure(x, y.tolist(), w, b)), dict(expected))
        self.assertEqual(dict(measure(x, np.eye(3)[y], w, b)), dict(expected))

    def test_bfloat16_by_dlpack(self):
        x, y, w, b = gaussian(seed=2, dtype=np.float32)
        bits = (x.view(np.uint32) >> 16).astype(np.uint16)
        rounded = (bits.astype(np.uint32) << 16).view(np.float32)
        report = measure(Tensor(bits, code=4), y, w, b)
        self.assertEqual(dict(report), dict(measure(rounded, y, w, b)))

    def test_memory_is_shared_where_rows_are_contiguous(self):
        x, y, _, _ = gaussian(dtype=np.float32)
        for value in (x, Tensor(x)):
            rows = Features(value)
            self.assertTrue(rows.is_shared)
            self.assertTrue(np.shares_memory(rows.block(3, 9), x))
        wide = np.zeros((len(x), 10), np.float32)
        wide[:, ::2] = x
        for view in (wide[:, ::2], Tensor(wide[:, ::2]), np.asfortranarray(x)):
            self.assertFalse(Features(view).is_shared)
            self.assertEqual(dict(measure(view, y)), dict(measure(x, y)))
        self.assertEqual(dict(measure(x[::-1], y[::-1])).keys(), dict(measure(x, y)).keys())

    def test_a_tensor_outlives_its_owner(self):
        x, y, _, _ = gaussian(dtype=np.float32)
        rows = Features(Tensor(x.copy()))
        gc.collect()
        self.assertTrue((rows.block(0, len(x)) == x).all())

    def test_names_number_the_classes(self):
        x, y, w, b = gaussian()
        report = measure(x, np.array(["cat", "dog", "eel"])[y], w, b)
        self.assertEqual([c["name"] for c in report.classes], ["cat", "dog", "eel"])
        self.assertEqual(dict(report), dict(measure(x, y, w, b)))

    def test_labels_of_any_value(self):
        x, y, w, b = gaussian()
        labels = np.array([7, -100, 1000])[y]
        with self.assertRaisesRegex(CollapseError, "negative label -100"):
            measure(x, labels)
        report = measure(x, labels, ignore_labels=-100)
        self.assertEqual([c["label"] for c in report.classes], [7, 1000])
        self.assertIn("30 rows left out by label", report.notes)
        named = measure(x, labels, w[[2, 0]], b[[2, 0]], ignore_labels=[-100], weight_labels=[1000, 7])
        rows = y != 1
        self.assertAlmostEqual(named["accuracy"], (
            (x[rows] @ w[[0, 2]].T + b[[0, 2]]).argmax(1) == y[rows] // 2).mean())


class Tensor:
    """What speaks DLPack and is no NumPy array."""

    def __init__(self, values, code=None):
        self.values, self.code = values, code

    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, **_):
        capsule = self.values.__dlpack__()
        if self.code is not None:
            from collapse_nc import _arrays

            tensor = _arrays._DLTensor.from_address(
                _arrays._capsule_pointer(capsule, b"dltensor"))
            tensor.dtype.code = self.code
        return capsule


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.x, self.y, self.w, self.b = gaussian()
        self.report = measure(self.x, self.y, self.w, self.b, epoch=4, split="test", name="run 1")

    def test_is_a_mapping(self):
        self.assertIn("nc1_pinv", self.report)
        self.assertGreater(len(self.report), 50)
        self.assertEqual(set(self.report), set(self.report.keys()))
        with self.assertRaises(KeyError):
            self.report["nc9"]

    def test_what_is_undefined_has_a_reason(self):
        report = measure(self.x, self.y)
        self.assertIsNone(report["accuracy"])
        self.assertEqual(report.undefined["accuracy"], "no classifier")
        self.assertNotIn("accuracy", report.defined())
        self.assertEqual(report.defined("nc/")["nc/nc1_pinv"], report["nc1_pinv"])

    def test_document(self):
        document = self.report.to_dict()
        self.assertEqual((document["format"], document["version"]), ("collapse-measures", 2))
        self.assertEqual(document["measurements"][0]["epoch"], 4)
        document["format"] = "other"
        self.assertEqual(self.report.to_dict()["format"], "collapse-measures")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "measures.json")
            self.report.save(path)
            with open(path) as file:
                self.assertEqual(json.load(file), self.report.to_dict())
            self.assertEqual(os.listdir(folder), ["measures.json"])

    def test_survives_pickling(self):
        copy = pickle.loads(pickle.dumps(self.report))
        self.assertEqual(copy, self.report)
        with self.assertRaisesRegex(ValueError, "measure its features again"):
            measure(self.x, self.y, means_from=copy)

    def test_is_shown(self):
        self.assertIn("nc1_pinv", repr(self.report))
        page = measure(self.x, self.y)._repr_html_()
        self.assertIn("title='no classifier'", page)
        self.assertIn("<code>nc1_pinv</code>", page)

    def test_frame(self):
        try:
            import pandas
        except ImportError:
            with self.assertRaises(ImportError):
                self.report.to_frame()
            return
        frame = pandas.concat([self.report.to_frame(), measure(self.x, self.y).to_frame()])
        self.assertEqual(frame["nc1_pinv"].iloc[0], self.report["nc1_pinv"])
        self.assertTrue(np.isnan(frame["accuracy"].iloc[1]))
        self.assertEqual(frame["epoch"].iloc[0], 4)


class OptionsTest(unittest.TestCase):
    def test_means_of_a_training_set(self):
        x, y, w, b = gaussian()
        other, labels, _, _ = gaussian(seed=9)
        training = measure(x, y)
        report = measure(other, labels, w, b, means_from=training, about_training=True)
        means = np.stack([x[y == c].mean(0) for c in range(3)])
        decided = np.linalg.norm(other[:, None] - means[None], axis=2).argmin(1)
        self.assertAlmostEqual(report["nc4_ncc_accuracy"], (decided == labels).mean())
        self.assertEqual(report.means_from, "the training set")
        self.assertIsNotNone(report["nc1_pinv_about_training"])
        again = measure(other, labels, w, b, means_from=(x, y), about_training=True)
        self.assertEqual(dict(again), dict(report))

    def test_an_out_of_distribution_set(self):
        x, y, w, b = gaussian()
        noise = np.random.default_rng(3).standard_normal((50, 5))
        means = np.stack([x[y == c].mean(0) for c in range(3)])
        mean = noise.mean(0)
        expected = np.abs(means @ mean / np.linalg.norm(means, axis=1) / np.linalg.norm(mean)).mean()
        self.assertAlmostEqual(measure(x, y, w, b, ood=noise)["nc5_orthogonality"], expected)

    def test_without_labels(self):
        x, y, _, _ = gaussian()
        report = measure(x, spectrum=True)
        self.assertEqual(report.classes, [])
        values = np.linalg.svd(x - x.mean(0), compute_uv=False)
        np.testing.assert_allclose(report.series["spectrum_singular_values"], values, rtol=1e-9)
        self.assertNotIn("nc1_pinv", report)

    def test_spectra_and_pairs(self):
        x, y, w, b = gaussian()
        report = measure(x, y, w, b, spectrum=True, class_spectra=True, pairs="extremes",
                         weight_decay=5e-4, unit_norm=True)
        self.assertIsNotNone(report["nc1_vci"])
        self.assertEqual(len(report.per_class["class_effective_rank"]), 3)
        self.assertIn("cos_inter", report.extreme_pairs)
        self.assertIn("measured on h/‖h‖", report.notes)

    def test_one_number_of_threads_is_as_good_as_another(self):
        x, y, w, b = gaussian(counts=(3000, 2500, 900), dtype=np.float32)
        one = measure(x, y, w, b, threads=1, spectrum=True)
        self.assertEqual(measure(x, y, w, b, threads=3, spectrum=True), one)

    def test_options_are_listed(self):
        names = [option["name"] for option in collapse_nc.options()]
        self.assertIn("weight_decay", names)
        self.assertTrue(all(option["description"] for option in collapse_nc.options()))

    def test_mistakes_are_told(self):
        x, y, w, b = gaussian()
        for message, call in [
            ("unknown key 'spectrun': did you mean 'spectrum'", lambda: measure(x, y, spectrun=True)),
            ("expected one of standard, papyan", lambda: measure(x, y, convention="papian")),
            ("weights have 4 columns, the features 5", lambda: measure(x, y, w[:, :4])),
            ("90 rows of features, but 3 labels", lambda: measure(x, y[:3])),
            (r"expected features of shape \[N, d\], found \[5\]", lambda: measure(x[0], y)),
            ("expected a bias of shape", lambda: measure(x, y, w, b[:2])),
            ("a bias without weights", lambda: measure(x, y, bias=b)),
            ("label 0.5 is no whole number", lambda: measure(x, y * 0.5)),
            ("no rows of features", lambda: measure(x[:0], y[:0])),
            ("weight_decay: expected no negative number", lambda: measure(x, y, weight_decay=-1)),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                call()
        with self.assertRaisesRegex(TypeError, "found complex128"):
            measure(x.astype(complex), y)
        x[3, 2] = np.nan
        with self.assertRaisesRegex(CollapseError, "1 of 90 rows hold NaN.*row 3") as caught:
            measure(x, y)
        self.assertEqual(caught.exception.code, 65)
        report = measure(x, y, drop_nonfinite=True)
        self.assertIn("1 row with NaN or infinite features left out", report.warnings)


class AccumulatorTest(unittest.TestCase):
    def setUp(self):
        self.x, self.y, self.w, self.b = gaussian(counts=(2000, 1500, 1100), dtype=np.float32)
        self.expected = measure(self.x, self.y, self.w, self.b, spectrum=True)

    def batches(self, size=97):
        for first in range(0, len(self.x), size):
            yield self.x[first:first + size], self.y[first:first + size]

    def test_batches_have_the_bits_of_the_whole(self):
        with Accumulator(self.w, self.b, spectrum=True) as rows:
            for features, labels in self.batches():
                rows.update(features, labels)
            self.assertEqual(len(rows), 4600)
            self.assertEqual(rows.compute(), self.expected)
            self.assertEqual(rows.compute(), self.expected)
        with self.assertRaisesRegex(ValueError, "no rows"):
            rows.compute()

    def test_passes_over_what_can_be_gone_through_again(self):
        loader = list(self.batches(256))
        counts = []

        def once_more():
            counts.append(len(loader))
            return iter(loader)

        self.assertEqual(Accumulator(self.w, self.b, spectrum=True).run(loader), self.expected)
        self.assertEqual(Accumulator(self.w, self.b, spectrum=True).run(once_more), self.expected)
        self.assertEqual(len(counts), 3)
        counts.clear()
        stated = Accumulator(self.w, self.b, classes=3, spectrum=True).run(once_more)
        self.assertEqual((len(counts), stated), (2, self.expected))

    def test_what_cannot_be_gone_through_again_is_refused(self):
        with self.assertRaisesRegex(TypeError, "only once"):
            Accumulator().run(self.batches())
        rest = iter(self.batches())
        with self.assertRaisesRegex(ValueError, "not over the same rows"):
            passes = iter([self.batches(100), self.batches(100), list(self.batches(100))[:3]])
            Accumulator().run(lambda: next(passes))
        drawn = iter([[(self.x[:4], [0, 1, 1, 2])], [(self.x[4:8], [0, 1, 2, 2])]])
        with self.assertRaisesRegex(ValueError, "other labels than an earlier one"):
            Accumulator().run(lambda: next(drawn))
        with self.assertRaisesRegex(ValueError, "no batches"):
            Accumulator().run([])
        self.assertIsNotNone(rest)

    def test_batches_of_another_kind_are_refused(self):
        rows = Accumulator()
        rows.update(self.x[:10], self.y[:10])
        with self.assertRaisesRegex(ValueError, "a batch of 5 features in float64; there were 5 in"):
            rows.update(self.x[:10].astype(np.float64), self.y[:10])
        with self.assertRaisesRegex(ValueError, "3 rows of features, but 2 labels"):
            rows.update(self.x[:3], self.y[:2])

    def test_bfloat16_batches(self):
        bits = (self.x.view(np.uint32) >> 16).astype(np.uint16)
        with Accumulator(self.w, self.b) as rows:
            rows.update(Tensor(bits[:1000], code=4), self.y[:1000])
            rows.update(Tensor(bits[1000:], code=4), self.y[1000:].astype(np.uint8))
            report = rows.compute()
        self.assertEqual(report, measure(Tensor(bits, code=4), self.y, self.w, self.b))

    def test_memory_does_not_grow_with_the_rows(self):
        script = """if True:
            import resource, sys, numpy as np
            from collapse_nc import Accumulator
            block, labels = np.random.default_rng(0).random((4096, 64), np.float32), np.arange(4096) % 9
            with Accumulator() as rows:
                for _ in range(int(sys.argv[1])):
                    rows.update(block, labels)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            """
        once, often = (
            int(subprocess.run([sys.executable, "-c", script, count], check=True,
                               capture_output=True).stdout) for count in ["1", "200"])
        self.assertLess(often - once, 64 << 10)  # KiB; the rows are 200 MiB


def _measure_in_a_child(seed):
    x, y, w, b = gaussian(seed=seed)
    return measure(x, y, w, b, threads=2)["nc1_pinv"]


class ProcessTest(unittest.TestCase):
    def test_two_at_once(self):
        x, y, w, b = gaussian(counts=(4000, 4000), d=64)
        expected = measure(x, y, w, b)
        results = []
        threads = [threading.Thread(target=lambda: results.append(measure(x, y, w, b)))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(all(result == expected for result in results) and len(results) == 4)

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_after_a_fork(self):
        expected = [_measure_in_a_child(seed) for seed in range(3)]  # with threads, in the parent
        with multiprocessing.get_context("fork").Pool(2) as pool:
            self.assertEqual(pool.map_async(_measure_in_a_child, range(3)).get(60), expected)

    def test_signals_and_threads_of_others_are_left_alone(self):
        script = """if True:
            import ctypes, os, signal, time
            numbers = [number for number in range(1, 32) if number not in (9, 19)]
            before = [signal.getsignal(number) for number in numbers]
            def caught():  # but for the two that glibc keeps to itself
                text = open("/proc/self/status").read()
                return int(text.split("SigCgt:")[1].split()[0], 16) & 0x7fffffff
            status = caught()
            getenv = ctypes.CDLL(None).getenv
            getenv.restype = ctypes.c_char_p
            def variables():
                return [getenv(name) for name in (b"OPENBLAS_NUM_THREADS", b"OPENBLAS_CORETYPE")]
            stated = variables()
            import numpy as np, collapse_nc
            x = np.random.default_rng(0).random((5000, 40))
            collapse_nc.measure(x, np.arange(5000) % 3, spectrum=True)
            assert before == [signal.getsignal(number) for number in numbers]
            assert caught() == status
            assert variables() == stated
            for _ in range(100):  # Python's own threads take a moment to go when they are done
                if len(os.listdir("/proc/self/task")) == 1 + LIMIT: break
                time.sleep(0.1)
            else:
                raise AssertionError(os.listdir("/proc/self/task"))
            """
        # What NumPy's own OpenBLAS starts is not ours.
        count = subprocess.run(
            [sys.executable, "-c", "import numpy, os; print(len(os.listdir('/proc/self/task')) - 1)"],
            check=True, capture_output=True, text=True).stdout.strip()
        done = subprocess.run([sys.executable, "-c", script.replace("LIMIT", count)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_interrupt_is_heard(self):
        script = """if True:
            import signal, sys, time, numpy as np, collapse_nc
            # A shell's job in the background is started with interrupts ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            x = np.random.default_rng(0).standard_normal((60000, 256), np.float32)
            y = np.arange(len(x)) % 1500
            collapse_nc.measure(x[:3000], y[:3000])
            print("begun", flush=True)
            try:
                while True:
                    collapse_nc.measure(x, y, spectrum=True, weight=x[:1500])
            except KeyboardInterrupt:
                print("heard", flush=True)
            """
        for wait in (0.05, 0.4, 1.1):
            child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
            self.assertEqual(child.stdout.readline(), "begun\n")
            time.sleep(wait)
            while True:
                child.send_signal(signal.SIGINT)
                try:  # Python drops an interrupt that comes while it deletes an object
                    output, _ = child.communicate(timeout=10)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self.assertEqual(output, "heard\n")

    @unittest.skipUnless(os.environ.get("COLLAPSE"), "COLLAPSE names no command")
    def test_the_bits_are_those_of_the_command(self):
        for seed, dtype, flags, options in [
            (1, np.float32, ["--spectrum"], {"spectrum": True}),
            (2, np.float64, ["--convention", "he-su", "--unit-norm"],
             {"convention": "he-su", "unit_norm": True}),
            (3, np.float16, ["--pairs", "all", "--weight-decay", "5e-4"],
             {"pairs": "all", "weight_decay": 5e-4}),
        ]:
            x, y, w, b = gaussian(counts=(3000, 2000, 1500), d=33, seed=seed, dtype=dtype)
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "rows.npz")
                np.savez(path, features=x, labels=y, weight=w, bias=b)
                output = subprocess.run(
                    [os.environ["COLLAPSE"], "analyze", path, "--json", *flags], check=True,
                    capture_output=True).stdout
                # By the same OpenBLAS: another one rounds its products otherwise.
                script = f"""if True:
                    import json, sys, numpy as np, collapse_nc
                    rows = np.load(sys.argv[1])
                    report = collapse_nc.measure(rows["features"], rows["labels"], rows["weight"],
                                                 rows["bias"], **{options!r})
                    print(json.dumps(report.to_dict()))
                    """
                ours = subprocess.run([sys.executable, "-c", script, path], check=True,
                                      capture_output=True,
                                      env=dict(os.environ, COLLAPSE_NC_BLAS="system")).stdout
            theirs, ours = (json.loads(text)["measurements"][0]["report"] for text in (output, ours))
            # The command adds what it took from the file by its names.
            self.assertTrue(any(path in text for text in theirs["notes"]))
            theirs["notes"] = [text for text in theirs["notes"] if path not in text]
            self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
