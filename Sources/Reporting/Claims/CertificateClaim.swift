import NeuralCollapse

/// What the loss proves of the features holds for every run.
struct CertificateClaim: Claim {
  let paper = Paper.panCao
  let axes: [String] = []
  let name = "certificate"
  let statement =
    "Every run obeys its certificate: the within-class share of the squared feature norm is at most "
    + "1 − ρ², and at most what the loss and two norms prove."
  let test =
    "Every measurement of every run (last layer, training data, all epochs measured) is compared "
    + "with collapse_certificate and collapse_certificate_from_loss; one violation beyond rounding "
    + "(a relative 1e−9) contradicts the claim."

  private static let bounds = [
    Measure.collapseCertificate, .collapseCertificateFromLoss,
  ]

  func finding(in study: Study) throws(Untested) -> Finding {
    var rows: [[Table.Cell]] = []
    var (total, violations) = (0, 0)
    for setting in study.claimSettings {
      let records = setting.kind.runs.flatMap { run in
        run.mainSplit.map { run.trajectory(split: $0) } ?? []
      }
      for bound in Self.bounds {
        let shares = records.compactMap { record in
          record.value(bound).flatMap { limit in
            record.value(.withinNormFraction).map { $0 / limit }
          }
        }.filter(\.isFinite)
        guard let largest = shares.max() else { continue }
        let broken = shares.count { $0 > 1 + 1e-9 }
        total += shares.count
        violations += broken
        rows.append(
          setting.cells
            + [.text(bound.key), .integer(shares.count), .integer(broken), .number(largest)])
      }
    }
    guard total > 0 else { throw Untested([("a classifier in the files measured", false)]) }
    return Finding(
      verdict: violations == 0 ? .supported : .contradicted,
      sentence: "\(total) comparisons, \(violations) violations.",
      table: Table(
        name: name, caption: "The within-class share of the norm as a share of its bound",
        columns: ClaimSetting.columns(study) + [
          .init("bound", "bound", isNumeric: false), .init("measurements", "measurements"),
          .init("violations", "violations"), .init("largest", "largest share of the bound"),
        ], rows: rows))
  }
}
