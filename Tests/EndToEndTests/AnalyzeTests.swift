import Foundation
import TestSupport
import Testing

/// `collapse analyze` as a user runs it: batches, shards, splits, conventions, watching.
@Suite struct AnalyzeTests {
  let folder = TemporaryFolder()

  private func records(_ path: String) throws -> [[String: String]] {
    let records = CSVReader.records(try String(contentsOfFile: path, encoding: .utf8))
    return records.dropFirst().map { row in
      Dictionary(uniqueKeysWithValues: zip(records[0], row))
    }
  }

  @Test func aPlaceThatCannotBeWrittenToIsFoundFirst() throws {
    try SmallFeatures().write(folder("a.h5"))
    let result = try CollapseCommand.run(["analyze", folder("a.h5"), "-o", folder("no/m.csv")])
    #expect(result.exitCode == 73)
    #expect(
      result.errors
        == "error: cannot write '\(folder("no/m.json"))': the folder '\(folder("no"))' does not "
        + "exist\n")
  }

  @Test func tablesHoldEveryFileLayerSplitClassAndPair() throws {
    for epoch in 1...2 {
      for split in ["train", "test"] {
        var features = SmallFeatures(split: split, epoch: epoch)
        features.seed = split == "train" ? 1 : 2
        try features.write(folder("epoch-\(epoch)-\(split).h5"))
      }
    }
    let result = try CollapseCommand.run([
      "analyze", folder("*.h5"), "-o", folder("measures.csv"), "--quiet",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors == "" && result.output == "")
    #expect(
      folder.names.filter { !$0.hasSuffix("h5") }
        == ["measures.csv", "measures.json", "measures.pairs.csv"])

    let rows = try records(folder("measures.csv"))
    #expect(rows.count == 4 * 2)
    #expect(Set(rows.map { [$0["epoch"]!, $0["split"]!, $0["layer"]!] }).count == 8)
    let printed = try AnalyzedLayer.analyze([folder("*.h5")])
    #expect(printed.count == 8)
    for (row, layer) in zip(rows, printed) {
      #expect(row["file"] == layer.file && row["layer"] == layer.layer)
      for (key, value) in layer.report.measures {
        #expect(row[key].flatMap(Double.init) == value, "\(key)")
      }
    }

    let long = try records(folder("measures.pairs.csv"))
    func count(_ key: String, _ layer: String) -> Int {
      long.count {
        $0["key"] == key && $0["layer"] == layer && $0["file"] == folder("epoch-1-train.h5")
      }
    }
    for suffix in ["", "_uncentred"] {
      for layer in ["fc1", "fc2"] {
        #expect(count("cos_intra" + suffix, layer) == 3)
        #expect(count("cos_intra\(suffix)_deficit", layer) == 3)
        #expect(count("cos_intra\(suffix)_unbiased", layer) == 3)
        #expect(count("cos_inter" + suffix, layer) == 3)
      }
    }
    #expect(count("nc3_cosine", "fc2") == 9)
    #expect(count("nc3_cosine", "fc1") == 0)
    #expect(count("nc3_cosine_gap", "fc2") == 3)

    // The report is made of the same file, and knows these for epochs and splits of one run.
    let report = try CollapseCommand.run([
      "report", folder("measures.json"), "--format", "csv", "--quiet",
    ])
    let reported = CSVReader.records(report.output)
    let tabled = CSVReader.records(
      try String(contentsOfFile: folder("measures.csv"), encoding: .utf8))
    #expect(reported == tabled)
    #expect(Set(reported.dropFirst().map { $0[0] }).count == 1)
    let pairs = CSVReader.records(
      try String(contentsOfFile: folder("measures.pairs.csv"), encoding: .utf8))
    #expect(Set(pairs.dropFirst().map { $0[0] }) == Set(tabled.dropFirst().map { $0[0] }))
  }

  /// A folder of arrays is a set as a file is, measured again once one of them has changed.
  @Test func aFolderOfArrays() throws {
    let rows: [Float] = [0, 1, 0.5, 1, 3, 0, 3, 0.25]
    func write(_ labels: [UInt8]) {
      folder.write(
        NPYWriter.file("<f4", [4, 2], data: LittleEndian.bytes(rows)), to: "set/features.npy")
      folder.write(NPYWriter.file("|u1", [labels.count], data: labels), to: "set/labels.npy")
    }
    func analyze() throws -> CollapseCommand.Result {
      try CollapseCommand.run(["analyze", folder("set"), "-o", folder("folder.csv")])
    }
    write([0, 0, 1, 1])
    #expect(try analyze().errors.contains("1 file →"))
    #expect(try analyze().errors.contains("1 unchanged"))
    write([0, 1, 1, 1, 0])
    let changed = try analyze()
    #expect(changed.exitCode == 65)
    #expect(changed.errors.contains("5 labels for 4 rows"), "\(changed.errors)")
  }

  @Test func aTestSplitIsDecidedByTheTrainingFileBesideIt() throws {
    for epoch in 1...2 {
      var train = SmallFeatures(epoch: epoch)
      train.seed = UInt64(epoch)
      try train.write(folder("\(epoch)-train.h5"))
    }
    var test = SmallFeatures(split: "test", epoch: 2)
    test.seed = 77
    test.labels = (0..<300).map { Int32($0 % 3) }
    try test.write(folder("2-test.h5"))

    let batch = try AnalyzedLayer.analyze([folder("*.h5")]).filter { $0.split == "test" }
    let stated = try AnalyzedLayer.analyze([
      folder("2-test.h5"), "--means-from", folder("2-train.h5"),
    ])
    let alone = try AnalyzedLayer.analyze([folder("2-test.h5")])
    #expect(batch.count == 2 && stated.count == 2 && alone.count == 2)
    let keys = ["nc4_ncc_accuracy", "nc4_mismatch"]
    for index in 0..<2 {
      #expect(keys.map(batch[index].value) == keys.map(stated[index].value))
      for layer in [batch[index], stated[index]] {
        #expect(layer.warnings == [])
        #expect(layer.meansFrom == folder("2-train.h5"))
        #expect(
          layer.notes == ["decided (NC4) by the class means of '\(folder("2-train.h5"))'"])
      }
    }
    #expect(alone.allSatisfy { $0.meansFrom == nil })
    #expect(alone[0].value(keys[0]) != batch[0].value(keys[0]))
    #expect(
      alone[0].warnings
        == ["a test split decided by its own class means: no training split was given"])
  }

  /// Where two training files fit, neither is taken, and both are named.
  @Test func ofTwoTrainingFilesNoneDecides() throws {
    for (name, seed) in [("a", UInt64(1)), ("b", 2)] {
      var train = SmallFeatures()
      train.seed = seed
      try train.write(folder("\(name)-train.h5"))
    }
    try SmallFeatures(split: "test").write(folder("test.h5"))
    let test = try AnalyzedLayer.analyze([folder("*.h5")]).filter { $0.split == "test" }
    #expect(test.count == 2 && test.allSatisfy { $0.meansFrom == nil })
    #expect(
      test[0].warnings == [
        "a test split decided by its own class means: several training splits fit, "
          + "'\(folder("a-train.h5"))', '\(folder("b-train.h5"))'"
      ])
    // One that is called the same belongs to it.
    try SmallFeatures(split: "test").write(folder("b-test.h5"))
    let named = try AnalyzedLayer.analyze([folder("*.h5")]).filter {
      $0.file == folder("b-test.h5")
    }
    #expect(named.count == 2 && named.allSatisfy { $0.meansFrom == folder("b-train.h5") })
  }

  @Test func shardsAreMeasuredAsOneSet() throws {
    var features = SmallFeatures()
    features.labels = (0..<70).map { $0 < 20 ? Int32($0 % 2) : Int32($0 % 3) }
    try features.write(folder("whole.h5"))
    // The first shard lacks a class.
    for (index, rows) in [0..<20, 20..<21, 21..<70].enumerated() {
      try features.write(folder("part-\(index).h5"), rows: rows)
    }
    let whole = try AnalyzedLayer.analyze([folder("whole.h5")])
    let parts = try AnalyzedLayer.analyze([folder("part-*.h5"), "--shards"])
    #expect(parts.map(\.layer) == ["fc1", "fc2"])
    #expect(parts[0].file == folder("part-*.h5"))
    for (a, b) in zip(whole, parts) {
      #expect(a.report.samples == b.report.samples)
      #expect(a.undefined == b.undefined)
      for (key, value) in a.values {
        #expect(abs(b.value(key)! - value) <= 1e-12 * max(1, abs(value)), "\(key)")
      }
    }

    try SmallFeatures(layers: [("fc1", 3), ("fc2", 4)]).write(folder("part-3.h5"))
    let result = try CollapseCommand.run(["analyze", folder("part-*.h5"), "--shards"])
    #expect(result.exitCode == 65)
    #expect(
      result.errors == """
        error: cannot take for a shard '\(folder("part-3.h5"))': layer 'fc2' has 4 features, \
        that of the first, '\(folder("part-0.h5"))', 5

        """)
    try SmallFeatures(layers: [("fc1", 3)]).write(folder("part-3.h5"))
    #expect(
      try CollapseCommand.run(["analyze", folder("part-*.h5"), "--shards"]).errors == """
        error: cannot take for a shard '\(folder("part-3.h5"))': its layers are 'fc1', \
        those of the first, '\(folder("part-0.h5"))', 'fc1', 'fc2'

        """)
  }

  @Test func onlyWhatChangedIsMeasuredAgain() throws {
    for index in 1...4 { try SmallFeatures(epoch: index).write(folder("\(index).h5")) }
    let arguments = ["analyze", folder("*.h5"), "-o", folder("m.csv")]
    #expect(try CollapseCommand.run(arguments).errors.contains("4 files → \(folder("m.csv"))\n"))
    let before = try records(folder("m.csv"))
    #expect(try CollapseCommand.run(arguments).errors.contains(", 4 unchanged"))

    var other = SmallFeatures(epoch: 3)
    other.seed = 9
    try other.write(folder("3.h5"))
    #expect(try CollapseCommand.run(arguments).errors.contains(", 3 unchanged"))
    let after = try records(folder("m.csv"))
    for (a, b) in zip(before, after) {
      #expect((a == b) == (a["epoch"] != "3"))
    }
    let papyan = try CollapseCommand.run(arguments + ["--convention", "papyan"])
    #expect(!papyan.errors.contains("unchanged"))
  }

  /// Files are taken up when they are whole, and what another program has not finished is left.
  @Test func watchTakesUpFilesAsTheyAreFinished() throws {
    try SmallFeatures().write(folder("a.h5"))
    let watching = try CollapseCommand.start([
      "analyze", folder("*.h5"), "-o", folder("m.csv"), "--watch",
    ])
    defer { watching.kill() }
    func waitForRuns(_ names: Set<String>) throws {
      for _ in 0..<600 {
        let rows = (try? records(folder("m.csv"))) ?? []
        if Set(rows.map { $0["file"]! }) == Set(names.map { folder($0) }) { return }
        usleep(100_000)
      }
      Issue.record("\(names) were not measured")
    }
    try waitForRuns(["a.h5"])
    let bytes = try Data(contentsOf: URL(filePath: folder("a.h5")))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: folder("b.h5")))
    try SmallFeatures(epoch: 2).write(folder("c.h5"))
    try waitForRuns(["a.h5", "c.h5"])
    try bytes.write(to: URL(filePath: folder("b.h5")))
    try waitForRuns(["a.h5", "b.h5", "c.h5"])
    watching.interrupt()
    let result = watching.finish()
    #expect(result.exitCode == 130)
    #expect(!result.errors.contains("error"), "\(result.errors)")
    #expect(result.errors.hasSuffix("stopped watching, 3 files measured\n"))
  }

  @Test func threadsChangeNoByteOfTheOutput() throws {
    var features = SmallFeatures()
    features.labels = (0..<9000).map { Int32(($0 * 7) % 3) }
    try features.write(folder("a.h5"))
    let outputs = try ["1", "2", "8"].map { threads in
      try CollapseCommand.run([
        "analyze", folder("a.h5"), "--json", "--spectrum", "--threads", threads,
      ]).output
    }
    #expect(outputs[0].count > 1000)
    #expect(outputs[0] == outputs[1] && outputs[0] == outputs[2])
  }

  /// Each choice replaces that of the convention, and the report states all five.
  @Test(arguments: [
    (["--convention", "he-su"], "he-su", "samples", "samples"),
    (["--centering", "samples"], "custom", "samples", "samples"),
    (["--within-weights", "classes"], "custom", "class-means", "classes"),
    (["--between-weights", "samples"], "custom", "class-means", "samples"),
    (["--no-divide-by-classes"], "custom", "class-means", "samples"),
    (["--norm-deviation", "sample"], "custom", "class-means", "samples"),
    (["--no-divide-by-classes", "--norm-deviation", "sample"], "papyan", "class-means", "samples"),
  ]) func conventionsAreStated(
    arguments: [String], name: String, centering: String, within: String
  ) throws {
    try SmallFeatures().write(folder("a.h5"))
    let layer = try AnalyzedLayer.analyze([folder("a.h5")] + arguments)[0]
    let convention = layer.report.convention
    #expect(convention["name"] == .word(name))
    #expect(convention["centering"] == .word(centering))
    #expect(convention["within_weights"] == .word(within))
    let text = try CollapseCommand.run(["analyze", folder("a.h5")] + arguments).output
    #expect(text.contains("  convention \(name) (global mean: \(centering), within: \(within), "))
    _ = try CollapseCommand.run(
      ["analyze", folder("a.h5"), "-o", folder("m.csv"), "--quiet"] + arguments)
    let stated = try records(folder("m.csv"))[0]["convention"]!
    #expect(name == "custom" ? stated.hasPrefix("custom (global mean: ") : stated == name)
  }

  @Test func theWeightDecayOfTheFileGivesTheRegularizedOptimum() throws {
    try SmallFeatures(weightDecay: 0.01).write(folder("a.h5"))
    let last = try AnalyzedLayer.analyze([folder("a.h5")])[1]
    let product = 2.0 / 3 * log(3.0.squareRoot() / 0.01 - 2)
    #expect(abs(last.value("optimal_norm_product")! - product) <= 1e-12)
    let least = log1p(2 * exp(-1.5 * product)) + 0.01 * 3.0.squareRoot() * product
    #expect(abs(last.value("optimal_regularized_loss")! - least) <= 1e-12)
    let stated = try AnalyzedLayer.analyze([folder("a.h5"), "--weight-decay", "0.9"])[1]
    #expect(stated.value("optimal_norm_product") == 0)
  }

  @Test func anOutOfDistributionFileIsMeasuredLayerByLayer() throws {
    try SmallFeatures().write(folder("a.h5"))
    var noise = SmallFeatures(split: "noise")
    noise.labels = (0..<40).map { _ in 1 }
    try noise.write(folder("noise.h5"))
    let layers = try AnalyzedLayer.analyze([folder("a.h5"), "--ood", folder("noise.h5")])
    let own = try AnalyzedLayer.analyze([folder("a.h5")])
    for (layer, without) in zip(layers, own) {
      let value = try #require(layer.value("nc5_orthogonality"))
      #expect(value > 0 && value < 1)
      #expect(without.undefined["nc5_orthogonality"] == "no out-of-distribution set")
    }
    #expect(layers[0].value("nc5_orthogonality") != layers[1].value("nc5_orthogonality"))
  }

  /// A layer before the last has no classifier; everything else is measured against depth.
  @Test func everyLayerIsMeasured() throws {
    try SmallFeatures().write(folder("a.h5"))
    let layers = try AnalyzedLayer.analyze([folder("a.h5"), "--spectrum"])
    #expect(layers.map(\.layer) == ["fc1", "fc2"])
    #expect(layers.map(\.report.dimension) == [3, 5])
    #expect(layers[0].undefined["nc3_duality_distance"] == "no classifier")
    #expect(layers[1].value("nc3_duality_distance") != nil)
    for key in ["nc1_pinv", "nc1_vci", "cos_intra_min", "nc4_ncc_accuracy", "spectrum_stable_rank"]
    {
      #expect(layers.allSatisfy { $0.value(key) != nil }, "\(key)")
    }
  }

  /// Ten lines a layer, the rest on request; no minus sign that a program could not read.
  @Test func aSummaryIsPrintedAndAllOnRequest() throws {
    try SmallFeatures(layers: [("fc2", 5)]).write(folder("a.h5"))
    let summary = try CollapseCommand.run(["analyze", folder("a.h5")]).output
    let all = try CollapseCommand.run(["analyze", folder("a.h5"), "--all"]).output
    let lines = summary.split(separator: "\n")
    #expect(lines.count == 2 + 10 + 1, "\(summary)")
    #expect(lines.last?.hasSuffix("more with --all") == true)
    #expect(summary.contains("(ideal 0)") && summary.contains("cos_inter_max"))
    #expect(all.contains("Variability (NC1)") && !all.contains("more with --all"))
    #expect(all.split(separator: "\n").count > 60)
    #expect(!(summary + all).contains("\u{2212}"))
  }

  /// `-o` takes the name of either file, and both commands write the one form there is.
  @Test func jsonHasOneForm() throws {
    try SmallFeatures().write(folder("a.h5"))
    let printed = try CollapseCommand.run(["analyze", folder("a.h5"), "--json"]).output
    _ = try CollapseCommand.run(["analyze", folder("a.h5"), "-o", folder("x.json"), "--quiet"])
    #expect(folder.names == ["a.h5", "x.csv", "x.json", "x.pairs.csv"])
    let written = try String(contentsOfFile: folder("x.json"), encoding: .utf8)
    for text in [printed, written] {
      let file = try JSONDecoder().decode(AnalyzedLayer.File.self, from: Data(text.utf8))
      #expect(file.format == "collapse-measures" && file.version == 2)
      #expect(file.measurements.map(\.layer) == ["fc1", "fc2"])
    }
    // The same but for the command that made it.
    func withoutCommand(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { !$0.contains("\"command\": ") }
    }
    #expect(withoutCommand(printed) == withoutCommand(written))
    folder.write(Array(printed.utf8), to: "printed.json")
    let tables = try ["printed.json", "x.json"].map {
      try CollapseCommand.run(["report", folder($0), "--format", "csv"]).output
    }
    #expect(tables[0] == tables[1] && tables[0].contains("fc2"))
  }

  @Test func helpTeachesByExamples() throws {
    let help = try CollapseCommand.run(["analyze", "--help"]).output
    for example in [
      "collapse analyze features.h5", "--means-from train.h5", "--labels-file y.npy", "--shards",
      "'runs/**/features/*.h5' -o measures.csv", "--watch", "--spectrum --convention papyan",
    ] { #expect(help.contains(example), "\(example)") }
    for convention in ["standard", "papyan", "zhu", "he-su", "he-su-balanced"] {
      #expect(help.contains(convention))
    }
  }
}
