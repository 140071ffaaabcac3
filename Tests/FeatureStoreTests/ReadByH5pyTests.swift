import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// Our files, read by h5py; and files h5py has not finished.
@Suite(.enabled("needs Python with h5py", { H5pyFiles.environment.isAvailable }))
struct ReadByH5pyTests {
  let folder = TemporaryFolder()

  /// Prints every object with its type, shape, first numbers and attributes.
  static let listing = """
    import sys, h5py, numpy as np
    np.set_printoptions(threshold=8, edgeitems=2)
    def show(name, o):
        if isinstance(o, h5py.Dataset):
            print(name, o.dtype, o.shape, o[()].ravel()[:3].tolist())
        else:
            print(name)
    with h5py.File(sys.argv[1]) as f:
        for key in sorted(f.attrs):
            v = f.attrs[key]
            print("@" + key, type(v).__name__, v.tolist() if hasattr(v, "tolist") else v)
        print(list(f), [list(f[g]) for g in f if isinstance(f[g], h5py.Group)])
        f.visititems(show)
        if "features" in f:
            print(f.get("features", getlink=True).path, f["features"] == f["layers/fc2"])
    """

  @Test func features() throws {
    let path = folder("a.h5")
    let writer = try FeatureFileWriter(
      path, rowCount: nil, layers: [("fc10", 3), ("fc2", 4)], metadata: FeatureFileTests.metadata,
      classifier: FeatureFileTests.classifier)
    try writer.append(
      [FeatureFileTests.block(0..<9, 3), FeatureFileTests.block(0..<9, 4)],
      labels: (0..<9).map { $0 % 3 })
    try writer.finish()
    let listed = try H5pyFiles.environment.run(Self.listing, [path])
    #expect(
      listed == """
        @batch_norm bool True
        @class_names ndarray ['zéro', 'one', '']
        @created_by str collapse test
        @dataset str digits
        @dataset_sha256 str ab12
        @description str {"layers": []}
        @epoch int64 7
        @format str collapse-features
        @last_layer_batch_norm bool False
        @loss str cross_entropy
        @network str mlp
        @run str {"dataset":"digits","loss":"cross_entropy","network":"mlp","normalization":\
        {"hidden":"last","last":false},"options":{"training.optimizer.kind":"adam"},\
        "seed":18446744073709551614,"weight_decay":0.0005}
        @seed int64 -2
        @split str train
        @train_accuracy float64 1.0
        @train_loss float64 0.25
        @version int64 1
        @weight_decay float64 0.0005
        ['layers', 'features', 'labels', 'samples', 'classifier'] [['fc10', 'fc2'], ['weight', 'bias']]
        classifier
        classifier/bias float64 (3,) [0.5, -0.25, 0.1]
        classifier/weight float64 (3, 4) [0.0, 0.1, 0.2]
        labels int32 (9,) [0, 1, 2]
        layers
        layers/fc10 float32 (9, 3) [0.0, 0.0009765625, 0.001953125]
        layers/fc2 float32 (9, 4) [0.0, 0.0009765625, 0.001953125]
        samples int64 (9,) [0, 1, 2]
        /layers/fc2 True

        """)
  }

  @Test func checkpoints() throws {
    var content = NamedTensors()
    content["parameters/fc/weight"] = Tensor(shape: [2, 2], values: [1, 2, 3, 4])
    content["step"] = Tensor(shape: [], values: [5])
    content.attributes["done"] = .boolean(true)
    try CheckpointFile.write(content, to: folder("c.h5"))
    #expect(
      try H5pyFiles.environment.run(Self.listing, [folder("c.h5")]) == """
        @done bool True
        @format str collapse-checkpoint
        @order ndarray ['parameters/fc/weight', 'step']
        @version int64 1
        ['parameters', 'step'] [['fc']]
        parameters
        parameters/fc
        parameters/fc/weight float32 (2, 2) [1.0, 2.0, 3.0]
        step float32 () [5.0]

        """)
  }

  // The limit is for a writer that never comes; on a busy machine it waits for a thread of its own.
  @Test(.timeLimit(.minutes(20))) func aFileThatIsBeingWrittenIsNotComplete() async throws {
    // Another program has written everything, and holds the file open until it is told.
    let (path, ready, go) = (folder("a.h5"), folder("ready"), folder("go"))
    async let other = Task.detached {
      try H5pyFiles.environment.run(
        """
        import sys, os, time, h5py, numpy as np
        path, ready, go = sys.argv[1:]
        with h5py.File(path, "w") as f:
            f["features"] = np.zeros((1000, 8), "f4")
            f["labels"] = np.zeros(1000, "i4")
            f.flush()
            whole = open(path, "rb").read()
            open(path + ".half", "wb").write(whole[:len(whole) // 2])
            open(ready, "w")
            while not os.path.exists(go): time.sleep(0.01)
        """, [path, ready, go])
    }.value
    while !folder.names.contains("ready") { try await Task.sleep(for: .milliseconds(10)) }
    #expect(!FeatureSource(path).isComplete)
    #expect(!FeatureSource(path + ".half").isComplete)
    folder.write([], to: "go")
    _ = try await other
    #expect(FeatureSource(path).isComplete)
  }
}
