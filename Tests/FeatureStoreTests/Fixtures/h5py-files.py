"""Writes the HDF5 files of the tests, as h5py and other programs write them.

    python h5py-files.py FOLDER && (cd FOLDER && zip -X -9 ../h5py-files.zip *.h5)

The archive beside this script was made by it with h5py 3.16 (HDF5 2.0) and NumPy 2.
"""
import os
import sys

import h5py
import numpy as np

os.chdir(sys.argv[1])
n, d = 50, 6
i, j = np.meshgrid(np.arange(n), np.arange(d), indexing="ij")
x = ((i * 7 + j * 3) % 61 - 30) / 4.0
y = np.arange(n) % 3

def file(name, **options):
    return h5py.File(f"{name}.h5", "w", **options)

def features(name, data=x, labels=y, options={}, **kind):
    with file(name, **options) as f:
        f.create_dataset("features", data=data, **kind)
        f.create_dataset("labels", data=labels)

for t in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    features("type " + t, x.astype(t))
for t in ["i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8"]:
    features("type " + t, (x * 4).astype(t))
for t in ["u1", "<u4", ">u8"]:
    features("type " + t, (x * 4 + 30).astype(t))
f4 = x.astype("<f4")
features("layout chunks of rows", f4, chunks=(16, d))
features("layout growing", f4, chunks=(7, d), maxshape=(None, d))
features("layout chunks of columns", f4, chunks=(8, 5))
features("layout chosen by h5py", f4, chunks=True)
features("layout gzip", f4, chunks=(16, d), compression="gzip")
features("layout gzip shuffle", f4, chunks=(13, 4), compression="gzip", shuffle=True)
features("layout lzf", f4, chunks=(16, d), compression="lzf")
features("layout lzf shuffle", f4, chunks=(13, 4), compression="lzf", shuffle=True)
features("layout lzf large", np.tile(f4, (200, 1)), np.tile(y, 200), compression="lzf", chunks=(4000, d))
with file("bad filter") as f:
    # bzip2, which neither h5py nor HDF5 has; as an optional filter it is passed over in writing.
    kind = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    kind.set_chunk((16, d))
    kind.set_filter(307, h5py.h5z.FLAG_OPTIONAL, (9,))
    space = h5py.h5s.create_simple(f4.shape)
    h5py.h5d.create(f.id, b"features", h5py.h5t.IEEE_F32LE, space, dcpl=kind).write(
        h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(f4))
    f["labels"] = y
features("layout checksums", f4, chunks=(16, d), fletcher32=True)
features("layout user block", f4, options=dict(userblock_size=1024), chunks=(16, d))
features("layout latest", f4, options=dict(libver=("v110", "v110")), chunks=(16, d))
features("layout latest growing", f4, options=dict(libver=("v110", "v110")), chunks=(7, d),
         maxshape=(None, d))
features("layout big-endian gzip", x.astype(">f8"), compression="gzip", shuffle=True)
bf16 = (f4.view("<u4") >> 16).astype("<u2")
features("bfloat16", bf16)
features("bfloat16 big-endian", bf16.astype(">u2"))
with file("bfloat16 marked") as f:
    f.create_dataset("features", data=bf16).attrs["dtype"] = "bfloat16"
    f["labels"] = y
features("maps", x.reshape(n, 2, 3, 1))

one_hot = np.eye(3)[y]
for t in ["i1", "u1", "<i2", ">i2", "<i4", ">i4", "<u4", "<i8", ">u8", "<f4", ">f8"]:
    features("labels " + t, f4, y.astype(t))
features("labels one-hot float", f4, one_hot.astype("f4"))
features("labels one-hot bool", f4, one_hot.astype(bool))
features("labels one-hot int", f4, one_hot.astype("i8"))
features("labels column", f4, y[:, None])

with file("attributes") as f:
    f["features"], f["labels"] = f4, y
    f.attrs["dataset"] = "digits é"
    f.attrs["split"] = np.bytes_("test")
    f.attrs["class_names"] = ["a", "b", "é"]
    f.attrs["network"] = np.array(b"mlp ", dtype="S8")
    f.attrs["epoch"] = np.int16(7)
    f.attrs["seed"] = np.uint64(2**64 - 2)
    f.attrs["weight_decay"] = np.array([5e-4])
    f.attrs["batch_norm"] = True
    f.attrs["last_layer_batch_norm"] = 0
    f.attrs["loss"] = 0.125
    f.attrs["train_accuracy"] = 1
    f.attrs["dataset_sha256"] = np.arange(3)
with file("attributes fixed") as f:
    f["features"], f["labels"] = f4, y
    f.attrs["class_names"] = np.array([b"a", b"bc", b""])

with file("layers") as f:
    g = f.create_group("layers")
    for k in [10, 2, 1]:
        g[f"block{k}"] = f4 + k
    f["features"] = g["block10"]
    f["labels"] = y
    f["classifier/weight"] = np.arange(3 * d, dtype=">f8").reshape(3, d)
    f["classifier/bias"] = np.arange(3, dtype="f4")
with file("elsewhere") as f:
    f["a/h"], f["a/t"] = f4, y.astype("u1")
    f["kernel"] = np.arange(3 * d, dtype="f4").reshape(d, 3)
    f["b"] = np.arange(3, dtype="f2")
with file("unlabelled") as f:
    f["features"] = f4

# What must be refused.
with file("bad missing") as f:
    f["h"], f["deep/er/y"] = f4, y
with file("bad no labels") as f:
    f["features"], f["classes"] = f4, y
with file("bad group") as f:
    f["features/h"], f["labels"] = f4, y
with file("bad empty") as f:
    pass
features("bad rank 1", f4[:, 0])
features("bad rank 4", f4.reshape(n, 2, 3, 1))
features("bad count", f4, y[:-1])
features("bad rows", f4[:0], y[:0])
features("bad columns", f4[:, :0])
features("bad labels negative", f4, y - 1)
features("bad labels fraction", f4, y / 2)
features("bad labels nan", f4, np.where(y == 2, np.nan, y))
features("bad labels order", f4, y.astype("<i8").view(">i8"))
features("bad labels huge", f4, y.astype("u8") + np.uint64(2**63))
features("bad labels rank", f4, one_hot[:, :, None])
features("bad labels two ones", f4, np.ones((n, 3)))
features("bad labels no one", f4, np.zeros((n, 3), "u1"))
features("bad labels soft", f4, one_hot * 0.75)
names = np.array(["owl", "cat", "dög"])
with file("labels text") as f:
    f["features"] = f4
    f.create_dataset("labels", data=names[y].tolist(), dtype=h5py.string_dtype())
features("labels text fixed", f4, np.char.encode(names[y], "utf-8"))
features("labels text numbers", f4, y.astype("S2"))
with file("labels text stated") as f:
    f["features"] = f4
    f.create_dataset("labels", data=names[y].tolist(), dtype=h5py.string_dtype())
    f.attrs["class_names"] = names.tolist()
with file("bad labels text") as f:
    f["features"] = f4
    f.create_dataset("labels", data=["owl"] * 49 + ["cow"], dtype=h5py.string_dtype())
    f.attrs["class_names"] = names.tolist()
features("bad uint16", bf16)
features("bad long double", x.astype(np.longdouble))
features("bad integer", np.full((n, d), 2**53 + 1))
with file("bad compound") as f:
    f["features"], f["labels"] = np.zeros(n, [("a", "f4"), ("b", "i4")]), y
with file("bad scalar") as f:
    f["features"], f["labels"] = 1.0, y
with file("bad null") as f:
    f["features"], f["labels"] = h5py.Empty("f4"), y
for name, w, b in [("weights", (3, d + 1), 3), ("transposed", (d, 3), 3),
                   ("weights rank", (3, d, 2), 3), ("bias", (3, d), 4)]:
    with file("bad " + name) as f:
        f["features"], f["labels"] = f4, y
        f["classifier/weight"], f["classifier/bias"] = np.zeros(w), np.zeros(b)
with file("bad layers") as f:
    f["layers/a"], f["layers/b"], f["labels"] = f4, f4[:-1], y
for name, format, version in [("newer", "collapse-features", 2),
                              ("other", "collapse-checkpoint", 1)]:
    with file("bad " + name) as f:
        f["features"], f["labels"] = f4, y
        f.attrs["format"], f.attrs["version"] = format, version
with file("bad version") as f:
    f["features"], f["labels"] = f4, y
    f.attrs["format"] = "collapse-features"
with file("bad unwritten") as f:
    f.create_dataset("features", (n, d), "f4")
    f["labels"] = y
with file("bad half written") as f:
    h = f.create_dataset("features", (n, d), "f4", chunks=(10, d))
    h[:20] = f4[:20]
    f["labels"] = y
with file("bad overflow") as f:
    f.create_dataset("features", (2**62, 4), "f4", chunks=(16, 4))
    f["labels"] = y
with file("bad bomb") as f:
    f.create_dataset("features", (2**40, d), "f4", chunks=(16, d))
    f["labels"] = y
layout = h5py.VirtualLayout((n, d), "f4")
layout[:] = h5py.VirtualSource("type <f4.h5", "features", (n, d))
# As HDF5 2 writes its newest layout, which 1.10 cannot read.
features("bad newest", f4, options=dict(libver="latest"), chunks=(16, d), compression="gzip")
with file("bad virtual") as f:
    f.create_virtual_dataset("features", layout)
    f["labels"] = y
with file("bad external") as f:
    f.create_dataset("features", (n, d), "f4", external=[("raw", 0, n * d * 4)])[:] = f4
    f["labels"] = y
with file("bad dangling") as f:
    f["features"], f["labels"] = h5py.SoftLink("/nowhere"), y
with file("bad link to a file") as f:
    f["layers/fc1"], f["labels"] = f4, y
    f["layers/fc2"] = h5py.ExternalLink("gone.h5", "/x")
    f["classifier/weight"] = np.zeros((3, d))
with file("usual names") as f:
    f["X"], f["y"], f["fc.weight"], f["fc.bias"] = f4, y, np.ones((3, d)), np.ones(3)
    f["X"].attrs["note"] = "as others name them"
with file("two features") as f:
    f["X"], f["embeddings"], f["y"] = f4, f4 + 1, y
with file("single values") as f:
    f["features"], f["labels"] = f4, y
    f["epoch"], f["split"], f["class_names"] = 7, "test", ["a", "b", "c"]
with file("checkpoint newer") as f:
    f.attrs["format"], f.attrs["version"] = "collapse-checkpoint", 9
with file("checkpoint double") as f:
    f.attrs["format"], f.attrs["version"] = "collapse-checkpoint", 1
    f["parameters/w"] = np.zeros(3)
