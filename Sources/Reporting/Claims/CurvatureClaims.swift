import CollapseCore

extension Paper {
  static let papyan = Paper(
    name: "papyan-2020", authors: "Papyan",
    title: "Traces of Class/Cross-Class Structure Pervade Deep Learning Spectra",
    arXiv: "2008.11865", year: 2020)
}

/// What is said of the Hessian of one condition's runs.
struct HessianRuns {
  let study: Study
  let group: Study.Group
  let runs: [RunRecord]

  var cells: [Table.Cell] {
    [.text(study.label(group.condition, on: study.shownAxes)), .integer(runs.count)]
  }

  static let columns: [Table.Column] = [
    .init("setting", "setting", isNumeric: false), .init("runs", "runs"),
  ]

  /// The conditions with curvature.
  static func all(in study: Study) throws(Untested) -> [HessianRuns] {
    let found = study.groups(by: study.shownAxes).compactMap { group -> HessianRuns? in
      let runs = group.runs.filter { !$0.curvature.isEmpty }
      return runs.isEmpty ? nil : HessianRuns(study: study, group: group, runs: runs)
    }
    guard !found.isEmpty else {
      throw Untested(reason: "the curvature was not taken: 'curvature' of a pipeline asks for it")
    }
    return found
  }
}

/// As many eigenvalues as classes, or one less, stand apart.
struct HessianOutliersClaim: Claim {
  let paper = Paper.papyan
  let name = "hessian-outliers"
  let axes = ["curvature"]
  let statement =
    "At the end of training C−1 or C eigenvalues of the Hessian stand apart from the bulk."
  let test =
    "The k in 2 … 2C−1 with the largest step λ_k/λ_k+1 after the last epoch is C−1 or C, in every run of "
    + "a setting."

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for setting in try HessianRuns.all(in: study) {
      let steps = setting.runs.compactMap { run in
        run.curvature.last.flatMap { record in
          Self.largestStep(record).map { (place: $0.place, step: $0.step, classes: record.classes) }
        }
      }
      guard !steps.isEmpty else { continue }
      let right = steps.count { $0.place == $0.classes || $0.place == $0.classes - 1 }
      outcomes.append(right == steps.count ? .agrees : right == 0 ? .disagrees : .inconclusive)
      let first = setting.runs.compactMap { $0.curvature.first.flatMap(Self.largestStep)?.step }
      rows.append(
        setting.cells + [
          .text(steps.map { "\($0.place)" }.joined(separator: ", ")), .integer(right),
          .init(Spread(steps.map(\.step))), .init(Spread(first)),
        ])
    }
    guard !rows.isEmpty else {
      throw Untested(reason: "fewer than three eigenvalues were found, or none above zero")
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence:
        "In \(outcomes.count { $0 == .agrees }) of \(outcomes.count) settings the largest step "
        + "stands after C−1 or C eigenvalues in every run.",
      table: Table(
        name: name, caption: "The largest step between successive eigenvalues",
        columns: HessianRuns.columns + [
          .init("place", "after k", isNumeric: false), .init("right", "at C−1 or C"),
          .init("step", "step at the end", format: .fixed(2)),
          .init("step_first", "at the first epoch", format: .fixed(2)),
        ], rows: rows))
  }

  private static func largestStep(_ record: CurvatureRecord) -> (place: Int, step: Double)? {
    let values = record.preferred?.largest.map(\.value) ?? []
    let places = 2..<max(2, min(2 * record.classes, values.count))
    return places.filter { values[$0] > 0 }.map { ($0, values[$0 - 1] / values[$0]) }
      .max { $0.1 < $1.1 }
  }
}

/// The outliers become what classes span.
struct ClassOverlapClaim: Claim {
  let paper = Paper.papyan
  let name = "class-overlap"
  let axes = ["curvature"]
  let statement =
    "The top C eigenvectors of the Hessian come to lie in the span of the class means of its gradients."
  let test =
    "The overlap after the last epoch less that at the first one taken: mean over the runs of a setting "
    + "with 95 % interval."

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for setting in try HessianRuns.all(in: study) {
      let pairs = setting.runs.compactMap { run -> (first: Double, last: Double)? in
        guard run.curvature.count > 1, let first = Self.overlap(run.curvature[0]),
          let last = Self.overlap(run.curvature[run.curvature.count - 1])
        else { return nil }
        return (first, last)
      }
      guard pairs.count >= 2, let interval = SeedInterval(pairs.map { $0.last - $0.first }) else {
        continue
      }
      outcomes.append(
        interval.isPositive ? .agrees : interval.isNegative ? .disagrees : .inconclusive)
      rows.append(
        setting.cells + [
          .init(Spread(pairs.map(\.first))), .init(Spread(pairs.map(\.last))),
          .text(interval.text(.fixed(3))),
        ])
    }
    guard !rows.isEmpty else {
      throw Untested(reason: "no setting has two runs with the overlap at two epochs")
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence:
        "It grows in \(outcomes.count { $0 == .agrees }) of \(outcomes.count) settings, with an "
        + "interval above zero.",
      table: Table(
        name: name, caption: "Overlap of class means and top eigenvectors",
        columns: HessianRuns.columns + [
          .init("first", "at first", format: .fixed(3)),
          .init("last", "at the end", format: .fixed(3)),
          .init("growth", "growth", isNumeric: false),
        ], rows: rows))
  }

  private static func overlap(_ record: CurvatureRecord) -> Double? {
    record.preferred.flatMap { record.decomposition?.overlap[$0.matrix] }
  }
}

/// Where the loss is low, the Hessian's top is its Gauss–Newton part's.
struct GaussNewtonClaim: Claim {
  let paper = Paper.papyan
  let name = "gauss-newton"
  let axes = ["curvature"]
  let statement =
    "Once the training loss is low the largest eigenvalue of the Hessian is that of its Gauss–Newton part."
  let test =
    "|λ1(H) − λ1(G)| is at most 1 % of λ1(H) at every epoch taken with a loss below 0.05, in every run of "
    + "a setting."

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    for setting in try HessianRuns.all(in: study) {
      let all = setting.runs.flatMap(\.curvature)
      let low = all.filter { $0.lossValue < 0.05 }.compactMap(Self.difference)
      guard let largest = low.max() else { continue }
      outcomes.append(largest <= 0.01 ? .agrees : .disagrees)
      let first = setting.runs.compactMap { $0.curvature.first.flatMap(Self.difference) }
      rows.append(
        setting.cells + [.integer(low.count), .number(largest), .init(Spread(first))])
    }
    guard !rows.isEmpty else {
      throw Untested(reason: "no epoch with both matrices has a loss below 0.05")
    }
    return Finding(
      verdict: Finding.verdict(outcomes),
      sentence: "It is so in \(outcomes.count { $0 == .agrees }) of \(outcomes.count) settings.",
      table: Table(
        name: name, caption: "|λ1(H) − λ1(G)| / λ1(H)",
        columns: HessianRuns.columns + [
          .init("epochs", "epochs with a low loss"),
          .init("largest", "largest there", format: .percent(2)),
          .init("first", "at the first epoch", format: .percent(2)),
        ], rows: rows))
  }

  private static func difference(_ record: CurvatureRecord) -> Double? {
    guard let h = record["hessian"]?.largest.first?.value, h > 0,
      let g = record["gauss-newton"]?.largest.first?.value
    else { return nil }
    return abs(h - g) / h
  }
}
