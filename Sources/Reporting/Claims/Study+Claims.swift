/// A claim and what a study says of it: a finding, or the reason why there is none.
package struct TestedClaim {
  package let name: String
  package let paper: Paper
  package let statement: String
  package let test: String
  package let finding: Finding?
  package let reason: String?

  /// - Parameter reason: why there is no finding.
  package init(
    name: String, paper: Paper, statement: String, test: String, finding: Finding?,
    reason: String? = nil
  ) {
    self.name = name
    self.paper = paper
    self.statement = statement
    self.test = test
    self.finding = finding
    self.reason = reason
  }
}

extension Study {
  /// The claims this study is about, each tested on it: those it names, by their names or their
  /// papers'; where it names none, those about any study and those about an axis its runs differ
  /// in.
  var claims: [TestedClaim] {
    ClaimCatalog.all.filter(isAbout).map { claim in
      do throws(Untested) {
        return TestedClaim(
          name: claim.name, paper: claim.paper, statement: claim.statement, test: claim.test,
          finding: try claim.finding(in: self), reason: nil)
      } catch {
        return TestedClaim(
          name: claim.name, paper: claim.paper, statement: claim.statement, test: claim.test,
          finding: nil, reason: error.reason)
      }
    }
  }

  private func isAbout(_ claim: any Claim) -> Bool {
    if let named = report.about {
      return named.contains(claim.name) || named.contains(claim.paper.name)
    }
    return claim.axes.isEmpty || axes.contains { claim.axes.contains($0.name) }
  }

  /// The claims by paper, in the order of the catalogue.
  var claimsByPaper: [(paper: Paper, claims: [TestedClaim])] { TestedClaim.byPaper(claims) }

  /// The claims as GitHub Markdown.
  var claimsMarkdown: String { TestedClaim.markdown(claims) }
}

extension TestedClaim {
  /// Claims by paper, in their order.
  static func byPaper(_ claims: [TestedClaim]) -> [(paper: Paper, claims: [TestedClaim])] {
    claims.map(\.paper).uniqued().map { paper in
      (paper, claims.filter { $0.paper == paper })
    }
  }

  /// Claims as GitHub Markdown.
  static func markdown(_ claims: [TestedClaim]) -> String {
    var number = 0
    let parts = byPaper(claims).map { paper, claims in
      let texts = claims.map { claim in
        number += 1
        var text = "### \(number). \(claim.statement)\n\n"
        if let finding = claim.finding {
          text +=
            "**\(finding.verdict.rawValue)**: \(finding.sentence)\n\n\(finding.table.markdown)"
          text += "\nTest: \(claim.test)\n"
        } else {
          text += "**not tested**: \(claim.reason ?? "").\n"
        }
        return text
      }
      return "## Claims of \(paper.reference), on these runs\n\n" + texts.joined(separator: "\n")
    }
    return parts.isEmpty ? "No claim is about these runs.\n" : parts.joined(separator: "\n")
  }
}

extension StudyReport {
  /// The claims these runs are about, tested on them.
  package var claims: [TestedClaim] { Study(self).claims }

  /// The names that a study may say its claims by: those of claims, and of papers for all theirs.
  public static var claimNames: [String] {
    Paper.all.map(\.name) + ClaimCatalog.all.map(\.name)
  }
}
