import CollapseCore
import Files
import Reporting
import TestSupport
import Testing

/// Figures of experiments, as scripts and as gnuplot draws them.
@Suite struct LaboratoryFigureTests {
  private let folder = TemporaryFolder()

  private func report(_ series: [LaboratoryFigure.Series], logarithmic: Bool = false)
    -> LaboratoryReport
  {
    let figure = LaboratoryFigure(
      name: "drawn", title: "Drawn", caption: "What it is.", x: .init("x"),
      y: .init("y", logarithmic: logarithmic), panels: [.init(title: "A", series: series)])
    return LaboratoryReport(
      title: "T", summary: "", facts: [], claims: [], tables: [], figures: [figure],
      definitions: [], data: [])
  }

  private func script(_ series: [LaboratoryFigure.Series]) throws -> String {
    _ = try report(series).write(to: folder("report"), gnuplot: nil)
    return String(
      decoding: try FileContents.read(folder("report/figures/drawn.gnuplot")), as: UTF8.self)
  }

  private static let points: [LaboratoryFigure.Series.Point] = [1.0, 2, 3, 4].map { (x: Double) in
    LaboratoryFigure.Series.Point(x: x, y: 3 * x, low: x, high: 5 * x)
  }

  /// A band is what lies between the ends of intervals, which are not drawn again as whiskers; the axis
  /// has room for them.
  @Test func bandsLieBetweenTheEnds() throws {
    let band = try script([.init("range", .band, colour: 0, points: Self.points)])
    #expect(band.contains("with filledcurves") && !band.contains("with vectors nohead"))
    #expect(band.contains("(column('low')):(column('high'))"))
    let curve = try script([.init("range", .curve, colour: 0, points: Self.points)])
    #expect(curve.contains("with lines lw 1.4 lc") && curve.contains("with vectors nohead"))
    for script in [band, curve] {
      let range = try #require(script.split(separator: "\n").first { $0.contains("set yrange") })
      let ends = range.split(whereSeparator: { "[:]".contains($0) }).compactMap { Double($0) }
      #expect(ends.count == 2 && ends[0] < 1 && ends[1] > 20, "\(range)")
    }
  }

  /// Bars stand on zero, wherever the values are.
  @Test func barsStandOnZero() throws {
    let high = Self.points.map { LaboratoryFigure.Series.Point(x: $0.x, y: 100 + $0.y) }
    let bars = try script([.init("count", .bars(width: 0.5), colour: 0, points: high)])
    #expect(bars.contains(":(0.5) with boxes"))
    let range = try #require(bars.split(separator: "\n").first { $0.contains("set yrange") })
    let ends = range.split(whereSeparator: { "[:]".contains($0) }).compactMap { Double($0) }
    #expect(ends.count == 2 && ends[0] <= 0 && ends[1] > 112, "\(range)")
    let marks = try script([.init("count", .points, colour: 0, points: high)])
    #expect(!marks.contains("with boxes"))
  }

  @Test(
    .enabled(if: Gnuplot.installed != nil, "needs gnuplot"), arguments: [false, true])
  func gnuplotDrawsThem(logarithmic: Bool) throws {
    let drawn = report(
      [
        .init("range", .band, colour: 0, points: Self.points),
        .init("middle", .curve, colour: 1, points: Self.points),
        .init("bars", .bars(width: 0.5), colour: 2, points: Self.points),
      ], logarithmic: logarithmic)
    _ = try drawn.write(to: folder("report"))
    let page = String(
      decoding: try FileContents.read(folder("report/index.html")), as: UTF8.self)
    #expect(!page.contains("gnuplot could not"))
    #expect(page.contains("fill-opacity"))
    #expect(page.contains("var(--kind-0)") && page.contains("var(--kind-2)"))
  }
}
