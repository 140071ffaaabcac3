/// One kind of figure: what it needs from a study, and how it is drawn.
///
/// A new kind is one file with a conforming type and one line in ``FigureCatalog``.
protocol Figure: Sendable {
  /// The stem of the figure's files.
  var name: String { get }
  var title: String { get }
  /// The figure of `study`.
  ///
  /// - Throws: ``AbsentFigure`` where the study lacks what the figure shows.
  func drawing(of study: Study) throws(AbsentFigure) -> Drawing
}

/// Why a figure is left out.
struct AbsentFigure: Error {
  let reason: String
}

/// Every kind of figure, in the order of the page.
enum FigureCatalog {
  /// The figures for the axes of `study`.
  static func figures(for study: Study) -> [any Figure] {
    CosineFigure.all(of: study) + [
      TrajectoryFigure(),
      PapyanFigure(),
      OptimalityFigure(),
      AlignmentFigure(),
      ProjectionFigure(),
      DepthFigure(),
      MarginFigure(),
      SpectrumFigure(),
    ] + figuresOnRequest(for: study) + [MapFigure(of: study)]
  }

  /// Of what few studies ask for; to the others it is nothing that they lack.
  private static func figuresOnRequest(for study: Study) -> [any Figure] {
    var figures: [any Figure] = []
    if ClassSpectrumFigure.isAbout(study) { figures.append(ClassSpectrumFigure()) }
    if !study.testSetNames.isEmpty { figures.append(TestSetFigure()) }
    if OutOfDistributionFigure.isAbout(study) { figures.append(OutOfDistributionFigure()) }
    if !study.curvatureGroups.isEmpty { figures += [CurvatureFigure(), SpectralDensityFigure()] }
    return figures
  }
}

/// A figure's data and the gnuplot commands that draw it.
struct Drawing: Sendable {
  /// What the figure shows.
  var caption: String
  /// What perfect collapse would look like.
  var collapse: String
  /// The keys of the measures it shows.
  var measures: [String]
  /// What the script reads: `<figure>.csv`.
  var data: Table
  var panels: [Panel]
  /// How many panels stand side by side where there is room.
  var columns: Int

  /// One picture of a figure.
  struct Panel: Sendable {
    /// What tells its file from the figure's other panels: letters, digits and hyphens.
    var name: String
    /// What a reader who cannot see it is told.
    var description: String
    /// In pixels at the size it is drawn for.
    var size = (width: 400, height: 325)
    /// Whether its colours are values: these stay the same in every theme.
    var isColourMap = false
    /// gnuplot commands; the data file is `data`.
    var commands: [String]
  }
}
