import CollapseCore
import Files
import Foundation
import NeuralCollapse
import Reporting
import TestSupport
import Testing

@Suite struct FigureTests {
  /// Every kind has data in this study.
  static let study = SyntheticStudy(
    weightDecays: [0, 1e-4, 1e-3], learningRates: [0.01, 0.1], seeds: [1, 2],
    epochs: [0, 1, 4, 20], classCount: 4, isMeasuredOnRequest: true)

  static let kinds = [
    "cosines-weight-decay", "cosines-learning-rate", "training", "optimality", "alignment",
    "seven-panels", "projection", "depth", "margins", "spectrum", "class-spectra",
    "out-of-distribution", "weight-decay-learning-rate",
  ]

  static func page(_ folder: TemporaryFolder) throws -> String {
    String(decoding: try FileContents.read(folder("report/index.html")), as: UTF8.self)
  }

  @Test(.enabled(if: Gnuplot.installed != nil, "needs gnuplot"))
  func everyKindIsDrawn() throws {
    let folder = TemporaryFolder()
    let paths = try Self.study.report.write(to: folder("report"))
    let page = try Self.page(folder)
    #expect(!page.contains("gnuplot could not"))
    #expect(!page.contains("Figures left out"))
    let drawn = paths.filter { $0.contains("/figures/") }
    let figures = Set(drawn.map { $0.split(separator: "/").last! })
    let pictures = figures.filter { $0.hasSuffix(".svg") }
    for kind in Self.kinds {
      #expect(page.contains("<figure id=\"figure-\(kind)\">"))
      let own = pictures.filter { $0.hasPrefix("\(kind)-") }
      #expect(!own.isEmpty, "\(kind)")
      #expect(figures.isSuperset(of: ["\(kind).gnuplot", "\(kind).csv"]))
    }
    #expect(page.components(separatedBy: "<svg ").count - 1 == pictures.count)
    // Exactly what the report says it wrote lies there, and nothing unfinished.
    let files = try FileManager.default.contentsOfDirectory(atPath: folder("report/figures"))
    #expect(Set(files.map { $0[...] }) == figures)
  }

  /// Sets are called what their keys say, even one that ends like a score; a histogram and its rates
  /// stand side by side.
  @Test func everyOutOfDistributionSetHasItsPanels() throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"), gnuplot: nil)
    let script = String(
      decoding: try FileContents.read(folder("report/figures/out-of-distribution.gnuplot")),
      as: UTF8.self)
    for set in ["letters", "far_neco"] {
      for score in ["neco", "neco_logit", "nci"] {
        for kind in ["scores", "rates"] {
          let name = "-\(kind)-\(set)-\(score)'".replacing("_", with: "-")
          #expect(script.contains(name), "\(name)")
        }
      }
    }
    let data = String(
      decoding: try FileContents.read(folder("report/figures/out-of-distribution.csv")),
      as: UTF8.self)
    #expect(data.contains(",far_neco,neco_logit,"))
    #expect(!data.contains(",far,"))
  }

  /// Studies that did not ask for them lack nothing.
  @Test func whatWasNotAskedForIsNotMissed() throws {
    let folder = TemporaryFolder()
    try SyntheticStudy(weightDecays: [0], seeds: [1], epochs: [0, 1]).report
      .write(to: folder("report"), gnuplot: nil)
    let page = try Self.page(folder)
    for title in ["Out-of-distribution scores", "Spectrum of each class", "RankMe, rank"] {
      #expect(!page.contains(title), "\(title)")
    }
  }

  /// A reader who runs the script beside a figure gets the same picture.
  @Test(.enabled(if: Gnuplot.installed != nil, "needs gnuplot"))
  func scriptsDrawTheSamePictures() throws {
    let folder = TemporaryFolder()
    let paths = try Self.study.report.write(to: folder("report"))
    let pictures = paths.filter { $0.hasSuffix(".svg") }
    let before = try pictures.map { try FileContents.read($0) }
    for kind in Self.kinds {
      let outcome = try Subprocess.run(
        Gnuplot.installed!.path, ["\(kind).gnuplot"], in: folder("report/figures"))
      #expect(outcome.status == 0)
      #expect(outcome.errors == "", "\(kind)")
    }
    #expect(try pictures.map { try FileContents.read($0) } == before)
  }

  /// A series whose rows were taken away is not drawn from another's, and rows that were mixed are
  /// refused.
  @Test(.enabled(if: Gnuplot.installed != nil, "needs gnuplot"))
  func editedDataIsDrawnAsItIs() throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"))
    let place = folder("report/figures")
    func draw(_ rows: [Substring]) throws -> Subprocess.Outcome {
      try AtomicFile.write(rows.joined(separator: "\n") + "\n", to: "\(place)/margins.csv")
      return try Subprocess.run(Gnuplot.installed!.path, ["margins.gnuplot"], in: place)
    }
    func curves() throws -> Int {
      let names = try FileManager.default.contentsOfDirectory(atPath: place)
      return try names.filter { $0.hasPrefix("margins-") && $0.hasSuffix(".svg") }.reduce(0) {
        let text = String(decoding: try FileContents.read("\(place)/\($1)"), as: UTF8.self)
        return $0 + text.components(separatedBy: "<path ").count
      }
    }
    let text = String(decoding: try FileContents.read("\(place)/margins.csv"), as: UTF8.self)
    let rows = text.split(separator: "\n")
    let all = try curves()
    #expect(try draw(rows.filter { !$0.hasPrefix("0,") }).status == 0)
    #expect(try curves() < all)
    let mixed =
      rows.prefix(1)
      + rows.dropFirst().sorted { $0.reversed().lexicographicallyPrecedes($1.reversed()) }
    let outcome = try draw(Array(mixed))
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(" stand apart: sort margins.csv by its column 'series'"))
  }

  /// With several facets each title has two lines, and none is longer than its panel is wide.
  @Test func titlesFitTheirPanels() throws {
    let folder = TemporaryFolder()
    var report = Self.study.report
    let half = report.runs.count / 2
    for index in report.runs.indices {
      report.runs[index].facts.dataset =
        "data/a/folder/with/a/long/name/\(index < half ? "idx" : "png")"
    }
    try report.write(to: folder("report"), gnuplot: nil)
    for kind in Self.kinds where kind != "optimality" {
      let script = String(
        decoding: try FileContents.read(folder("report/figures/\(kind).gnuplot")), as: UTF8.self)
      let titles = script.split(separator: "\n").filter { $0.hasPrefix("set title") }
      #expect(!titles.isEmpty)
      for title in titles {
        let lines = title.split(separator: "'.\"\\n\".'")
        #expect(lines.count == 2, "\(title)")
        #expect(lines.allSatisfy { $0.count <= 75 }, "\(title)")
      }
    }
  }

  /// However near each other the values lie, no two ticks of an axis have one label.
  @Test(arguments: [[2.3, 2.34], [1.1e-4, 1.10002e-4], [0.998, 1.002], [3, 3], [1.9, 4.1]])
  func ticksHaveLabelsOfTheirOwn(values: [Double]) throws {
    let folder = TemporaryFolder()
    var report = Self.study.report
    for run in report.runs.indices {
      for place in report.runs[run].measurements.indices {
        let measures = report.runs[run].measurements[place].report.measures
        report.runs[run].measurements[place].report.measures = measures.map { key, value in
          (key, key == "nc1_pinv" ? .value(values[place % 2]) : value)
        }
      }
    }
    try report.write(to: folder("report"), gnuplot: nil)
    for kind in ["training", "depth", "optimality"] {
      let script = String(
        decoding: try FileContents.read(folder("report/figures/\(kind).gnuplot")), as: UTF8.self)
      let axes = script.matches(of: /set [xy]tics \((.*)\)/)
      #expect(!axes.isEmpty)
      for axis in axes {
        // A name above a number of features is one label.
        let labels = axis.1.replacing("'.\"\\n\".'", with: " ").matches(of: /'([^']+)'/).map {
          String($0.1)
        }
        #expect(!labels.isEmpty && Set(labels).count == labels.count, "\(axis.1)")
      }
    }
  }

  /// Lines of every weight decay stand out from the ground by the contrast that WCAG 2.2 asks of
  /// graphics, and each has a colour of its own.
  @Test(arguments: [(0, "ffffff"), (1, "14171c")])
  func linesStandOutFromTheGround(theme: Int, ground: String) throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"), gnuplot: nil)
    let styles = try Self.page(folder).matches(of: /:root\{([^}]*)\}/).map(\.1)
    let style = try #require(styles.dropFirst(theme).first)
    #expect(style.contains("--ground:#\(ground)"))
    let inks = style.matches(of: /--(?:step|kind)-\d+:#([0-9a-f]{6})/).map { String($0.1) }
    #expect(inks.count == 18 && Set(inks).count == 18)
    for ink in inks {
      let pair = [Self.luminance(ink), Self.luminance(ground)].sorted()
      #expect((pair[1] + 0.05) / (pair[0] + 0.05) >= (theme == 0 ? 2.9 : 4), "\(ink)")
    }
  }

  /// Relative luminance of `rrggbb` after WCAG 2.2.
  private static func luminance(_ colour: String) -> Double {
    let number = Int(colour, radix: 16)!
    let parts = [number >> 16, number >> 8, number].map { part -> Double in
      let value = Double(part & 0xff) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  /// Numbers in the cells of colour maps are written as on axes.
  @Test(.enabled(if: Gnuplot.installed != nil, "needs gnuplot"))
  func numbersInPicturesHaveAMinusSign() throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"))
    let page = try Self.page(folder)
    #expect(page.contains(/>\s*−0\.\d\d\s*</))
    #expect(!page.contains(/>\s*-[0-9]/))
    #expect(!page.contains("−0.00<"))
  }

  @Test func weightDecayZeroHasATickOfItsOwn() throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"), gnuplot: nil)
    let path = folder("report/figures/cosines-weight-decay.gnuplot")
    let script = String(decoding: try FileContents.read(path), as: UTF8.self)
    let ticks = try #require(script.firstRange(of: "set xtics ('0' "))
    let place = try #require(Double(script[ticks.upperBound...].prefix { $0 != "," }))
    #expect(place > 0 && place < 1e-4)
  }

  @Test func withoutGnuplotThePageSaysWhatToInstall() throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"), gnuplot: nil)
    let page = try Self.page(folder)
    #expect(page.contains("apt install gnuplot-nox"))
    #expect(!page.contains("<svg "))
    for kind in Self.kinds {
      #expect(FileManager.default.fileExists(atPath: folder("report/figures/\(kind).gnuplot")))
    }
  }

  @Test func brokenGnuplotLeavesAReport() throws {
    let folder = TemporaryFolder()
    folder.write(Array("#!/bin/sh\necho 'out of ink' >&2\nexit 3\n".utf8), to: "gnuplot")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder("gnuplot"))
    try Self.study.report.write(to: folder("report"), gnuplot: Gnuplot(path: folder("gnuplot")))
    #expect(try Self.page(folder).contains("gnuplot could not draw this figure: out of ink"))
  }

  /// One set of features from elsewhere: most kinds have nothing to show and say so.
  @Test func absentFiguresSayWhy() throws {
    let folder = TemporaryFolder()
    let study = SyntheticStudy(
      batchNormalizations: [nil], weightDecays: [nil], learningRates: [nil], seeds: [1],
      epochs: [5], layers: ["features"], hasProjections: false)
    var report = study.report
    report.runs[0].history = []
    try report.write(to: folder("report"), gnuplot: nil)
    let page = try Self.page(folder)
    for reason in [
      "the runs do not differ in weight decay or another number",
      "nothing was recorded at more than one epoch",
      "only one layer was measured", "no run has features projected",
      "the runs do not differ in both weight decay and learning rate",
    ] { #expect(page.contains(reason)) }
    for kind in ["alignment", "margins", "spectrum"] {
      #expect(page.contains("<figure id=\"figure-\(kind)\">"))
    }
  }

  /// The numbers of a plain network's layers count what nobody looks at; a block's name is its own.
  @Test func layersOfPlainNetworksAreCalledByTheirPlace() throws {
    let folder = TemporaryFolder()
    let study = SyntheticStudy(
      seeds: [1], epochs: [5], layers: ["features.2", "features.5", "layer1.0"],
      hasProjections: false)
    try study.report.write(to: folder("report"), gnuplot: nil)
    let script = String(
      decoding: try FileContents.read(folder("report/figures/depth.gnuplot")), as: UTF8.self)
    for name in ["'layer 1'", "'layer 2'", "'layer1.0'"] { #expect(script.contains(name)) }
    #expect(!script.contains("'features."))
  }

  @Test func aNewReportTakesOldFiguresAway() throws {
    let folder = TemporaryFolder()
    folder.write([1], to: "report/figures/training-9-old.svg")
    folder.write([1], to: "report/figures/mine.svg")
    try Self.study.report.write(to: folder("report"), gnuplot: nil)
    #expect(!FileManager.default.fileExists(atPath: folder("report/figures/training-9-old.svg")))
    #expect(FileManager.default.fileExists(atPath: folder("report/figures/mine.svg")))
  }

  /// Names come from files and configurations: none may become a command or markup.
  @Test func hostileNamesStayText() throws {
    let folder = TemporaryFolder()
    let hostile =
      "x'\"`touch \(folder("owned"))`\\{^}_@&~<script>alert(1)</script>\n;!ls %s {{title}}"
    var report = Self.study.report
    report.title = hostile
    report.summary = hostile
    report.configuration = hostile
    report.command = hostile
    for index in report.runs.indices {
      report.runs[index].name += hostile
      report.runs[index].facts.dataset = hostile + (index.isMultiple(of: 2) ? "a" : "b")
      report.runs[index].facts.network = hostile
      report.runs[index].facts.loss = hostile + (index.isMultiple(of: 3) ? "a" : "b")
      report.runs[index].facts.options["training.'); \(hostile)"] = .number(Double(index % 2))
      report.runs[index].projection?.classes = [hostile, hostile, hostile]
      for place in report.runs[index].measurements.indices {
        report.runs[index].measurements[place].layer += hostile
        report.runs[index].measurements[place].report.warnings = [hostile]
        report.runs[index].measurements[place].report.notes = [hostile]
        for label in report.runs[index].measurements[place].report.classes.indices {
          report.runs[index].measurements[place].report.classes[label].name = hostile
        }
      }
    }
    try report.write(to: folder("report"))
    let page = try Self.page(folder)
    #expect(!page.contains("<script>alert"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(page.matches(of: /gnuplot could not.{0,300}/).map { String($0.0) } == [])
    #expect(!FileManager.default.fileExists(atPath: folder("owned")))
    #expect(page.contains("{{title}}"))
  }

  @Test(.enabled(if: Gnuplot.installed != nil, "needs gnuplot"))
  func pictureNamesAreUniqueAndColoursFollowTheTheme() throws {
    let folder = TemporaryFolder()
    try Self.study.report.write(to: folder("report"))
    let page = try Self.page(folder)
    let ids = page.matches(of: /\bid=["']([^"']+)["']/).map { String($0.1) }
    #expect(Set(ids).count == ids.count)
    #expect(page.contains("var(--kind-0)"))
    #expect(!page.contains("rgb(  0, 114, 178)"))
    let references = Set(page.matches(of: /href='#([^']+)'/).map { String($0.1) })
    #expect(references.isSubset(of: Set(ids)))
  }
}
