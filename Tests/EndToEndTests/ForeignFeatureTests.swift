import Foundation
import TestSupport
import Testing

/// Feature files of other programs, through the options that say how to read them.
@Suite struct ForeignFeatureTests {
  let folder = TemporaryFolder()

  static let features: [Float] = [1, 2, 1.5, 2, 5, 1, 5, 1.5, -2, 3, -2, 3.5]
  static let labels: [Int64] = [0, 0, 1, 1, 2, 2]

  private func npz(_ entries: [(name: String, file: [UInt8])], to name: String = "a.npz") -> String
  {
    folder.write(
      ZipWriter(entries.map { .init($0.name + ".npy", $0.file) }).bytes, to: name)
  }

  private func measures(_ arguments: [String]) throws -> [String: Double] {
    try AnalyzedLayer.analyze(arguments)[0].values
  }

  private var plain: [String: Double] {
    get throws {
      try measures([
        npz(
          [
            ("features", NPYWriter.file(Self.features, [6, 2])),
            ("labels", NPYWriter.file(Self.labels)),
          ], to: "plain.npz")
      ])
    }
  }

  @Test func namesCanBeGiven() throws {
    let path = npz([
      ("h", NPYWriter.file(Self.features, [6, 2])), ("t", NPYWriter.file(Self.labels)),
      ("kernel", NPYWriter.file([1, 0, -1, 0, 1, 1], [2, 3])),
      ("shift", NPYWriter.file([0, 0, 0] as [Float], [3])),
    ])
    let given = try measures([
      path, "--features", "h", "--labels", "t", "--weights", "kernel", "--transposed-weights",
      "--bias", "shift",
    ])
    for (key, value) in try plain { #expect(given[key] == value, "\(key)") }
    #expect(given["accuracy"] != nil)
  }

  @Test func labelsAndClassifierMayBeInFilesOfTheirOwn() throws {
    let h = folder.write(NPYWriter.file(Self.features, [6, 2]), to: "h.npy")
    let y = folder.write(NPYWriter.file(Self.labels), to: "y.npy")
    let model = folder.write(
      SafetensorsWriter.file([
        ("fc.weight", "F32", [3, 2], LittleEndian.bytes([1, 0, 0, 1, -1, 1] as [Float]))
      ]), to: "model.safetensors")
    let given = try measures([h, "--labels-file", y, "--classifier-file", model])
    for (key, value) in try plain { #expect(given[key] == value, "\(key)") }
    #expect(given["accuracy"] != nil)
  }

  /// Numbers to predict are no labels, also where they have a name that labels have elsewhere.
  @Test func targetsStandInThePlaceOfLabels() throws {
    let entries = [
      ("features", NPYWriter.file(Self.features, [6, 2])),
      ("targets", NPYWriter.file([0.5, 1, -1, 0.25, 2, 3, 1, 0, 2, -2, 1, 1] as [Float], [6, 2])),
      ("weights", NPYWriter.file([1, -1, 0.5, 2] as [Float], [2, 2])),
    ]
    let path = npz(entries, to: "regression.npz")
    let given = try measures([path, "--targets", "targets"])
    for key in ["nrc1", "nrc2", "nrc3"] { #expect(given[key] != nil, "\(key)") }
    let summary = try CollapseCommand.run(["analyze", path, "--targets", "targets"])
    #expect(summary.output.contains("nrc3") && !summary.errors.contains("labels 'targets'"))
    let both = try CollapseCommand.run([
      "analyze", path, "--targets", "targets", "--labels", "targets",
    ])
    #expect(both.exitCode == 64 && both.errors.contains("--targets stand in the place of labels"))
    let short = npz(
      [entries[0], ("targets", NPYWriter.file([1, 2, 3, 4] as [Float], [2, 2])), entries[2]],
      to: "short.npz")
    let refused = try CollapseCommand.run(["analyze", short, "--targets", "targets"])
    #expect(refused.exitCode == 65)
    #expect(refused.errors.contains("short.npz: 6 rows of features, but 2 of targets"))
  }

  /// Features of more than two axes are refused unless it is said what to do with them.
  @Test func mapsAreFlattenedOrPooled() throws {
    // Each feature twice, so that the mean over the last axis is the feature.
    let maps = Self.features.flatMap { [$0 - 0.25, $0 + 0.25] }
    let path = npz([
      ("features", NPYWriter.file(maps, [6, 2, 2])), ("labels", NPYWriter.file(Self.labels)),
    ])
    let refused = try CollapseCommand.run(["analyze", path])
    #expect(refused.exitCode == 65)
    #expect(refused.errors.contains("choose to flatten them, to pool them"))
    // Along the second axis or the third: both are in use, and nothing tells which.
    let ambiguous = try CollapseCommand.run(["analyze", path, "--pool"])
    #expect(ambiguous.exitCode == 65)
    #expect(
      ambiguous.errors.contains(
        "of 6×2×2, features may lie along axis 1 (2 of them) or axis 2 (2): say which "
          + "(--feature-axis)"))
    #expect(try measures([path, "--pool", "--feature-axis", "1"]) == plain)
    #expect(try AnalyzedLayer.analyze([path, "--flatten"])[0].report.dimension == 4)
    #expect(try CollapseCommand.run(["analyze", path, "--flatten", "--pool"]).exitCode == 64)
  }

  /// A token a row, padding left out by lengths, is as if the rows had been written one by one.
  @Test func tokensWithLengths() throws {
    // Three sequences of two tokens and one of padding.
    let tokens = (0..<3).flatMap { Self.features[$0 * 4..<$0 * 4 + 4] + [99, 99] }
    let labels = (0..<3).flatMap { Self.labels[$0 * 2..<$0 * 2 + 2] + [-1] }
    let path = npz([
      ("features", NPYWriter.file(tokens, [3, 3, 2])),
      ("labels", NPYWriter.file(labels, shape: [3, 3])),
      ("lengths", NPYWriter.file([2, 2, 2] as [Int64])),
    ])
    let found = try measures([
      path, "--token", "all", "--feature-axis", "-1", "--lengths", "lengths",
    ])
    #expect(found == (try plain))
    let refused = try CollapseCommand.run(["analyze", path, "--lengths", "lengths"])
    #expect(refused.exitCode == 64)
  }

  @Test func bfloat16InUInt16() throws {
    let words = Self.features.map { UInt16($0.bitPattern >> 16) }
    let path = npz([
      ("features", NPYWriter.file("<u2", [6, 2], data: LittleEndian.bytes(words))),
      ("labels", NPYWriter.file(Self.labels)),
    ])
    #expect(try measures([path, "--uint16", "bfloat16"]) == plain)
    #expect(try CollapseCommand.run(["analyze", path]).exitCode == 65)
  }

  @Test func oneHotLabelsAreLabels() throws {
    let rows: [UInt8] = Self.labels.flatMap { label in (0..<3).map { label == $0 ? 1 : 0 } }
    let path = npz([
      ("features", NPYWriter.file(Self.features, [6, 2])),
      ("labels", NPYWriter.file("|b1", [6, 3], data: rows)),
    ])
    #expect(try measures([path]) == plain)
  }

  /// Labels that are not 0..<C are mapped, and the map is reported.
  @Test func otherLabelsAreMappedAndTheMapIsReported() throws {
    let path = npz([
      ("features", NPYWriter.file(Self.features, [6, 2])),
      ("labels", NPYWriter.file(Self.labels.map { [7, 30, 1000][Int($0)] })),
    ])
    let layer = try AnalyzedLayer.analyze([path])[0]
    #expect(layer.values == (try plain))
    #expect(
      layer.warnings == ["labels are not 0…2: the classes are, by ascending label, 7, 30, 1000"])
    #expect(layer.report.classes.map(\.label) == [7, 30, 1000])
    #expect(try CollapseCommand.run(["analyze", path]).output.contains("warning: labels are not"))
  }
}
