"""Every block of docs/python.md runs, in order; from the one that imports PyTorch on where that is installed."""

import contextlib
import importlib.util
import io
import os
import pathlib
import re
import tempfile
import unittest

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/python.md"


@unittest.skipUnless(PAGE.exists(), "docs/python.md is not there")
class PageTest(unittest.TestCase):
    def run_blocks(self, with_torch):
        blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
        models = next(number for number, block in enumerate(blocks) if "import torch" in block)
        self.assertGreater(models, 4)
        names = {}
        back = os.getcwd()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            os.chdir(folder)
            try:
                for block in blocks if with_torch else blocks[:models]:
                    exec(compile(block, f"{PAGE.name}: {block.splitlines()[0]}", "exec"), names)
            finally:
                os.chdir(back)

    def test_blocks_that_need_numpy_alone(self):
        self.run_blocks(with_torch=False)

    @unittest.skipIf(importlib.util.find_spec("torch") is None, "needs PyTorch")
    def test_all_blocks(self):
        self.run_blocks(with_torch=True)


if __name__ == "__main__":
    unittest.main()
