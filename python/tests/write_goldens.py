"""Writes kowalski.json: what kowalski of PyPI measures in a few features, for the tests of collapse_nc.

usage: python write_goldens.py            needs numpy and kowalski, which brings PyTorch

kowalski has its global mean by samples, as the convention ``zhu``, and computes in the precision it is given, here
float64. Its ``within_class_variability`` takes the total scatter for the scatter between classes, and is left out.
"""

import importlib.metadata
import json
import pathlib

import kowalski.neural_collapse as peer
import numpy as np
import torch

torch.set_default_dtype(torch.float64)  # of what kowalski makes itself
random = np.random.default_rng(7)
counts = [9, 14, 6, 11]
labels = random.permutation(np.repeat(np.arange(4), counts))
means = random.standard_normal((4, 6)) + 1
features = np.round(means[labels] + 0.3 * random.standard_normal((len(labels), 6)), 6)
weight = np.round(means + 0.2 * random.standard_normal((4, 6)), 6)
bias = np.round(random.standard_normal(4), 6)

parts = [torch.tensor(features[labels == label]) for label in range(4)]
w, b = torch.tensor(weight), torch.tensor(bias)
measures = {
    "nc1_cdnv": peer.class_distance_normalized_variance(parts),
    "nc2_weights_etf_distance": peer.classifier_etf_convergence(w),
    "nc3_alignment_etf_distance": peer.self_duality(parts, w),
    "bias_collapse": peer.bias_collapse(torch.tensor(features), w, b),
}
golden = {
    "written_by": f"kowalski {importlib.metadata.version('kowalski')}", "convention": "zhu",
    "features": features.tolist(), "labels": labels.tolist(), "weight": weight.tolist(),
    "bias": bias.tolist(), "tolerance": 1e-10,
    "measures": {key: float(value) for key, value in measures.items()},
}
path = pathlib.Path(__file__).with_name("kowalski.json")
path.write_text("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()) + "\n}\n")
