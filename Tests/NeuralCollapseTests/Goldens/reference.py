#!/usr/bin/env python3
"""Values of the independent numpy reference (measures.py) for cases of features, under every named convention.

usage: reference.py FOLDER     for each FOLDER/*.case writes FOLDER/*.json
       reference.py --golden   prints the values of the reference's own deterministic case

A case file holds little-endian int64 N, d, rows of W (0: none), 1 if there is a bias, then int64 labels, then float64
features, W and b. golden.json beside this script is the output of
    python3 reference.py --golden > golden.json
A measure the reference has no number for, such as the least of no numbers, is null.
"""
import json
import math
import pathlib
import sys
import warnings

import numpy as np

sys.dont_write_bytecode = True
import measures

CONVENTIONS = {
    "standard": {},
    "papyan": {"per_class": False, "ddof": 1},
    "zhu": {"centering": "sample", "ddof": 1},
    "he-su": {"centering": "sample", "between": "sample", "per_class": False},
    "he-su-balanced": {"centering": "sample", "within": "class", "per_class": False},
}


def values(arguments):
    result = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, choices in CONVENTIONS.items():
            measured = measures.measures(*arguments, **choices)
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
    if sys.argv[1] == "--golden":
        print(json.dumps(values(measures.golden()), indent=1))
    else:
        for case in sorted(pathlib.Path(sys.argv[1]).glob("*.case")):
            case.with_suffix(".json").write_text(json.dumps(values(read(case))))
