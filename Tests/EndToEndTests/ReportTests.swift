import Foundation
import TestSupport
import Testing

/// `collapse report` as a user runs it: of runs, of analyses, of what is neither.
@Suite struct ReportTests {
  let folder = TemporaryFolder()

  private func report(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(["report"] + arguments)
  }

  /// The features of four runs of three epochs, measured file by file, say what the runs said.
  @Test func anAnalysisOfRunsIsReportedAsTheRuns() throws {
    let pipeline = folder.write(
      Array(
        """
        name: tiny
        dataset:
          train: { path: data/sample/idx }
          test: { path: data/sample/png }
          shaping: { perClass: 20 }
        network: { kind: mlp, widths: [16, 8] }
        training: { epochs: 3, batchSize: 32, checkpoints: { everyEpochs: 1 } }
        grid:
          training.weightDecay: [1e-4, 1e-2]
          training.learningRate: [0.02, 0.1]
          training.seed: [1, 2]
        """.utf8), to: "tiny.yaml")
    let run = try CollapseCommand.run(["run", pipeline, "--runs", folder("runs"), "--quiet"])
    try #require(run.exitCode == 0, "\(run.errors)")
    let analysis = try CollapseCommand.run([
      "analyze", folder("runs/**/features/*.h5"), "-o", folder("m.csv"), "--quiet",
    ])
    try #require(analysis.exitCode == 0, "\(analysis.errors)")

    func settings(_ path: String) throws -> [Substring] {
      let result = try report([folder(path), "--format", "markdown", "--quiet"])
      #expect(result.exitCode == 0, "\(result.errors)")
      let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
      let first = try #require(lines.firstIndex { $0.hasPrefix("|") })
      return Array(lines[first...].prefix { $0.hasPrefix("|") })
    }
    let ofRuns = try settings("runs/tiny/*/measures.json")
    // A heading, a rule, and a line per weight decay and learning rate.
    #expect(ofRuns.count == 2 + 4)
    #expect(try settings("m.json") == ofRuns)

    func rows(_ path: String) throws -> [[String]] {
      CSVReader.records(try report([folder(path), "--format", "csv", "--quiet"]).output).dropFirst()
        .map { Array($0[0..<1] + $0[5..<9] + $0[11..<12]) }.sorted { $0.joined() < $1.joined() }
    }
    #expect(try rows("m.json") == rows("runs/tiny/*/measures.json"))
  }

  /// Files of other programs that state nothing are not taken for epochs of one run.
  @Test func filesThatStateNothingStayApart() throws {
    for name in ["a", "b"] {
      var features = SmallFeatures(split: nil, epoch: 0)
      features.seed = name == "a" ? 1 : 2
      try features.write(folder("\(name).h5"))
    }
    _ = try CollapseCommand.run(["analyze", folder("*.h5"), "-o", folder("m.csv"), "--quiet"])
    let result = try report([folder("m.json"), "--format", "csv"])
    let runs = CSVReader.records(result.output).dropFirst().map { $0[0] }
    #expect(Set(runs) == [folder("a.h5"), folder("b.h5")])
  }

  /// A run of several files is called by what their names share, and by no one of them; its epochs
  /// come in the order of the training.
  @Test(arguments: [
    (["epoch_1", "epoch_20", "epoch_5"], ["epoch_*.h5"]),
    (["resnet_ep1", "resnet_ep20", "vgg_ep1", "vgg_ep5", "vgg_ep20"], ["resnet", "vgg"]),
  ])
  func filesOfARunShareItsName(names: [String], runs: [String]) throws {
    for name in names {
      let epoch = try #require(Int(name.drop { !$0.isNumber }))
      try SmallFeatures(epoch: epoch).write(folder("\(name).h5"))
    }
    let analysis = try CollapseCommand.run(
      ["analyze", "*.h5", "-o", "m.csv", "--quiet"], in: folder.path)
    #expect(analysis.exitCode == 0, "\(analysis.errors)")
    let table = CSVReader.records(
      try String(contentsOfFile: folder("m.csv"), encoding: .utf8))
    let epoch = try #require(table[0].firstIndex(of: "epoch"))
    var found: [String: [Int]] = [:]
    for row in table.dropFirst() { found[row[0], default: []].append(Int(row[epoch]) ?? -1) }
    #expect(found.keys.sorted() == runs)
    #expect(found.values.allSatisfy { $0 == $0.sorted() })
  }

  /// Tables for a paper: the columns asked for, in a file.
  @Test func tablesGoToAFile() throws {
    try SmallFeatures().write(folder("a.h5"))
    _ = try CollapseCommand.run(["analyze", folder("a.h5"), "-o", folder("m.csv"), "--quiet"])
    let result = try report([
      folder("m.json"), "--format", "latex", "-o", folder("t.tex"), "--columns", "run,nc1_pinv",
    ])
    #expect(result.exitCode == 0 && result.output == "", "\(result.errors)")
    let text = try String(contentsOfFile: folder("t.tex"), encoding: .utf8)
    #expect(text.contains("booktabs") && text.contains("\\begin{tabular}{lr}"))
    // The table of settings has no runs: it is not asked for.
    #expect(text.ranges(of: "\\begin{table}").count == 1)
    let more = try report([
      folder("m.json"), "--format", "markdown", "--columns", "run,nc1_cdnv", "--quiet",
    ])
    #expect(more.exitCode == 0, "\(more.errors)")
    let value = try #require(
      AnalyzedLayer.analyze([folder("a.h5")]).last?.value("nc1_cdnv"))
    #expect(more.output.contains("| run | nc1\\_cdnv |"), "\(more.output)")
    let cells = more.output.split(whereSeparator: \.isNewline).last?.split(separator: "|") ?? []
    let shown = try #require(cells.last.flatMap { Double($0.filter { $0 != " " }) })
    #expect(abs(shown / value - 1) < 0.005)
    let wrong = try report([folder("m.json"), "--format", "csv", "--columns", "nc1"])
    #expect(wrong.exitCode == 64)
    #expect(wrong.errors.hasPrefix("error: --columns: there is no column 'nc1'; there are run, "))
    let alone = try report([folder("m.json"), "--columns", "run"])
    #expect(alone.exitCode == 64 && alone.errors.hasPrefix("error: --columns needs --format\n"))
  }

  @Test func quietIsQuiet() throws {
    try SmallFeatures().write(folder("a.h5"))
    _ = try CollapseCommand.run(["analyze", folder("a.h5"), "-o", folder("m.csv"), "--quiet"])
    let result = try report([folder("m.json"), "-o", folder("report"), "-q"])
    #expect(result.exitCode == 0 && result.output == "" && result.errors == "")
    let page = try String(contentsOfFile: folder("report/index.html"), encoding: .utf8)
    // How to repeat it begins with the analysis.
    #expect(
      page.contains("collapse analyze \(folder("a.h5")) -o \(folder("m.csv"))\ncollapse report"))
  }

  @Test func aPatternThatMatchesNothingIsMissingInput() throws {
    let pattern = folder("nope*/measures.json")
    let result = try report([pattern, "-o", folder("report")])
    #expect(result.exitCode == 66)
    #expect(result.errors == "error: cannot report on '\(pattern)': no file matches\n")
    #expect(folder.names == [])
  }

  @Test func aPlaceThatCannotBeWrittenIsSaid() throws {
    try SmallFeatures().write(folder("a.h5"))
    _ = try CollapseCommand.run(["analyze", folder("a.h5"), "-o", folder("m.csv"), "--quiet"])
    let file = folder.write([1], to: "taken")
    let places = [
      (file, "a file of that name stands there"), ("/proc/x", "no folder can be made in '/proc'"),
    ]
    for (place, reason) in places {
      for option in ["-o", "--tensorboard"] {
        let result = try report([folder("m.json"), option, place])
        #expect(result.exitCode == 73)
        #expect(result.errors == "error: cannot make the folder '\(place)': \(reason)\n")
        #expect(result.output == "")
      }
    }
    // A run says so before it trains.
    let run = try CollapseCommand.run([
      "run", "pipelines/quickstart.yaml", "--runs", folder("runs"), "--tensorboard", file,
    ])
    #expect(run.exitCode == 73)
    #expect(run.errors.hasSuffix("error: cannot make the folder '\(file)': \(places[0].1)\n"))
    #expect(!FileManager.default.fileExists(atPath: folder("runs")))
  }

  @Test(arguments: [
    ("run,dataset\n1,2\n", "no JSON: it begins with 'run,dataset'"),
    ("", "an empty file"), ("\u{89}HDF\u{1}", "no JSON: it is not text"),
    ("[1, 2]", "JSON with a value of another type at '[0]'"),
    ("{\"a\": 1}", "JSON with the keys 'a'"),
  ]) func whatIsNoneOfOurFilesIsNamed(content: String, found: String) throws {
    let path = folder.write(Array(content.utf8), to: "file")
    let result = try report([path, "-o", folder("report")])
    #expect(result.exitCode == 65)
    #expect(
      result.errors == """
        error: cannot read '\(path)': expected the measures.json of a run, an analysis or a \
        report, found \(found)

        """)
  }

  @Test func aKeyThatIsMissingIsNamed() throws {
    let path = folder.write(
      Array("{\"measurements\": [], \"name\": \"a\"}".utf8), to: "measures.json")
    #expect(
      try report([path]).errors == """
        error: cannot read '\(path)': expected the measures.json of a run, an analysis or a \
        report, found JSON without the key 'state'

        """)
  }

  @Test func aSlashAtTheEndOfTheFolderIsNotDoubled() throws {
    try SmallFeatures().write(folder("a.h5"))
    _ = try CollapseCommand.run(["analyze", folder("a.h5"), "-o", folder("m.csv"), "--quiet"])
    let result = try report([folder("m.json"), "-o", folder("report/")])
    #expect(result.output.hasSuffix("report: \(folder("report"))/index.html\n"))
  }
}
