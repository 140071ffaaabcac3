import NeuralCollapse

/// A report's runs, arranged for tables and figures.
struct Study {
  let report: StudyReport
  /// Runs that have been measured or trained at all.
  let runs: [RunRecord]
  /// The distinct facets, in the order of the runs.
  let facets: [Setting.Facet]
  /// The distinct kinds of batch normalization, in a fixed order.
  let batchNormalizations: [String?]
  /// The distinct weight decays, ascending.
  let weightDecays: [Double]

  init(_ report: StudyReport) {
    self.report = report
    runs = report.runs.filter { !$0.measurements.isEmpty || !$0.history.isEmpty }
    facets = runs.map { Setting($0).facet }.uniqued()
    batchNormalizations = runs.map(\.batchNormalization).uniqued()
      .sorted { BatchNormalizationLabel.order($0) < BatchNormalizationLabel.order($1) }
    weightDecays = Set(runs.compactMap(\.weightDecay)).sorted()
  }

  /// The number of classes of the first run that was measured.
  var classCount: Int? { runs.lazy.compactMap(\.headline?.report.classes.count).first }

  /// The number of classes in the runs of `facet`.
  func classCount(of facet: Setting.Facet) -> Int? {
    runs.lazy.filter { Setting($0).facet == facet }.compactMap(\.headline?.report.classes.count)
      .first
  }

  /// The cosine between two class means of a simplex equiangular tight frame, −1/(C−1).
  static func idealCosine(classCount: Int) -> Double? {
    classCount > 1 ? -1 / Double(classCount - 1) : nil
  }

  /// The runs with the given parts of a setting.
  func runs(
    facet: Setting.Facet, batchNormalization: String?, weightDecay: Double?
  ) -> [RunRecord] {
    runs.filter {
      Setting($0).facet == facet && $0.batchNormalization == batchNormalization
        && $0.weightDecay == weightDecay
    }
  }

  /// The settings that occur, in reading order: facet, batch normalization, weight decay.
  var settings: [(setting: Setting, runs: [RunRecord])] {
    var groups: [Setting: [RunRecord]] = [:]
    for run in runs { groups[Setting(run), default: []].append(run) }
    let facetOrder = Dictionary(uniqueKeysWithValues: zip(facets, facets.indices))
    return groups.map { ($0.key, $0.value) }.sorted { a, b in
      let left = (
        facetOrder[a.0.facet]!, BatchNormalizationLabel.order(a.0.batchNormalization),
        a.0.weightDecay ?? -1
      )
      let right = (
        facetOrder[b.0.facet]!, BatchNormalizationLabel.order(b.0.batchNormalization),
        b.0.weightDecay ?? -1
      )
      return left < right
    }
  }

  /// The parts of `facet` in which facets of this study differ: `vgg11, learning rate 0.1`.
  func label(_ facet: Setting.Facet) -> String {
    var parts: [String] = []
    if Set(facets.map(\.dataset)).count > 1, let name = facet.dataset { parts.append(name) }
    if Set(facets.map(\.network)).count > 1, let name = facet.network { parts.append(name) }
    if Set(facets.map(\.learningRate)).count > 1, let rate = facet.learningRate {
      parts.append("learning rate \(NumberFormat.significant(3).text(rate))")
    }
    return parts.joined(separator: ", ")
  }

  /// `title` with `label(facet)`, where there is more than one facet.
  func title(_ title: String, in facet: Setting.Facet) -> PanelTitle {
    PanelTitle(facet: label(facet), text: title)
  }

  /// A weight decay in the key of a figure.
  static func label(weightDecay: Double?) -> String {
    weightDecay.map { NumberFormat.significant(2).text($0) } ?? "runs"
  }

  /// The label of an axis, with what the numbers in the key are.
  func axisLabel(_ name: String) -> String {
    weightDecays.isEmpty ? name : "\(name) (a line per weight decay)"
  }

  /// How many panels stand side by side where each kind of batch normalization has its own: two
  /// kinds beside each other, else three, as many as a page has room for.
  var panelColumns: Int { batchNormalizations.count == 2 ? 2 : 3 }

  /// The run of the middle value of `measure` among `runs`: the one a picture may show for all.
  static func representative(of runs: [RunRecord], by measure: String) -> RunRecord? {
    let ranked = runs.compactMap { run in run.headline?.value(measure).map { (run, $0) } }
      .sorted { ($0.1, $0.0.name) < ($1.1, $1.0.name) }
    return ranked.isEmpty ? runs.first : ranked[(ranked.count - 1) / 2].0
  }
}

extension Sequence where Element: Hashable {
  /// The distinct elements, in the order of their first occurrence.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
