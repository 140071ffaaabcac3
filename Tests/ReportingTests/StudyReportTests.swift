import Files
import NeuralCollapse
import Reporting
import TestSupport
import Testing

@Suite struct StudyReportTests {
  static let small = SyntheticStudy(
    weightDecays: [0, 1e-3], seeds: [1, 2], epochs: [0, 2, 8], layers: ["a", "b"], classCount: 4)

  @Test func measuresAreTidy() throws {
    let records = CSVReader.records(Self.small.report.text(as: .csv))
    let header = try #require(records.first)
    // 2 kinds of batch normalization × 2 weight decays × 2 seeds × 3 epochs × 2 layers × 2 splits
    #expect(records.count == 1 + 2 * 2 * 2 * 3 * 2 * 2)
    #expect(records.allSatisfy { $0.count == header.count })
    #expect(
      header.prefix(16) == [
        "run", "dataset", "network", "batch_normalization", "weight_decay", "learning_rate", "seed",
        "epoch", "layer", "layer_index", "split", "convention", "samples", "features", "classes",
        "means_from",
      ])
    let catalogue = Measure.catalogue.map(\.key)
    let measured = Array(header.dropFirst(16))
    #expect(measured == catalogue.filter(measured.contains))
    let record = try #require(Self.small.report.runs.first?.measurements.first)
    let column = try #require(header.firstIndex(of: "nc1_pinv"))
    #expect(records[1][column] == "\(try #require(record.value("nc1_pinv")))")
  }

  @Test func undefinedMeasuresAreEmptyFields() throws {
    var study = Self.small
    study.weightDecays = [0.05]
    study.epochs = [0, 50]
    study.batchNormalizations = ["all"]
    let report = study.report
    let records = CSVReader.records(report.text(as: .csv))
    let column = try #require(records[0].firstIndex(of: "cos_intra_min"))
    #expect(records.last?[column] == "")
    #expect(report.terminalText.contains("–"))
  }

  @Test func jsonReadsBack() throws {
    var report = Self.small.report
    report.runs[0].history[0].trainingLoss = .nan
    report.runs[0].history[1].trainingLoss = .infinity
    let text = try report.json()
    let back = try StudyReport(json: text)
    #expect(try back.json() == text)
    #expect(back.runs[0].history[0].trainingLoss.isNaN)
    #expect(back.runs[0].history[1].trainingLoss == .infinity)
    #expect(back.runs[1].history == report.runs[1].history)
    let last = try #require(report.runs[1].headline)
    #expect(back.runs[1].headline == last)
    #expect(back.text(as: .csv) == report.text(as: .csv))
  }

  /// Symmetric tables give each pair once, others twice; classes give one row each.
  @Test func pairs() throws {
    let folder = TemporaryFolder()
    try Self.small.report.write(to: folder("report"), gnuplot: nil)
    let text = String(decoding: try FileContents.read(folder("report/pairs.csv")), as: UTF8.self)
    let records = CSVReader.records(text).dropFirst()
    let name = Self.small.report.runs[0].name
    let own = records.filter { $0[0] == name && $0[2] == "b" && $0[3] == "train" }
    let counts = Dictionary(grouping: own) { $0[4] }.mapValues(\.count)
    #expect(counts == ["cos_inter": 4 * 3 / 2, "cos_intra": 4, "nc3_cosine": 4 * 4])
    #expect(Set(own.map { $0[1] }) == ["8"])
  }

  @Test func terminalTableEndsWithPerfectCollapse() throws {
    let lines = Self.small.report.terminalText.split(separator: "\n")
    #expect(lines.last?.split(separator: " ").suffix(4) == ["1.000", "−0.333", "0", "0"])
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  /// Runs as a pipeline names them: the terminal shows what the columns beside do not say.
  @Test(arguments: [
    (["", ""], ["f38712b0", "d5687eba"]),
    (["_seed-1", "_seed-2"], ["seed-1", "seed-2"]),
    (
      ["_training.learningRate-0.05_seed-1", "_training.learningRate-0.1_seed-1"],
      ["…Rate-0.05_seed-1", "…gRate-0.1_seed-1"]
    ),
  ]) func terminalTableNamesRunsByWhatDiffers(ends: [String], shown: [String]) throws {
    var report = Self.small.report
    report.runs = [0, 4].map { report.runs[$0] }
    for (index, stamp) in ["f38712b0", "d5687eba"].enumerated() {
      report.runs[index].name =
        "batchNormalization-all_weightDecay-\(index)e-5\(ends[index])-\(stamp)"
    }
    let lines = report.terminalText.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    let names = lines.suffix(3).prefix(2).map { String($0.prefix { $0 != " " }) }
    #expect(names == shown)
  }

  /// A name that is not a run's own is never shortened to one that another run has too.
  @Test func terminalTableKeepsNamesApart() throws {
    var report = Self.small.report
    let folder = "/data/elsewhere/with-a-long-name"
    for index in report.runs.indices {
      report.runs[index].name = "\(folder)/\(index)/features-of-the-last-layer-of-all.npz"
    }
    let lines = report.terminalText.split(separator: "\n").suffix(report.runs.count + 1)
    let names = lines.dropLast().map { String($0.prefix { $0 != " " }) }
    #expect(Set(names).count == report.runs.count)
    #expect(names.allSatisfy { !$0.hasPrefix(folder) })
  }

  /// What all runs share stands at the head of the page; a run that failed must be seen.
  @Test func runsTableShowsWhatTellsRunsApart() {
    var report = Self.small.report
    #expect(!report.text(as: .markdown).contains("conic-hull"))
    #expect(!report.text(as: .markdown).contains("finished"))
    report.runs[3].state = .failed
    report.runs[3].dataset = "mnist"
    #expect(report.text(as: .markdown).contains("| failed | mnist |"))
  }

  @Test func seedsBeyondSignedIntegersAreKept() throws {
    var report = Self.small.report
    report.runs[0].seed = .max
    let records = CSVReader.records(report.text(as: .csv))
    #expect(records[1][6] == "18446744073709551615")
  }

  @Test func emptyStudyMakesAPage() throws {
    let folder = TemporaryFolder()
    let report = StudyReport(title: "Nothing yet", runs: [RunRecord(name: "a", state: .waiting)])
    try report.write(to: folder("report"), gnuplot: nil)
    let page = String(decoding: try FileContents.read(folder("report/index.html")), as: UTF8.self)
    #expect(page.contains("Nothing yet"))
    #expect(page.contains("Figures left out"))
    #expect(!page.contains("nil"))
  }

  @Test func failedWriteNamesTheFile() throws {
    let folder = TemporaryFolder()
    folder.write([1], to: "report/index.html/in-the-way")
    let error = #expect(throws: FileError.self) {
      try Self.small.report.write(to: folder("report"), gnuplot: nil)
    }
    #expect(
      error?.description
        == "cannot write '\(folder("report"))/index.html': it is a folder, expected a file")
  }
}
