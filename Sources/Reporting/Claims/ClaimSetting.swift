import CollapseCore
import NeuralCollapse

/// Runs that a claim about batch normalization and weight decay compares: all axes but these two
/// are the same.
struct ClaimSetting {
  let study: Study
  /// The axes that name it in tables.
  let axes: [StudyAxis]
  /// On the axes besides normalization and weight decay.
  let facet: Study.Group
  /// The runs of one kind of normalization.
  let kind: Study.Group

  /// Where the runs normalize batches; `nil` where they do not say.
  var placement: Normalization.Placement? { kind.condition[.normalization] }

  /// The runs at each weight decay stated, ascending.
  var byWeightDecay: [(weightDecay: Double, runs: [RunRecord])] {
    study.groups(of: kind.runs, by: [Self.weightDecay]).compactMap { group in
      group.condition[.weightDecay].map { ($0, group.runs) }
    }
  }

  /// Weight decays at which every run ended with every training sample classified right,
  /// ascending: the "up to a point" of the claims, settled without looking at the cosines.
  var separatingWeightDecays: [Double] {
    byWeightDecay.filter { $0.runs.allSatisfy { ($0.trainingAccuracy ?? 0) >= 1 } }
      .map(\.weightDecay)
  }

  /// The value of a measure at each of `weightDecays`, for every seed that has them all.
  func valuesBySeed(
    _ measure: Measure, weightDecays: [Double]
  ) -> [(seed: UInt64?, values: [Double])] {
    kind.runs.map(\.facts.seed).uniqued().compactMap { seed in
      let values = weightDecays.compactMap { weightDecay in
        kind.runs.first { $0.facts.seed == seed && $0.facts.weightDecay == weightDecay }?
          .headline?.value(measure)
      }
      return values.count == weightDecays.count ? (seed, values) : nil
    }
  }

  /// The columns that name a setting, for tables of claims.
  static func columns(_ study: Study) -> [Table.Column] {
    (study.claimAxes.isEmpty ? [] : [.init("setting", "setting", isNumeric: false)])
      + [.init("batch_normalization", "BN", isNumeric: false)]
  }

  /// The cells under ``columns``.
  var cells: [Table.Cell] {
    (axes.isEmpty ? [] : [.text(study.label(facet.condition, on: axes))])
      + [.init(placement?.rawValue)]
  }

  /// The setting in a sentence.
  var label: String {
    let name = Condition.Axis.normalization.name
    let own = StudyAxis(name, values: [kind.condition[name]]).title(kind.condition[name])
    return ([study.label(facet.condition, on: axes)] + [own].compactMap(\.self))
      .filter { !$0.isEmpty }.joined(separator: ", ")
  }

  fileprivate static let weightDecay = StudyAxis(
    Condition.Axis.weightDecay.name, values: [.number(0)])
}

extension Study {
  /// The axes besides batch normalization and weight decay.
  var claimAxes: [StudyAxis] {
    axes(besides: Condition.Axis.normalization.name, Condition.Axis.weightDecay.name)
  }

  /// The settings that claims about batch normalization and weight decay compare, by the axes
  /// besides: those of one facet next to each other.
  var claimFacets: [[ClaimSetting]] {
    let name = Condition.Axis.normalization.name
    let normalization = StudyAxis(name, values: runs.map { $0.facts.condition[name] })
    return groups(by: claimAxes).map { facet in
      groups(of: facet.runs, by: [normalization]).map { kind in
        ClaimSetting(study: self, axes: claimAxes, facet: facet, kind: kind)
      }
    }
  }

  var claimSettings: [ClaimSetting] { claimFacets.flatMap(\.self) }

  /// Those with batch normalization anywhere.
  var normalizedSettings: [ClaimSetting] {
    claimSettings.filter { $0.placement == .all || $0.placement == .last }
  }
}

extension [RunRecord] {
  /// The number of distinct seeds that runs state.
  var seedCount: Int { Set(compactMap(\.facts.seed)).count }
}
