#!/usr/bin/env python3
"""Values of the independent numpy reference (measures.py) for cases of features, under every named convention.

usage: reference.py MEASURES.PY FOLDER     for each FOLDER/*.case writes FOLDER/*.json
       reference.py MEASURES.PY --golden   prints the values of the reference's own deterministic case

A case file holds little-endian int64 N, d, rows of W (0: none), 1 if there is a bias, then int64 labels, then float64
features, W and b. golden.json beside this script is the output of
    python3 reference.py ../../../../shared/reference/measures.py --golden > golden.json
"""
import json
import math
import pathlib
import sys
import types
import warnings

import numpy as np

CONVENTIONS = {
    "standard": {},
    "papyan": {"per_class": False, "ddof": 1},
    "zhu": {"centering": "sample", "ddof": 1},
    "he-su": {"centering": "sample", "between": "sample", "per_class": False},
    "he-su-balanced": {"centering": "sample", "within": "class", "per_class": False},
}


def load(path):
    source = pathlib.Path(path).read_text()
    # With one sample in every class the reference stops at the least of no numbers; that one measure is then null.
    source = source.replace("unbiased[count > 1].min()", "unbiased[count > 1].min(initial=np.inf)")
    module = types.ModuleType("measures")
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def values(module, arguments):
    result = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, choices in CONVENTIONS.items():
            measured = module.measures(*arguments, **choices)
            result[name] = {key: value if math.isfinite(value) else None for key, value in measured.items()}
    return result


def read(path):
    data = path.read_bytes()
    n, d, rows, has_bias = np.frombuffer(data, "<i8", 4)
    labels = np.frombuffer(data, "<i8", n, 32)
    numbers = np.frombuffer(data, "<f8", offset=32 + 8 * n)
    features, rest = numbers[: n * d].reshape(n, d), numbers[n * d:]
    if rows == 0:
        return features, labels
    return features, labels, rest[: rows * d].reshape(rows, d), rest[rows * d:] if has_bias else None


if __name__ == "__main__":
    reference = load(sys.argv[1])
    if sys.argv[2] == "--golden":
        print(json.dumps(values(reference, reference.golden()), indent=1))
    else:
        for case in sorted(pathlib.Path(sys.argv[2]).glob("*.case")):
            case.with_suffix(".json").write_text(json.dumps(values(reference, read(case))))
