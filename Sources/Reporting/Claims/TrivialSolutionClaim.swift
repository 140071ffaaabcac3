import LibC

/// Too much weight decay ends in the solution that predicts nothing.
struct TrivialSolutionClaim: Claim {
  let name = "trivial-solution"
  let statement =
    "Too much weight decay ends in the trivial solution, at about λ = 1/√C, where the theory "
    + "(batch normalization before the classifier, λ on its scale and on W) has the norms reach 0."
  let test =
    "A run is trivial when its training loss is within 1 % of log C. The threshold lies between "
    + "the largest weight decay without a trivial run and the least with trivial runs only; it "
    + "agrees when 1/√C is within a factor of two of that bracket. Exact agreement is not to be "
    + "expected where λ acts on all parameters: the theory's penalty is then only a part."

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var outcomes: [Finding.Outcome] = []
    var unreached: [String] = []
    for facet in study.facets {
      guard let classes = study.classCount(of: facet), classes > 1 else { continue }
      let theory = 1 / Double(classes).squareRoot()
      for kind in study.batchNormalizations where kind == "all" || kind == "last" {
        var (below, above): (Double?, Double?) = (nil, nil)
        for weightDecay in study.weightDecays {
          let runs = study.runs(facet: facet, batchNormalization: kind, weightDecay: weightDecay)
            .filter { !$0.history.isEmpty }
          guard !runs.isEmpty else { continue }
          let trivial = runs.count { Self.isTrivial($0, classes: classes) }
          if trivial == 0 { below = weightDecay }
          if trivial == runs.count, above == nil { above = weightDecay }
        }
        rows.append(
          study.settingCells(facet, kind) + [.init(below), .init(above), .number(theory)])
        if let below, let above {
          outcomes.append(
            below / 2 <= theory && theory <= 2 * above ? .agrees : .disagrees)
        } else if let below, below >= 2 * theory {
          outcomes.append(.disagrees)
        } else {
          unreached.append(BatchNormalizationLabel.title(study.label(facet), kind))
        }
      }
    }
    guard !outcomes.isEmpty else {
      throw Untested(reason: "no weight decay of the study was large enough for it")
    }
    let sentence =
      "In \(outcomes.count { $0 == .agrees }) of \(outcomes.count) settings that reach it the threshold lies within "
      + "a factor of two of 1/√C"
      + (unreached.isEmpty
        ? "." : "; \(unreached.count) settings have no weight decay that reaches it.")
    return Finding(
      verdict: Finding.verdict(outcomes), sentence: sentence,
      table: Table(
        name: name, caption: "Where the trivial solution begins",
        columns: study.settingColumns + [
          .init("largest_without", "largest λ without"), .init("least_with", "least λ with all"),
          .init("theory", "1/√C"),
        ], rows: rows))
  }

  private static func isTrivial(_ run: RunRecord, classes: Int) -> Bool {
    (run.history.last?.trainingLoss ?? 0) >= 0.99 * log(Double(classes))
  }
}
