"""Every block of docs/python.md runs, in order; from the one that imports PyTorch on where that is installed. Those of
both READMEs run behind the first, which has the arrays that they speak of."""

import contextlib
import importlib.util
import io
import os
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/python.md"


def blocks_of(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


@unittest.skipUnless(PAGE.exists(), "docs/python.md is not there")
class PageTest(unittest.TestCase):
    def run_blocks(self, with_torch):
        blocks = blocks_of(PAGE)
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

    def test_blocks_of_the_readmes(self):
        for page in (ROOT / "README.md", ROOT / "python/README.md"):
            with contextlib.redirect_stdout(io.StringIO()):
                names = {}
                exec(compile(blocks_of(PAGE)[0], PAGE.name, "exec"), names)
                arrays = {name: names[name] for name in ("features", "labels", "W", "b")}
                for block in blocks_of(page):
                    exec(compile(block, str(page), "exec"), arrays)
            self.assertIn("collapse_nc", arrays)

    @unittest.skipIf(importlib.util.find_spec("torch") is None, "needs PyTorch")
    def test_all_blocks(self):
        self.run_blocks(with_torch=True)


if __name__ == "__main__":
    unittest.main()
