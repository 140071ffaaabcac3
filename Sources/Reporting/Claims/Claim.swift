import CollapseCore

/// A claim of a paper that the runs of a study can speak for or against.
///
/// A new claim is one file with a conforming type and one line in ``ClaimCatalog/all``.
protocol Claim: Sendable {
  /// Who claims it.
  var paper: Paper { get }
  /// The stem of the table's file, and how a study names the claim.
  var name: String { get }
  /// The claim in a sentence.
  var statement: String { get }
  /// How it is tested, in a sentence or two.
  var test: String { get }
  /// The axes it is about: a study that varies none of them is not asked, unless it names the
  /// claim. Empty: any study is.
  var axes: [String] { get }
  /// What the runs of `study` say.
  ///
  /// - Throws: ``Untested`` where the study lacks what the claim is about.
  func finding(in study: Study) throws(Untested) -> Finding
}

/// Why a claim is not tested.
struct Untested: Error {
  let reason: String

  init(reason: String) { self.reason = reason }

  /// What is missing of a claim's conditions, those first that are not met.
  ///
  /// - Parameter conditions: each with whether it is met.
  init(_ conditions: [(text: String, isMet: Bool)]) {
    let missing = conditions.filter { !$0.isMet }.map(\.text)
    reason =
      missing.isEmpty
      ? "no setting meets all of its conditions at once: "
        + conditions.map(\.text).joined(separator: ", ")
      : "missing: " + missing.joined(separator: "; ")
  }
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
  package enum Outcome {
    case agrees, disagrees
    /// What was seen may be chance.
    case inconclusive
  }

  package var verdict: Verdict
  /// What was seen, with its numbers.
  package var sentence: String
  /// A row per setting tested.
  package var table: Table

  package init(verdict: Verdict, sentence: String, table: Table) {
    self.verdict = verdict
    self.sentence = sentence
    self.table = table
  }

  /// The verdict on settings of which each says something.
  package static func verdict(_ outcomes: [Outcome]) -> Verdict {
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
    TerminalPhaseClaim(),
    HessianOutliersClaim(),
    ClassOverlapClaim(),
    GaussNewtonClaim(),
    ClassifierBlockClaim(),
  ]
}
