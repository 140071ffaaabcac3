import CollapseCore
import Files
import Foundation
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
      header.prefix(19) == [
        "run", "file", "dataset", "network", "batch_normalization", "weight_decay", "learning_rate",
        "seed",
        "epoch", "layer", "layer_index", "split", "convention", "means_from",
        "train_loss", "train_accuracy", "samples", "features",
        "classes",
      ])
    let catalogue = Measure.catalogue.map(\.key)
    let measured = Array(header.dropFirst(19))
    #expect(measured == catalogue.filter(measured.contains))
    let record = try #require(Self.small.report.runs.first?.measurements.first)
    let column = try #require(header.firstIndex(of: "nc1_pinv"))
    #expect(records[1][column] == (try #require(record.value(named: "nc1_pinv"))).shortestText)
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
    report.runs[0].facts.seed = .max
    report.runs[0].facts.options["training.optimizer.kind"] = .word("adam")
    report.about = ["pan-cao"]
    let text = report.shortJSON.text
    let back = try MeasuresFile(json: Array(text.utf8)).report
    #expect(back.shortJSON.text == text)
    #expect(back.runs[0].history[0].trainingLoss.isNaN)
    #expect(back.runs[0].history[1].trainingLoss == .infinity)
    #expect(back.runs[0].facts == report.runs[0].facts)
    #expect(back.runs[1].history == report.runs[1].history)
    let last = try #require(report.runs[1].headline)
    #expect(back.runs[1].headline == last)
    #expect(back.text(as: .csv) == report.text(as: .csv))
  }

  /// Whatever a grid varies is an axis: a column, a setting of its own and never a repetition.
  @Test(arguments: [
    ("training.optimizer.kind", "optimizer", [Condition.Value.word("adam"), .word("sgd")]),
    ("network.widthMultiplier", "width_multiplier", [.number(0.5), .number(1)]),
    ("training.precision", "precision", [.word("bfloat16"), .word("float32")]),
    ("dataset.shaping.imbalance.factor", "shaping_imbalance_factor", [.number(10), .number(100)]),
    ("training.epochs", "epochs", [.number(8), .number(12)]),
    ("network.classifierBias", "classifier_bias", [.flag(false), .flag(true)]),
  ]) func everyOptionIsAnAxis(
    path: String, column: String, values: [Condition.Value]
  ) throws {
    var study = Self.small
    study.batchNormalizations = ["all"]
    study.weightDecays = [1e-3]
    study.seeds = [1, 2, 3, 4]
    var report = study.report
    for index in report.runs.indices {
      report.runs[index].facts.options[path] = values[index / 2]
      report.runs[index].facts.seed = UInt64(index % 2)
    }
    let records = CSVReader.records(report.text(as: .csv))
    let place = try #require(records[0].firstIndex(of: column))
    #expect(Set(records.dropFirst().map { $0[place] }) == Set(values.map(\.description)))
    let settings = report.text(as: .markdown).split(separator: "\n").filter { $0.hasPrefix("|") }
    // A heading, a rule, and a row per value, of two seeds each.
    #expect(settings[2].hasSuffix("| 2 |") && settings[3].hasSuffix("| 2 |"), "\(settings[2])")
    #expect(!settings[0].contains("setting"))
  }

  /// Runs of one condition and one seed, or none, are no repetitions: each has its name.
  @Test(arguments: [[nil, nil], [1, 1], [1, nil]] as [[UInt64?]])
  func runsThatNothingTellsApartAreNotRepetitions(seeds: [UInt64?]) throws {
    var report = Self.small.report
    report.runs = [report.runs[0], report.runs[1]]
    for index in report.runs.indices { report.runs[index].facts.seed = seeds[index] }
    let markdown = report.text(as: .markdown)
    let rows = markdown.split(separator: "\n").filter { $0.hasPrefix("|") }.prefix(4)
    #expect(rows.dropFirst(2).allSatisfy { $0.hasSuffix("| 1 |") }, "\(rows)")
    let folder = TemporaryFolder()
    try report.write(to: folder("report"), gnuplot: nil)
    let page = String(decoding: try FileContents.read(folder("report/index.html")), as: UTF8.self)
    #expect(page.contains("Nothing these runs state tells them apart"))
  }

  /// Fields of one kind of thing are no axes beside it: momentum goes with the optimizer that has
  /// it, the normalization's λ with the classifier's.
  @Test func whatAnotherAxisDecidesIsNone() throws {
    var report = Self.small.report
    for index in report.runs.indices {
      let isAdam = report.runs[index].facts.weightDecay == 0
      report.runs[index].facts.options = Condition([
        "training.optimizer.kind": .word(isAdam ? "adam" : "sgd"),
        "training.weightDecay.normalization": .number(report.runs[index].facts.weightDecay ?? 0),
      ])
      if !isAdam {
        report.runs[index].facts.options["training.optimizer.momentum"] = .number(0.9)
      }
    }
    let header = CSVReader.records(report.text(as: .csv))[0]
    #expect(header.contains("optimizer"))
    #expect(!header.contains("optimizer_momentum"))
    #expect(!header.contains { $0.hasPrefix("weight_decay_") })
  }

  @Test func columnsCanBeChosen() throws {
    let report = Self.small.report
    let text = try report.text(as: .latex, columns: ["weight_decay", "nc1_pinv", "run"])
    #expect(text.hasPrefix("% In the preamble: \\usepackage{booktabs}"))
    // The table of settings has no runs.
    #expect(text.contains("\\begin{tabular}{rrl}") && text.ranges(of: "\\begin{table}").count == 1)
    let error = #expect(throws: UnknownColumn.self) {
      try report.text(as: .csv, columns: ["nope"])
    }
    #expect(error?.name == "nope" && error?.known.contains("nc1_pinv") == true)
  }

  /// Symmetric tables give each pair once, others twice; classes give one row each.
  @Test func pairs() throws {
    let folder = TemporaryFolder()
    try Self.small.report.write(to: folder("report"), gnuplot: nil)
    let text = String(decoding: try FileContents.read(folder("report/pairs.csv")), as: UTF8.self)
    let records = CSVReader.records(text).dropFirst()
    let name = Self.small.report.runs[0].name
    let own = records.filter { $0[0] == name && $0[3] == "b" && $0[4] == "train" }
    let counts = Dictionary(grouping: own) { $0[5] }.mapValues(\.count)
    #expect(counts == ["cos_inter": 4 * 3 / 2, "cos_intra": 4, "nc3_cosine": 4 * 4])
    #expect(Set(own.map { $0[2] }) == ["8"])
    #expect(own.allSatisfy { $0[6].hasPrefix("class ") })
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
    report.runs[3].facts.dataset = "mnist"
    #expect(report.text(as: .markdown).contains("| failed | mnist |"))
  }

  @Test func seedsBeyondSignedIntegersAreKept() throws {
    var report = Self.small.report
    report.runs[0].facts.seed = .max
    let records = CSVReader.records(report.text(as: .csv))
    #expect(records[1][7] == "18446744073709551615")
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
