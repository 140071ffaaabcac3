"""The C program of the examples, linked to the library of the package, says what Python says."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import numpy as np

import collapse_nc
from collapse_nc import _library

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "Examples/c/measure.c"


@unittest.skipUnless(shutil.which("cc"), "needs a C compiler")
@unittest.skipUnless(SOURCE.exists(), "the examples are not there")
class CTest(unittest.TestCase):
    def test_the_example(self):
        library = _library._lib._name
        random = np.random.default_rng(0)
        x = random.standard_normal((10000, 7)).astype(np.float32)
        y = random.integers(0, 4, 10000)
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "measure")
            subprocess.run(
                ["cc", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "Sources/CCollapse", SOURCE, library,
                 f"-Wl,-rpath,{os.path.dirname(os.path.abspath(library))}", "-o", program], check=True)
            files = [os.path.join(folder, name) for name in ("x", "y")]
            x.tofile(files[0])
            y.tofile(files[1])
            # The same libraries as here, of which the program knows nothing.
            done = subprocess.run([program, *files, "7", '{"convention": "zhu"}'], check=True,
                                  capture_output=True, text=True)
            report = collapse_nc.measure(x, y, convention="zhu")
            theirs = json.loads(done.stdout)["measurements"][0]["report"]["measures"]
            self.assertEqual(theirs.keys(), report.keys())
            for key, value in report.items():
                if value is None:
                    self.assertIsNone(theirs[key])
                else:
                    self.assertAlmostEqual(theirs[key], value, delta=1e-12 + 1e-9 * abs(value))
            for words, code, message in [
                ([*files, "7", '{"spectrun": 1}'], 64, "did you mean 'spectrum'?"),
                ([*files, "0"], 64, "expected a number of columns"),
                ([files[0] + ".none", files[1], "7"], 66, "cannot be read"),
            ]:
                done = subprocess.run([program, *words], capture_output=True, text=True)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
