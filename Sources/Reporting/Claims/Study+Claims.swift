/// A claim and what a study says of it: a finding, or the reason why there is none.
package struct TestedClaim {
  package let name: String
  package let statement: String
  package let test: String
  package let finding: Finding?
  package let reason: String?
}

extension Study {
  /// Every claim of the catalogue, tested on this study.
  var claims: [TestedClaim] {
    ClaimCatalog.all.map { claim in
      do throws(Untested) {
        return TestedClaim(
          name: claim.name, statement: claim.statement, test: claim.test,
          finding: try claim.finding(in: self), reason: nil)
      } catch {
        return TestedClaim(
          name: claim.name, statement: claim.statement, test: claim.test, finding: nil,
          reason: error.reason)
      }
    }
  }

  /// The claims as GitHub Markdown.
  var claimsMarkdown: String {
    let parts = claims.enumerated().map { index, claim in
      var text = "### \(index + 1). \(claim.statement)\n\n"
      if let finding = claim.finding {
        text += "**\(finding.verdict.rawValue)**: \(finding.sentence)\n\n\(finding.table.markdown)"
        text += "\nTest: \(claim.test)\n"
      } else {
        text += "**not tested**: \(claim.reason ?? "").\n"
      }
      return text
    }
    return "## The paper's claims on these runs\n\n" + parts.joined(separator: "\n")
  }
}

extension StudyReport {
  /// Every claim of the paper, tested on these runs.
  package var claims: [TestedClaim] { Study(self).claims }
}
