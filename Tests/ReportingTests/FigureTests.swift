import Files
import FoundationEssentials
import NeuralCollapse
import Reporting
import TestSupport
import Testing

@Suite struct FigureTests {
  /// Every kind has data in this study.
  static let study = SyntheticStudy(
    weightDecays: [0, 1e-4, 1e-3], learningRates: [0.01, 0.1], seeds: [1, 2],
    epochs: [0, 1, 4, 20], classCount: 4)

  static let kinds = [
    "cosines-weight-decay", "training", "optimality", "alignment", "projection", "depth",
    "margins", "spectrum", "weight-decay-learning-rate",
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
    for kind in Self.kinds {
      #expect(page.contains("<figure id=\"figure-\(kind)\">"))
      #expect(paths.contains { $0.contains("/\(kind)-") && $0.hasSuffix(".svg") }, "\(kind)")
      #expect(paths.contains { $0.hasSuffix("/\(kind).gnuplot") })
      #expect(paths.contains { $0.hasSuffix("/\(kind).csv") })
    }
    let pictures = paths.filter { $0.hasSuffix(".svg") }.count
    #expect(page.components(separatedBy: "<svg ").count - 1 == pictures)
    #expect(paths.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    let names = try FileManager.default.contentsOfDirectory(atPath: folder("report/figures"))
    #expect(names.allSatisfy { !$0.hasPrefix(".") })
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
      "the runs do not differ in weight decay", "nothing was recorded at more than one epoch",
      "only one layer was measured", "no run has features projected",
      "the runs do not differ in both weight decay and learning rate",
    ] { #expect(page.contains(reason)) }
    for kind in ["alignment", "margins", "spectrum"] {
      #expect(page.contains("<figure id=\"figure-\(kind)\">"))
    }
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
      report.runs[index].dataset = hostile + (index.isMultiple(of: 2) ? "a" : "b")
      report.runs[index].network = hostile
      report.runs[index].batchNormalization = hostile
      report.runs[index].projection?.classes = [hostile, hostile, hostile]
      for place in report.runs[index].measurements.indices {
        report.runs[index].measurements[place].layer += hostile
        report.runs[index].measurements[place].report.warnings = [hostile]
        for label in report.runs[index].measurements[place].report.classes.indices {
          report.runs[index].measurements[place].report.classes[label].name = hostile
        }
      }
    }
    try report.write(to: folder("report"))
    let page = try Self.page(folder)
    #expect(!page.contains("<script>alert"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(!page.contains("gnuplot could not"))
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
