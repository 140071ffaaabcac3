#!/usr/bin/env python3
"""Independent float64 reference for the measures (numpy only; slow and plain on purpose).

usage: measures.py features.npz            arrays: features [N,d], labels [N], optional weight [C,d], bias [C]
       measures.py --regression            its measures of regression, as regression.json holds them
       measures.py --golden                a deterministic case that needs no random generator
prints one JSON object with the keys of the reports
"""
import json
import sys

import numpy as np

L = np.longdouble


def golden():
    n, c, d = 24, 4, 6
    y = np.array([0] * 9 + [1] * 7 + [2] * 5 + [3] * 3)
    base = np.array([[np.cos(1.3 * (k + 1) * (j + 1)) for j in range(d)] for k in range(c)])
    x = np.array([[2 * base[y[i], j] + 1.5 + 0.25 * np.sin(0.7 * (i + 1) * (j + 1)) for j in range(d)] for i in range(n)])
    return x, y, base.copy(), np.array([6.0, -4.0, 7.0, 0.0])


def frame_distance(gram, orthogonal=False):
    c = len(gram)
    target = np.eye(c) / np.sqrt(c) if orthogonal else (np.eye(c) - 1 / c) / np.sqrt(c - 1)
    return np.linalg.norm(gram / np.linalg.norm(gram) - target)


def frame(m, prefix, ddof):
    """NC2 measures of the rows of m (already centred where the definition centres)."""
    c = len(m)
    norms = np.linalg.norm(m, axis=1)
    unit = m / norms[:, None]
    i, j = np.triu_indices(c, 1)
    cos = (unit @ unit.T)[i, j]
    log_energy = -np.log(np.linalg.norm(unit[i] - unit[j], axis=1))
    return {
        prefix + "norm_cov": norms.std(ddof=ddof) / norms.mean(),
        prefix + "angle_std": cos.std(),
        prefix + "angle_deviation_mean": np.abs(cos + 1 / (c - 1)).mean(),
        prefix + "angle_deviation_max": np.abs(cos + 1 / (c - 1)).max(),
        prefix + "etf_distance": frame_distance(m @ m.T),
        prefix + "orthogonal_frame_distance": frame_distance(m @ m.T, orthogonal=True),
        prefix + "log_energy_mean": log_energy.mean(),
        prefix + "log_energy_variance": log_energy.var(),
    } | pairs(m, unit, prefix)


def cov(values):
    """Coefficient of variation, of a population."""
    return np.std(values) / np.mean(values)


def pairs(m, unit, prefix):
    """Second edition, over pairs of directions (Liu 2023) and the Gram matrix for any number of vectors."""
    i, j = np.triu_indices(len(m), 1)
    distance = np.sqrt(((unit[i] - unit[j]) ** 2).sum(1))
    return {
        prefix + "gram_distance": frame_distance(m @ m.T),
        prefix + "distance_mean": distance.mean(), prefix + "distance_cov": cov(distance),
        prefix + "riesz_mean": (1 / distance).mean(), prefix + "riesz_cov": cov(1 / distance),
    }


def means_pairs(mu, m):
    """Interference and norms (Wu & Papyan 2024), and the geometry of uncentred means."""
    i, j = np.triu_indices(len(m), 1)
    product = (m[i] * m[j]).sum(1) / (m ** 2).sum(1).mean()
    norms, lengths = np.linalg.norm(m, axis=1), np.linalg.norm(mu, axis=1)
    cos = (mu[i] * mu[j]).sum(1) / lengths[i] / lengths[j]
    return {
        "nc2_means_interference_mean": product.mean(), "nc2_means_interference_std": product.std(),
        "nc2_means_log_norm_cov": np.log(norms).std() / abs(np.log(norms).mean()),
        "nc2_means_uncentred_angle_mean": cos.mean(), "nc2_means_uncentred_angle_std": cos.std(),
    }


def span(rows, limit):
    """Orthonormal columns of the row space, directions of singular values up to the limit left out."""
    u, s, _ = np.linalg.svd(rows.T, full_matrices=False)
    return u[:, s > limit]


def projector(rows, limit):
    basis = span(rows, limit)
    return basis @ basis.T


def effective_rank(values):
    q = values / values.sum()
    q = q[q > 0]
    return np.exp(-(q * np.log(q)).sum())


def few_shot(x, y, shots):
    """Nearest mean of some rows per class on the others, by distances; spread evenly, at most 20 times."""
    rows = [np.flatnonzero(y == k) for k in range(y.max() + 1)]
    if len(rows) < 2 or min(map(len, rows)) <= shots:
        return np.nan
    wrong = total = 0
    for episode in range(min(20, min(map(len, rows)) // shots)):
        chosen = [r[episode::len(r) // shots][:shots] for r in rows]
        means = [x[c].mean(0) for c in chosen]
        others = np.setdiff1d(np.arange(len(x)), np.concatenate(chosen))
        nearest = np.array([[((x[i] - m) ** 2).sum() for m in means] for i in others]).argmin(1)
        wrong, total = wrong + (nearest != y[others]).sum(), total + len(others)
    return wrong / total


def local_elasticity(x, y, count, bias):
    """By the steps themselves: logits before and after one step on a sample, of a W and b that are at zero."""
    rows = [np.flatnonzero(y == k) for k in range(y.max() + 1)]
    chosen = np.concatenate([r[[i * len(r) // min(count, len(r)) for i in range(min(count, len(r)))]] for r in rows])
    x, y, c = x[chosen], y[chosen], len(rows)
    same, other = [], []
    for i in range(len(x)):
        gradient = np.full(c, 1 / c) - np.eye(c)[y[i]] if c > 1 else np.ones(1)
        w, b = -np.outer(gradient, x[i]), -gradient * bias
        change = np.linalg.norm(x @ w.T + b, axis=1)
        if change[i] == 0:
            continue
        for j in range(len(x)):
            if j != i:
                (same if y[i] == y[j] else other).append(change[j] / change[i])
    return np.mean(same) if same else np.nan, np.mean(other) if other else np.nan


def regression(x, targets, w):
    """Andriopoulos et al. 2024; the least over gamma by a fine search, without a formula for it."""
    unit = x / np.linalg.norm(x, axis=1)[:, None]
    _, _, v = np.linalg.svd(x, full_matrices=False)
    t = targets.shape[1]
    scale, q = np.linalg.eigh(np.cov(targets.T, bias=True).reshape(t, t))
    root = q * np.sqrt(scale) @ q.T
    gram = w @ w.T / np.linalg.norm(w @ w.T)

    def distance(shift):
        a = root - shift * np.eye(t)
        return np.linalg.norm(gram - a / np.linalg.norm(a)) ** 2

    low, high = 0, np.sqrt(scale[0])
    for _ in range(60):
        grid = np.linspace(low, high, 33)
        best = int(np.argmin([distance(s) for s in grid]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 32)]
    basis = np.linalg.qr(w.T)[0]
    return {
        "nrc1": ((unit - unit @ v[:t].T @ v[:t]) ** 2).sum(1).mean(),
        "nrc2": ((unit - unit @ basis @ basis.T) ** 2).sum(1).mean(),
        "nrc3": distance((low + high) / 2),
    }


def golden_regression():
    """Features of golden(), three targets that vary together, and a W near what collapse would make of them."""
    x, _, _, _ = golden()
    i = np.arange(len(x))
    targets = np.stack([np.sin(0.9 * (i + 1)), 2 * np.cos(0.4 * i) + np.sin(0.9 * (i + 1)), 0.5 * np.sin(1.7 * i)], 1)
    w = np.array([[np.cos(0.8 * (k + 1) * (j + 2)) for j in range(x.shape[1])] for k in range(3)])
    return x, targets, w


def squared_error(x, y, w, b):
    """Han, Papyan & Donoho 2022, by least squares on the extended features themselves."""
    n, c = len(x), w.shape[0] if w is not None else y.max() + 1
    extended = np.hstack([x, np.ones((n, 1))])
    target = np.eye(c)[y]
    w_ls = np.linalg.lstsq(extended, target, rcond=None)[0].T
    means = np.stack([extended[y == k].mean(0) for k in range(c)])
    z = extended - means[y]
    out = {
        "mse_lnc1": ((z @ w_ls.T) ** 2).sum() / n / 2,
        "mse_lnc23": ((means[y] @ w_ls.T - target) ** 2).sum() / n / 2,
    }
    if w is not None:
        whole = np.hstack([w, b[:, None]])
        out["mse_deviation"] = ((extended @ (whole - w_ls).T) ** 2).sum() / n / 2
    return out


def measures(x, y, w=None, b=None, centering="class", within="sample", between="class", per_class=True, ddof=0):
    x = np.asarray(x).astype(L)
    has_bias = w is None or b is not None
    present = np.unique(y)
    y = np.searchsorted(present, y)
    if w is not None and len(w) > len(present):
        w = w[present]
        b = None if b is None else b[present]
    c, (n, d) = len(present), x.shape
    count = np.bincount(y, minlength=c)
    mu = np.stack([x[y == k].mean(0) for k in range(c)])
    mu_g = mu.mean(0) if centering == "class" else x.mean(0)
    z = (x - mu[y])
    v = np.array([(z[y == k] ** 2).sum(1).mean() for k in range(c)])
    x, z, mu, mu_g = (a.astype(np.float64) for a in (x, z, mu, mu_g))
    v = v.astype(np.float64)
    m = mu - mu_g
    share = count / n

    weight_w = np.ones(n) / n if within == "sample" else (1 / (c * count))[y]
    weight_b = np.ones(c) / c if between == "class" else share
    s_w_trace = (weight_w * (z ** 2).sum(1)).sum()
    s_b_trace = (weight_b * (m ** 2).sum(1)).sum()
    _, s, vt = np.linalg.svd(m * np.sqrt(weight_b)[:, None], full_matrices=False)
    tol = max(c, d) * np.finfo(float).eps * np.linalg.norm(mu, axis=1).max()
    rank = min(int((s > tol).sum()), c - 1, d)
    p = (z @ vt[:rank].T) / s[:rank]
    out = {
        "samples": n, "classes": c, "dimension": d, "between_rank": rank,
        "within_trace": s_w_trace, "between_trace": s_b_trace,
        "feature_rms": float(np.sqrt((x ** 2).sum(1).mean())),
        "global_mean_norm": np.linalg.norm(mu_g),
        "nc1_pinv": (weight_w[:, None] * p ** 2).sum() / (c if per_class else 1),
        "nc1_trace_ratio": s_w_trace / s_b_trace,
        "nc1_within_fraction": s_w_trace / (s_w_trace + s_b_trace),
    }
    i, j = np.triu_indices(c, 1)
    d2 = ((mu[i] - mu[j]) ** 2).sum(1)
    out["nc1_cdnv"] = ((v[i] + v[j]) / 2 / d2).mean()
    out["nc1_cdnv_squared"] = ((v[i] + v[j]) / 2 / d2 ** 2).mean()
    s_w = (z * weight_w[:, None]).T @ z
    s_b = (m * weight_b[:, None]).T @ m
    scale, q = np.linalg.eigh(s_w)
    if scale[0] > 1e-9 * scale[-1]:  # 1 - tr((S_W+S_B)+ S_B)/rank = mean of 1/(1+lambda), without cancellation
        lam = np.linalg.svd((m * np.sqrt(weight_b)[:, None]) @ q / np.sqrt(scale), compute_uv=False)[:rank] ** 2
        out["nc1_vci"] = (1 / (1 + lam)).sum() / rank
    else:
        out["nc1_vci"] = 1 - np.trace(np.linalg.pinv(s_w + s_b, hermitian=True) @ s_b) / rank
    out |= frame(m, "nc2_means_", ddof)
    # The orthogonal frame is the geometry of uncentred means (features behind a ReLU).
    out["nc2_means_orthogonal_frame_distance"] = frame_distance(mu @ mu.T, orthogonal=True)
    out |= means_pairs(mu, m)
    lengths = np.linalg.norm(mu, axis=1)
    out["nc2_means_uncentred_norm_cov"] = lengths.std(ddof=ddof) / lengths.mean()

    def cosines(centre, suffix):
        u = x - centre
        u = u / np.linalg.norm(u, axis=1)[:, None]
        ub = np.stack([u[y == k].mean(0) for k in range(c)])
        spread = np.array([((u[y == k] - ub[k]) ** 2).sum(1).mean() for k in range(c)])  # 1 - |ub|^2, without cancellation
        inter = (ub @ ub.T)[i, j]
        unbiased = 1 - spread * count / np.maximum(count - 1, 1)
        return {
            f"cos_intra{suffix}_mean": (1 - spread).mean(), f"cos_intra{suffix}_min": (1 - spread).min(),
            f"cos_intra{suffix}_deficit_max": spread.max(),
            f"cos_intra{suffix}_unbiased_min": unbiased[count > 1].min(initial=np.inf),
            f"cos_inter{suffix}_mean": inter.mean(), f"cos_inter{suffix}_max": inter.max(),
            f"cos_inter{suffix}_excess_max": inter.max() + 1 / (c - 1),
        }

    out |= cosines(mu_g, "")
    out |= cosines(0.0, "_uncentred")
    u = x / np.linalg.norm(x, axis=1)[:, None]
    out["condensation"] = float((u.mean(0) ** 2).sum())
    gram = u @ u.T
    out["condensation_unbiased"] = (gram.sum() - np.trace(gram)) / (n * (n - 1)) if n > 1 else np.nan
    out["rankme"] = effective_rank(np.linalg.svd(x, compute_uv=False))

    sv = np.linalg.svd(x - mu_g, compute_uv=False)
    q = sv / sv.sum()
    q = q[q > 0]
    out["spectrum_effective_rank"] = np.exp(-(q * np.log(q)).sum())
    out["spectrum_stable_rank"] = (sv ** 2).sum() / sv[0] ** 2
    out["spectrum_numerical_rank"] = sv.sum() ** 2 / (sv ** 2).sum()
    out["spectrum_participation_ratio"] = (sv ** 2).sum() ** 2 / (sv ** 4).sum()

    ncc = np.stack([((x - mu[k]) ** 2).sum(1) for k in range(c)], 1).argmin(1)
    out["nc4_ncc_accuracy"] = (ncc == y).mean()
    if w is not None:
        w = np.asarray(w, np.float64)
        b = np.zeros(c) if b is None else np.asarray(b, np.float64)
        out |= frame(w, "nc2_weights_", ddof)
        out["nc3_duality_distance"] = np.linalg.norm(w / np.linalg.norm(w) - m / np.linalg.norm(m))
        out["nc3_alignment_etf_distance"] = frame_distance(w @ m.T)
        gap = 1 - (w * m).sum(1) / np.linalg.norm(w, axis=1) / np.linalg.norm(m, axis=1)
        out["nc3_cosine_gap_mean"], out["nc3_cosine_gap_max"] = gap.mean(), gap.max()
        product = (w * m).sum(1)
        cos = product / np.linalg.norm(w, axis=1) / np.linalg.norm(m, axis=1)
        out["nc3_uniform_duality_std"], out["nc3_uniform_duality_cov"] = cos.std(), cov(product)
        centred = w - w.mean(0)
        tolerance = max(w.shape) * np.finfo(float).eps * np.linalg.norm(w, axis=1).max()
        p_w, p_m = projector(centred, tolerance), projector(m, tol)
        smaller = min(round(np.trace(p_w)), round(np.trace(p_m)))
        out["nc3_subspace_alignment"] = np.linalg.norm(p_w - p_m) / np.sqrt(2 * smaller)
        out["dnc3_residual"] = np.linalg.norm(w - w @ projector(mu, tol)) / np.linalg.norm(w)
        logits = x @ w.T + b
        out["accuracy"] = (logits.argmax(1) == y).mean()
        out["nc4_mismatch"] = (logits.argmax(1) != ncc).mean()
        out["bias_collapse"] = np.linalg.norm(w @ mu_g + b)
        top = logits.max(1)
        ce = (np.log(np.exp(logits - top[:, None]).sum(1)) + top - logits[np.arange(n), y]).mean()
        own = logits[np.arange(n), y]
        others = logits.copy()
        others[np.arange(n), y] = -np.inf
        margin = own - others.max(1)
        cosine = logits - b
        cosine = cosine / np.linalg.norm(w, axis=1) / np.linalg.norm(x, axis=1)[:, None]
        own_cosine = cosine[np.arange(n), y]
        cosine[np.arange(n), y] = -np.inf
        cosine_margin = own_cosine - cosine.max(1)
        out |= {"cosine_margin_min": np.nanmin(cosine_margin), "cosine_margin_mean": np.nanmean(cosine_margin)}
        out |= {"cross_entropy": ce, "margin_min": margin.min(), "margin_mean": margin.mean()}
        mean_margin = (own - (logits.sum(1) - own) / (c - 1)).mean()
        alpha = out["feature_rms"]
        w_t = w - w.mean(0)
        beta = np.sqrt((share * (w_t ** 2).sum(1)).sum())
        shift = c / (c - 1) * (share * (b - b.mean())).sum()
        bound = np.log(c - 1) - (c / (c - 1)) * alpha * beta - shift
        best = np.log1p(np.exp(bound))
        rho = (c - 1) / c * (mean_margin - shift) / (alpha * beta)
        rho_loss = (c - 1) / c * (np.log((c - 1) / np.expm1(ce)) - shift) / (alpha * beta)
        residual = ((x - rho * alpha / beta * w_t[y]) ** 2).sum(1).mean() / alpha ** 2 if rho > 0 else 1.0  # = 1 - rho^2
        out |= {"weight_rms": beta, "optimal_cross_entropy": best, "optimality_gap": ce - best,
                "optimality_log_ratio": np.log(ce) - (np.log(best) if best > 0 else bound), "alignment": rho,
                "within_norm_fraction": float((z ** 2).sum(1).mean() / alpha ** 2),
                "margin_normalized_min": (margin.min() - shift) * (c - 1) / (c * alpha * beta),
                "collapse_certificate": residual, "collapse_certificate_from_loss": 1 - max(rho_loss, 0) ** 2}
    ranks = [effective_rank(np.linalg.svd(z[y == k], compute_uv=False)) for k in range(c) if (z[y == k] != 0).any()]
    out["class_effective_rank_mean"] = np.mean(ranks) if ranks else np.nan
    out["class_effective_rank_min"] = np.min(ranks) if ranks else np.nan
    out["few_shot_error"] = few_shot(x, y, 2)
    out["local_elasticity_intra"], out["local_elasticity_inter"] = local_elasticity(x, y, 3, has_bias)
    out |= squared_error(x, y, w, b)
    return {k: (float(v) if isinstance(v, (np.floating, float)) else int(v)) for k, v in out.items()}


if __name__ == "__main__":
    if sys.argv[1:] == ["--regression"]:
        print(json.dumps({key: float(value) for key, value in regression(*golden_regression()).items()}, indent=1))
        sys.exit()
    if sys.argv[1:] == ["--golden"]:
        args = golden()
    else:
        f = np.load(sys.argv[1])
        args = f["features"], f["labels"], f.get("weight"), f.get("bias")
    print(json.dumps(measures(*args), indent=1))
