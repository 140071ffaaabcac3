"""What pyproject.toml cannot say: the version, which is the library's, and the tag of the wheel."""

import ctypes
import pathlib

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

library = ctypes.CDLL(str(pathlib.Path(__file__).resolve().parent / "collapse_nc/libCollapseC.so"))
library.collapse_version.restype = ctypes.c_char_p


class PlatformDistribution(Distribution):
    def has_ext_modules(self):
        return True


class PlatformWheel(bdist_wheel):
    """A library for one platform, which no Python's own interface is linked to."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(version=library.collapse_version().decode(), distclass=PlatformDistribution,
      cmdclass={"bdist_wheel": PlatformWheel})
