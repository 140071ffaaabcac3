import CollapseCore
import NeuralCollapse

/// A report's runs, arranged for tables and figures by the axes on which they differ.
struct Study {
  /// Runs of one condition on some axes.
  struct Group {
    /// On those axes.
    let condition: Condition
    let runs: [RunRecord]
  }

  let report: StudyReport
  /// Runs that have been measured or trained at all.
  let runs: [RunRecord]
  /// The axes on which the runs differ, in reading order; runs that agree on all are repetitions.
  let axes: [StudyAxis]
  /// The axis whose values are the lines of a panel, and the abscissa of figures against it: the
  /// weight decay where the runs differ in it, else another that they differ in, numbers first.
  let line: StudyAxis?
  /// The axis that gives each value a panel of its own, or a colour where the lines' axis is the
  /// abscissa: the normalization where the runs differ in it, else one whose values are words.
  let kind: StudyAxis?
  private let conditions: [RunRecord.Identity: Condition]

  init(_ report: StudyReport) {
    self.report = report
    runs = report.runs.filter { !$0.measurements.isEmpty || !$0.history.isEmpty }
    let (axes, conditions) = Self.axes(of: runs)
    self.axes = axes
    self.conditions = Dictionary(
      zip(runs.map(\.identity), conditions), uniquingKeysWith: { first, _ in first })
    func stated(_ name: String) -> StudyAxis? {
      axes.first { $0.name == name }
        ?? (conditions.contains { $0[name] != nil }
          ? StudyAxis(name, values: conditions.map { $0[name] }) : nil)
    }
    let (decay, normalization) = (
      stated(Condition.Axis.weightDecay.name), stated(Condition.Axis.normalization.name)
    )
    let words = axes.filter { !$0.isNumeric }
    line =
      axes.first { $0 == decay } ?? axes.first(where: \.isNumeric)
      ?? words.first { $0 != normalization } ?? words.first ?? decay
    kind =
      [axes.first { $0 == normalization }].compactMap(\.self).first { [line] in $0 != line }
      ?? words.first { [line] in $0 != line } ?? (normalization == line ? nil : normalization)
  }

  /// The axes besides those of lines and kinds: they give panels a title of their own.
  var facetAxes: [StudyAxis] { axes.filter { $0 != line && $0 != kind } }

  /// The axes besides `names`.
  func axes(besides names: String...) -> [StudyAxis] {
    axes.filter { !names.contains($0.name) }
  }

  /// The value of a run on an axis.
  func value(_ run: RunRecord, _ axis: StudyAxis) -> Condition.Value? {
    conditions[run.identity]?[axis.name] ?? run.facts.condition[axis.name]
  }

  /// `runs`, those together that agree on `axes`, in the order of the axes' values.
  func groups(of runs: [RunRecord], by axes: [StudyAxis]) -> [Group] {
    let groups = Dictionary(grouping: runs) { run in
      axes.map { value(run, $0) }
    }
    return groups.sorted { a, b in
      for (axis, pair) in zip(axes, zip(a.key, b.key)) where pair.0 != pair.1 {
        return axis.areInOrder(pair.0, pair.1)
      }
      return false
    }.map { values, runs in
      let pairs = zip(axes, values).compactMap { axis, value in value.map { (axis.name, $0) } }
      return Group(
        condition: Condition(Dictionary(pairs, uniquingKeysWith: { first, _ in first })),
        runs: runs)
    }
  }

  /// All runs by `axes`.
  func groups(by axes: [StudyAxis]) -> [Group] { groups(of: runs, by: axes) }

  /// The runs that get panels of their own, by the axes besides those of lines and kinds.
  var facets: [Group] { groups(by: facetAxes) }

  /// `runs` by kind, one group where there is no such axis.
  func kinds(of runs: [RunRecord]) -> [Group] { groups(of: runs, by: [kind].compactMap(\.self)) }

  /// `runs` by line, one group where there is no such axis.
  func lines(of runs: [RunRecord]) -> [Group] { groups(of: runs, by: [line].compactMap(\.self)) }

  /// The distinct values on an axis, in its order.
  func values(_ axis: StudyAxis?) -> [Condition.Value?] {
    guard let axis else { return [nil] }
    return groups(by: [axis]).map { $0.condition[axis.name] }
  }

  /// The number of classes of the first run that was measured.
  var classCount: Int? { Self.classCount(of: runs) }

  static func classCount(of runs: [RunRecord]) -> Int? {
    runs.lazy.compactMap(\.headline?.report.classes.count).first
  }

  /// The cosine between two class means of a simplex equiangular tight frame, −1/(C−1).
  static func idealCosine(classCount: Int) -> Double? {
    classCount > 1 ? -1 / Double(classCount - 1) : nil
  }

  /// The run of the middle value of `measure` among `runs`: the one a picture may show for all.
  static func representative(of runs: [RunRecord], by measure: Measure) -> RunRecord? {
    let ranked = runs.compactMap { run in run.headline?.value(measure).map { (run, $0) } }
      .sorted { ($0.1, $0.0.name) < ($1.1, $1.0.name) }
    return ranked.isEmpty ? runs.first : ranked[(ranked.count - 1) / 2].0
  }
}

extension RunRecord {
  /// What tells a run from the others of a report.
  struct Identity: Hashable {
    let name: String
    let paths: [String]
  }

  var identity: Identity { Identity(name: name, paths: paths) }
}

extension Sequence where Element: Hashable {
  /// The distinct elements, in the order of their first occurrence.
  package func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
