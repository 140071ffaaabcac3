/// A claim of Pan & Cao, arXiv 2309.04644, that the runs of a study can speak for or against.
///
/// A new claim is one file with a conforming type and one line in ``ClaimCatalog/all``.
protocol Claim: Sendable {
  /// The stem of the table's file.
  var name: String { get }
  /// The claim in a sentence.
  var statement: String { get }
  /// How it is tested, in a sentence or two.
  var test: String { get }
  /// What the runs of `study` say.
  ///
  /// - Throws: ``Untested`` where the study lacks what the claim is about.
  func finding(in study: Study) throws(Untested) -> Finding
}

/// Why a claim is not tested.
struct Untested: Error {
  let reason: String
}

/// What a study says of a claim.
package struct Finding: Sendable {
  package enum Verdict: String, Sendable, CaseIterable {
    /// Every setting tested agrees, beyond chance.
    case supported
    /// Some settings agree and others do not.
    case mixed
    /// No setting agrees, and some say the opposite beyond chance.
    case contradicted
    /// Nothing seen is beyond chance.
    case inconclusive
  }

  /// What one setting says.
  enum Outcome {
    case agrees, disagrees
    /// What was seen may be chance.
    case inconclusive
  }

  package var verdict: Verdict
  /// What was seen, with its numbers.
  package var sentence: String
  /// A row per setting tested.
  package var table: Table

  /// The verdict on settings of which each says something.
  static func verdict(_ outcomes: [Outcome]) -> Verdict {
    let agreeing = outcomes.count { $0 == .agrees }
    if agreeing == outcomes.count { return .supported }
    if agreeing > 0 { return .mixed }
    return outcomes.contains(.disagrees) ? .contradicted : .inconclusive
  }
}

/// Every claim there is, in the order of the page.
enum ClaimCatalog {
  static let all: [any Claim] = [
    WeightDecayClaim(),
    NormalizationClaim(),
    TrivialSolutionClaim(),
    OptimalityClaim(),
    CertificateClaim(),
  ]
}

extension Study {
  /// Weight decays at which every run of a kind ended with every training sample classified right,
  /// ascending: the "up to a point" of the claims, settled without looking at the cosines.
  func separatingWeightDecays(
    facet: Setting.Facet, batchNormalization: String?
  ) -> [Double] {
    weightDecays.filter { weightDecay in
      let runs = runs(
        facet: facet, batchNormalization: batchNormalization, weightDecay: weightDecay)
      return !runs.isEmpty && runs.allSatisfy { ($0.trainingAccuracy ?? 0) >= 1 }
    }
  }

  /// The value of a measure at each of `weightDecays`, for every seed that has them all.
  func valuesBySeed(
    _ measure: String, facet: Setting.Facet, batchNormalization: String?, weightDecays: [Double]
  ) -> [(seed: UInt64?, values: [Double])] {
    let runs = runs.filter {
      Setting($0).facet == facet && $0.batchNormalization == batchNormalization
    }
    return runs.map(\.seed).uniqued().compactMap { seed in
      let values = weightDecays.compactMap { weightDecay in
        runs.first { $0.seed == seed && $0.weightDecay == weightDecay }?.headline?.value(measure)
      }
      return values.count == weightDecays.count ? (seed, values) : nil
    }
  }

  /// The columns that name a setting, for tables of claims.
  var settingColumns: [Table.Column] {
    (facets.count > 1 ? [.init("setting", "setting", isNumeric: false)] : [])
      + [.init("batch_normalization", "BN", isNumeric: false)]
  }

  /// The cells under ``settingColumns``.
  func settingCells(_ facet: Setting.Facet, _ batchNormalization: String?) -> [Table.Cell] {
    (facets.count > 1 ? [.text(label(facet))] : []) + [.init(batchNormalization)]
  }
}
