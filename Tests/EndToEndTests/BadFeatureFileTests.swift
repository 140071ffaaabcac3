import Foundation
import TestSupport
import Testing

/// A feature file that must be refused, and the words after its path.
struct BadFeatureFile: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let name: String
  let bytes: @Sendable () throws -> [UInt8]
  let message: String
  var arguments: [String] = []

  init(
    _ description: String, _ name: String, _ message: String, arguments: [String] = [],
    _ bytes: @escaping @Sendable () throws -> [UInt8]
  ) {
    (testDescription, self.name, self.message) = (description, name, message)
    (self.bytes, self.arguments) = (bytes, arguments)
  }
}

/// Each kind of bad input: one exact message, exit code 65, and nothing under the final names.
@Suite struct BadFeatureFileTests {
  let folder = TemporaryFolder()

  private static func npz(_ changes: [String: [UInt8]?] = [:]) -> [UInt8] {
    var files: [String: [UInt8]?] = [
      "features": NPYWriter.file(features, [4, 2]), "labels": NPYWriter.file([0, 1, 0, 1]),
      "fc.weight": NPYWriter.file([1, 0, 0, 1] as [Float], [2, 2]),
      "fc.bias": NPYWriter.file([0, 0] as [Float], [2]),
    ]
    // `nil` leaves a file out.
    files.merge(changes) { $1 }
    return ZipWriter(
      files.sorted { $0.key < $1.key }.compactMap { name, file in
        file.map { .init("\(name).npy", $0) }
      }
    ).bytes
  }

  private static let features: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]

  private static func whole() throws -> [UInt8] {
    let folder = TemporaryFolder()
    return Array(try Data(contentsOf: URL(filePath: SmallFeatures().write(folder("a.h5")))))
  }

  static let files: [BadFeatureFile] = [
    .init(
      "not an HDF5 file", "a.h5",
      ": expected HDF5, NumPy, safetensors, a PyTorch archive or ONNX, found text: save features and "
        + "labels with numpy.savez"
    ) { Array("no features".utf8) },
    .init(
      "a truncated file", "a.h5",
      ": truncated or still being written: %SIZE% bytes expected, found 4000"
    ) { Array(try whole().prefix(4000)) },
    .init(
      "a missing array", "a.npz",
      ": it has no array 'labels'; it has 'fc.bias', 'fc.weight', 'features': say which are the "
        + "labels (--labels, or --labels-file)"
    ) { npz(["labels": [UInt8]?.none]) },
    .init(
      "the wrong rank", "a.npz",
      ", array 'features': expected features of shape N×d, found 4×1×2: choose to flatten them, "
        + "to pool them (mean over all positions), or tokens of sequences (--flatten, --pool or "
        + "--token)"
    ) { npz(["features": NPYWriter.file(features, [4, 1, 2])]) },
    .init(
      "fewer labels than rows", "a.npz", ", array 'labels': 3 labels for 4 rows of features"
    ) { npz(["labels": NPYWriter.file([0, 1, 0])]) },
    .init(
      "a negative label", "a.npz",
      ", array 'labels': row 2: label -1 is negative: it is no class, unless it stands for rows to "
        + "be left out (--ignore-label)"
    ) {
      npz(["labels": NPYWriter.file([0, 1, -1, 1])])
    },
    .init(
      "an absurd label", "a.npz",
      ", array 'labels': row 1: 1099511627776 is no label, expected a whole number in "
        + "0...2147483647"
    ) { npz(["labels": NPYWriter.file([0, 1 << 40, 0, 1])]) },
    .init(
      "NaN and infinite features", "a.npz",
      ": 2 of 4 rows hold NaN or infinite features, the first at rows 1, 3"
    ) { npz(["features": NPYWriter.file([1, 2, .nan, 4, 5, 6, 7, .infinity], [4, 2])]) },
    .init(
      "nothing but NaN", "a.npz", ": all 4 rows hold NaN or infinite features",
      arguments: ["--drop-nonfinite"]
    ) { npz(["features": NPYWriter.file(features.map { _ in .nan }, [4, 2])]) },
    .init(
      "W of the wrong width", "a.npz",
      ", array 'classifier.weight': expected weights of shape C×2, found 1×3 (--weights and --bias)"
    ) { npz(["classifier.weight": NPYWriter.file([1, 0, 0], [1, 3])]) },
    .init(
      "W with too few rows", "a.npz",
      ": the classifier's weights have 1 rows, fewer than the 2 classes present"
    ) {
      npz(["fc.weight": NPYWriter.file([1, 0], [1, 2]), "fc.bias": [UInt8]?.none])
    },
    .init(
      "b of the wrong length", "a.npz", ", array 'fc.bias': expected a bias of shape 2, found 3"
    ) { npz(["fc.bias": NPYWriter.file([0, 0, 0] as [Float], [3])]) },
    .init(
      "zero rows", "a.npz", ", array 'features': it holds no features: its shape is 0×2"
    ) {
      npz(["features": NPYWriter.file([] as [Float], [0, 2]), "labels": NPYWriter.file([Int64]())])
    },
    .init(
      "an NPY header that lies", "a.npz",
      ", array 'features': shape 4000000×2 of float32 needs 32000000 bytes after the header, found 32"
    ) {
      npz([
        "features": NPYWriter.file(
          "<f4", [4_000_000, 2], data: LittleEndian.bytes(features))
      ])
    },
    .init(
      "a safetensors header with overlapping offsets", "a.safetensors",
      ", tensor 'labels': data_offsets [16, 48] overlap those of 'features'"
    ) {
      let header =
        "{\"features\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[0,32]},"
        + "\"labels\":{\"dtype\":\"I64\",\"shape\":[4],\"data_offsets\":[16,48]}}"
      return SafetensorsWriter.file(header: header, data: [UInt8](repeating: 0, count: 48))
    },
    .init(
      "a safetensors header with offsets out of range", "a.safetensors",
      ", tensor 'features': data_offsets [0, 320] do not lie in the file's 32 bytes of data"
    ) {
      SafetensorsWriter.file(
        header: "{\"features\":{\"dtype\":\"F32\",\"shape\":[40,2],\"data_offsets\":[0,320]}}",
        data: [UInt8](repeating: 0, count: 32))
    },
    .init(
      "a pickle with a foreign global", "a.pt",
      ", entry 'archive/data.pkl': the pickle holds an object of 'os.system', which is never made: "
        + "expected a dictionary of arrays"
    ) {
      PickleWriter.archive(
        pickle: [0x80, 2] + Array("cos\nsystem\n(X\u{2}\0\0\0idtR.".utf8), storages: []
      ).bytes
    },
    .init(
      "a zip bomb", "a.npz",
      "': entry 'features.npy' declares 1000000000000 bytes, which 47 deflated bytes cannot hold"
    ) {
      var entry = ZipWriter.Entry("features.npy", [UInt8](repeating: 0, count: 42)).deflated
      entry.size = 1_000_000_000_000
      var archive = ZipWriter([entry, .init("labels.npy", NPYWriter.file([0]))])
      archive.isZip64 = true
      return archive.bytes
    },
  ]

  @Test(arguments: files) func isRefused(_ file: BadFeatureFile) throws {
    let path = folder.write(try file.bytes(), to: file.name)
    try expectRefusal(path, file.message, arguments: file.arguments)
  }

  private func expectRefusal(_ path: String, _ message: String, arguments: [String] = []) throws {
    let result = try CollapseCommand.run(
      ["analyze", path, "-o", folder("measures.csv")] + arguments)
    #expect(result.exitCode == 65)
    let size = "\(try Self.whole().count)"
    let expected = message.replacingOccurrences(of: "%SIZE%", with: size)
    #expect(
      result.errors.hasSuffix("\(path)\(expected)\n")
        && result.errors.hasPrefix("error: ") && result.errors.split(separator: "\n").count == 1,
      "\(result.errors)")
    #expect(result.output == "")
    #expect(folder.names == [String(path.split(separator: "/").last!)])
  }

  private static let h5py = PythonEnvironment.with(["h5py"])

  /// What only another program writes.
  @Test(.enabled("needs Python with h5py", { h5py.isAvailable }))
  func filesOfH5pyAreRefused() throws {
    let script = """
      import sys, h5py, numpy as np
      h = np.arange(8, dtype="f4").reshape(4, 2)
      y = np.array([0, 1, 0, 1])
      def file(name, features, **attributes):
          with h5py.File(f"{sys.argv[1]}/{name}.h5", "w") as f:
              f[features], f["labels"] = h if name != "rank" else np.ones((4, 2, 2, 1)), y
              f.attrs.update(attributes)
      file("missing", "hidden")
      file("rank", "features")
      file("newer", "features", format="collapse-features", version=2)
      """
    let scratch = TemporaryFolder()
    _ = try Self.h5py.run(script, [scratch.path])
    for (name, message) in [
      (
        "missing",
        ": neither 'features' nor datasets named 'layers/…'; it has '/hidden', '/labels': say "
          + "which are the features (--features, --labels)"
      ),
      (
        "rank",
        ", dataset '/features': expected features of shape N×d, found 4×2×2×1: choose to flatten "
          + "them, to pool them (mean over all positions), or tokens of sequences (--flatten, "
          + "--pool or --token)"
      ),
      (
        "newer",
        ": collapse-features version 2 is newer than version 1, the newest this program reads"
      ),
    ] {
      let bytes = try Data(contentsOf: URL(filePath: scratch("\(name).h5")))
      let path = folder.write(Array(bytes), to: "a.h5")
      try expectRefusal(path, message)
    }
  }

  /// Rows that are no numbers are left out where that is asked for, and counted.
  @Test func nonFiniteRowsAreLeftOutOnRequest() throws {
    let path = folder.write(
      Self.npz(["features": NPYWriter.file([1, 2, .nan, 4, 5, 6, 7, 8], [4, 2])]), to: "a.npz")
    let layer = try AnalyzedLayer.analyze([path, "--drop-nonfinite"])[0]
    #expect(layer.report.samples == 3)
    #expect(layer.warnings.first == "1 row with NaN or infinite features left out")
  }

  /// A bad file is reported at the end and costs the others nothing, not their earlier results
  /// either.
  @Test func aBadFileCostsTheOthersNothing() throws {
    try SmallFeatures().write(folder("a.h5"))
    folder.write(Array("no features".utf8), to: "b.h5")
    try SmallFeatures(epoch: 2).write(folder("c.h5"))
    for unchanged in ["", ", 2 unchanged"] {
      let result = try CollapseCommand.run(["analyze", folder("*.h5"), "-o", folder("m.csv")])
      #expect(result.exitCode == 65)
      #expect(
        result.errors.hasSuffix(
          """
          2 files → \(folder("m.csv"))\(unchanged)
          error: \(folder("b.h5")): expected HDF5, NumPy, safetensors, a PyTorch archive or ONNX, found \
          text: save features and labels with numpy.savez
          1 of 3 files failed

          """), "\(result.errors)")
    }
    let table = try String(contentsOfFile: folder("m.csv"), encoding: .utf8)
    #expect(table.split(separator: "\n").count == 1 + 2 * 2)
  }
}
