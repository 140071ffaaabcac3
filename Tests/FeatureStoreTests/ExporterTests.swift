import CollapseCore
import FeatureStore
import FoundationEssentials
import TestSupport
import Testing

/// `python/collapse_export.py`: its own tests, and its files read by us.
@Suite struct ExporterTests {
  /// …/Tests/FeatureStoreTests/ExporterTests.swift, three levels below the project's root.
  static let python: String = {
    var url = URL(filePath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.appending(path: "python").path
  }()

  static let unitTests = """
    import sys, unittest
    sys.dont_write_bytecode = True
    sys.path.insert(0, sys.argv[1])
    import test_collapse_export
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_collapse_export)
    sys.exit(not unittest.TextTestRunner().run(suite).wasSuccessful())
    """

  @Test(.enabled("needs Python with h5py", { H5pyFiles.environment.isAvailable }))
  func itsOwnTestsPass() throws {
    #expect(try H5pyFiles.environment.run(Self.unitTests, [Self.python]).contains("OK"))
  }

  @Test(
    .enabled("needs COLLAPSE_TEST_PYTORCH=1, which installs PyTorch") {
      ForeignPython.torch?.isAvailable == true
    })
  func itsOwnTestsPassWithPyTorch() throws {
    let output = try ForeignPython.torch!.run(Self.unitTests, [Self.python])
    #expect(output.contains("OK"))
    #expect(!output.contains("skipped"))
  }

  @Test(.enabled("needs Python with h5py", { H5pyFiles.environment.isAvailable }))
  func itsFilesAreRead() throws {
    let folder = TemporaryFolder()
    _ = try H5pyFiles.environment.run(
      """
      import sys, numpy as np
      sys.dont_write_bytecode = True
      sys.path.insert(0, sys.argv[1])
      from collapse_export import FeatureExporter
      h = np.arange(4000, dtype="f4").reshape(1000, 4)
      with FeatureExporter(sys.argv[2], layer=["block10", "block2"], weights=np.ones((3, 4)),
                           bias=np.arange(3), dataset="digits", split="train", epoch=3, seed=1,
                           weight_decay=5e-4, batch_norm=True, train_accuracy=1,
                           class_names=["a", "b", "c"]) as exporter:
          for i in range(0, 1000, 128):
              exporter.write([h[i:i + 128, :2], h[i:i + 128]], np.arange(1000)[i:i + 128] % 3)
      """, [Self.python, folder("a.h5")])
    let file = try FeatureSet(folder("a.h5"))
    #expect(file.layers.map(\.name) == ["block10", "block2"])
    #expect(try file.layers[1].rows.floats(0..<1000) == (0..<4000).map { Float($0) })
    #expect(try file.labels.all() == (0..<1000).map { Int64($0 % 3) })
    #expect(file.classifier?.bias == [0, 1, 2])
    var metadata = FeatureMetadata()
    metadata.createdBy = "collapse_export"
    metadata.facts.dataset = "digits"
    metadata.split = "train"
    metadata.epoch = 3
    metadata.facts.seed = 1
    metadata.facts.weightDecay = 5e-4
    metadata.facts.normalization = Normalization(hidden: .all, last: false)
    metadata.trainAccuracy = 1
    metadata.classNames = ["a", "b", "c"]
    #expect(file.metadata == metadata)
    #expect(file.warnings == [])
  }
}
