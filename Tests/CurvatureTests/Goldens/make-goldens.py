#!/usr/bin/env python3
"""Writes goldens.json: Hessian, Gauss-Newton and Jacobian products of small networks of every kind of layer by
torch.func in float64, which shares no line with what is tested.

usage: make-goldens.py > goldens.json      (PyTorch 2.15)

Parameters, inputs and directions are written out, so that no generator has to be shared. Names are those of
checkpoints; numbers stand as PyTorch keeps them.
"""
import json
import math

import torch
from torch import nn
from torch.func import functional_call, grad, jvp, vjp

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Residual(nn.Module):
    def __init__(self, body, shortcut, rectifies):
        super().__init__()
        self.body, self.shortcut, self.rectifies = body, shortcut, rectifies

    def forward(self, x):
        y = self.body(x) + self.shortcut(x)
        return torch.relu(y) if self.rectifies else y


def dense():
    return (4,), [("a", nn.Linear(4, 5)), ("r", nn.ReLU()), ("d", nn.Dropout(0.5)), ("b", nn.Linear(5, 3, bias=False))]


def normalized():
    return (4,), [("a", nn.Linear(4, 5)), ("n", nn.BatchNorm1d(5)), ("r", nn.ReLU()), ("b", nn.Linear(5, 5)),
                  ("l", nn.LayerNorm(5)), ("r2", nn.ReLU()), ("n2", nn.BatchNorm1d(5, affine=False)), ("c", nn.Linear(5, 3))]


def maps():
    return (2, 5, 5), [("a", nn.Conv2d(2, 3, 3, padding=1)), ("n", nn.BatchNorm2d(3)), ("r", nn.ReLU()),
                       ("p", nn.MaxPool2d(2, 2, 1)), ("b", nn.Conv2d(3, 2, 2, stride=2, padding=1, bias=False)),
                       ("l", nn.LayerNorm([2, 2, 2])), ("r2", nn.ReLU()), ("f", nn.Flatten()), ("c", nn.Linear(8, 3))]


def residual():
    body = [("e", nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)), ("en", nn.BatchNorm2d(4)), ("er", nn.ReLU()),
            ("h", nn.Conv2d(4, 4, 3, padding=1, bias=False)), ("hn", nn.BatchNorm2d(4))]
    side = [("s", nn.Conv2d(3, 4, 1, stride=2, bias=False)), ("sn", nn.BatchNorm2d(4))]
    inner = [("in", nn.BatchNorm2d(4)), ("ir", nn.ReLU()), ("ic", nn.Conv2d(4, 4, 1))]
    return (2, 6, 6), [("a", nn.Conv2d(2, 3, 3, padding=1)), ("r", nn.ReLU()),
                       ("x", Residual(nn.Sequential(), nn.Sequential(), True), body, side),
                       ("y", Residual(nn.Sequential(), nn.Sequential(), False), inner, []),
                       ("p", nn.AvgPool2d(2, 1, 1)), ("g", nn.AdaptiveAvgPool2d(1)), ("g2", nn.Flatten()), ("c", nn.Linear(4, 3))]


def assemble(places):
    names, modules = {}, []
    def note(name, module):
        names[id(module)] = name
        return module
    for place in places:
        name, module = place[:2]
        if isinstance(module, Residual):
            module.body = nn.Sequential(*[note(*p) for p in place[2]])
            module.shortcut = nn.Sequential(*[note(*p) for p in place[3]])
        modules.append(note(name, module))
    return nn.Sequential(*modules), names


LOSSES = {
    "cross_entropy": lambda z, y: nn.functional.cross_entropy(z, y, label_smoothing=0.1),
    "mean_squared_error": lambda z, y: (torch.where(nn.functional.one_hot(y, 3).bool(), 2.0, 1.0)
                                        * (z - 1.5 * nn.functional.one_hot(y, 3)) ** 2).mean(),
}


def case(name, builder, loss_name, mode, decoupling=0.0, feature_decay=0.0):
    torch.manual_seed(len(name) * 7 + len(loss_name))
    shape, places = builder()
    model, names = assemble(places)
    for module in model.modules():
        for key, p in module.named_parameters(recurse=False):
            with torch.no_grad():
                p.copy_(torch.randn_like(p) * 0.6 + (1.0 if "Norm" in type(module).__name__ and key == "weight" else 0))
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.track_running_stats = mode == "running"
            module.momentum = 0.0
            module.train(mode == "batch")
    for module in model.modules():
        if not isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.training = False
        elif mode == "batch":
            module.running = (module.running_mean, module.running_var)
    n = 12
    x = torch.randn(n, *shape)
    y = torch.arange(n) % 3
    paths = {path: f"{names[id(m)]}/{key}" for mp, m in model.named_modules() for key, _ in m.named_parameters(recurse=False)
             for path in [f"{mp}.{key}"]}
    theta = {k: v.detach().clone() for k, v in model.named_parameters()}
    buffers = {k: v.clone() for k, v in model.named_buffers()}
    if mode == "batch":
        for m in model.modules():
            if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
                m.running_mean = m.running_var = m.num_batches_tracked = None
        buffers_used = {}
    else:
        buffers_used = buffers
    v = {k: torch.randn_like(p) for k, p in theta.items()}

    def features(t):
        h = x
        weights = {}
        for k, p in t.items():
            weights[k] = p
        body = nn.Sequential(*list(model.children())[:-1])
        return functional_call(body, ({k: p for k, p in weights.items() if not k.startswith(f"{len(model) - 1}.")},
                                      {k: b for k, b in buffers_used.items()}), (h,))

    def logits(t):
        return functional_call(model, (t, buffers_used), (x,))

    def loss(t):
        z = logits(t)
        value = LOSSES[loss_name](z, y) + decoupling / 2 * (z ** 2).sum(1).mean()
        if feature_decay:
            value = value + feature_decay / 2 * (features(t) ** 2).sum(1).mean()
        return value

    def loss_of_logits(z):
        return LOSSES[loss_name](z, y) + decoupling / 2 * (z ** 2).sum(1).mean()

    gradient, hessian = jvp(grad(loss), (theta,), (v,))
    z, tangent = jvp(logits, (theta,), (v,))
    curved = jvp(grad(loss_of_logits), (z,), (tangent,))[1]
    pull = vjp(logits, theta)[1]
    gauss_newton = pull(curved)[0]
    if feature_decay:
        h, h_tangent = jvp(features, (theta,), (v,))
        extra = vjp(features, theta)[1](h_tangent * feature_decay / n)[0]
        gauss_newton = {k: gauss_newton[k] + extra[k] for k in gauss_newton}
    cotangent = torch.randn(n, 3)
    moments = {}
    for mp, m in model.named_modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            mean, var = (m.running_mean, m.running_var) if mode == "running" else m.running
            moments[f"{names[id(m)]}/running_mean"] = mean.flatten().tolist()
            moments[f"{names[id(m)]}/running_var"] = var.flatten().tolist()
    listed = lambda t: {paths[k]: p.flatten().tolist() for k, p in t.items()}
    return {"network": name, "loss": loss_name, "statistics": mode, "spectralDecoupling": decoupling,
            "featureDecay": feature_decay, "inputs": x.flatten().tolist(), "labels": y.tolist(),
            "parameters": listed(theta), "moments": moments, "direction": listed(v), "value": loss(theta).item(),
            "gradient": listed(gradient), "hessian": listed(hessian), "gaussNewton": listed(gauss_newton),
            "tangent": tangent.flatten().tolist(), "cotangent": cotangent.flatten().tolist(),
            "transposed": listed(pull(cotangent)[0])}


cases = [case("dense", dense, "cross_entropy", "running"),
         case("dense", dense, "mean_squared_error", "running", 0.3, 0.2)]
for name, builder in [("normalized", normalized), ("maps", maps), ("residual", residual)]:
    cases.append(case(name, builder, "cross_entropy", "running"))
    cases.append(case(name, builder, "mean_squared_error", "batch"))
    cases.append(case(name, builder, "cross_entropy", "batch", 0.3, 0.2))
print(json.dumps(cases))
