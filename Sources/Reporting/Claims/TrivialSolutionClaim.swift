import CollapseCore
import LibC

/// Too much weight decay ends in the solution that predicts nothing.
struct TrivialSolutionClaim: Claim {
  let paper = Paper.panCao
  let axes = [Condition.Axis.weightDecay.name]
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
    for setting in study.normalizedSettings {
      guard let classes = Study.classCount(of: setting.facet.runs), classes > 1 else { continue }
      let theory = 1 / Double(classes).squareRoot()
      var (below, above): (Double?, Double?) = (nil, nil)
      for (weightDecay, runs) in setting.byWeightDecay {
        let trained = runs.filter { !$0.history.isEmpty }
        guard !trained.isEmpty else { continue }
        let trivial = trained.count { Self.isTrivial($0, classes: classes) }
        if trivial == 0 { below = weightDecay }
        if trivial == trained.count, above == nil { above = weightDecay }
      }
      rows.append(setting.cells + [.init(below), .init(above), .number(theory)])
      if let below, let above {
        outcomes.append(
          below / 2 <= theory && theory <= 2 * above ? .agrees : .disagrees)
      } else if let below, below >= 2 * theory {
        outcomes.append(.disagrees)
      } else {
        unreached.append(setting.label)
      }
    }
    guard !outcomes.isEmpty else {
      let settings = study.normalizedSettings
      throw Untested([
        ("batch normalization", !settings.isEmpty),
        ("the training's history", study.runs.contains { !$0.history.isEmpty }),
        ("a weight decay large enough to end in the trivial solution", false),
      ])
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
        columns: ClaimSetting.columns(study) + [
          .init("largest_without", "largest λ without"), .init("least_with", "least λ with all"),
          .init("theory", "1/√C"),
        ], rows: rows))
  }

  private static func isTrivial(_ run: RunRecord, classes: Int) -> Bool {
    (run.history.last?.trainingLoss ?? 0) >= 0.99 * log(Double(classes))
  }
}
