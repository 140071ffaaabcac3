import Reporting

/// One point of a pipeline as its file holds it: what is said of the pipeline, and one run.
///
/// The two stand in one mapping, so one decoding knows every key that may be there.
struct PipelineDocument: Decodable {
  let name: String
  let title: String?
  let summary: String?
  let claims: [String]?
  let configuration: RunConfiguration

  private enum CodingKeys: CodingKey {
    case name, title, summary, claims, grid, profiles
  }

  /// The keys that are not those of a run.
  static let headerKeys: Set = ["name", "title", "summary", "claims", "grid", "profiles"]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // Read before, and known as keys here.
    _ = container.contains(.grid)
    _ = container.contains(.profiles)
    title = try container.decodeIfPresent(String.self, forKey: .title)
    summary = try container.decodeIfPresent(String.self, forKey: .summary)
    claims = try container.decodeIfPresent([String].self, forKey: .claims)
    for claim in claims ?? [] {
      try WordList.require(
        claim, among: StudyReport.claimNames, at: container.codingPath + [CodingKeys.claims])
    }
    name = try container.decode(String.self, forKey: .name)
    // It names a folder, which must lie in that of the runs.
    let isName = name.allSatisfy { $0.isLetter || $0.isNumber || "-_.+ ".contains($0) }
    guard isName, name.contains(where: { $0.isLetter || $0.isNumber }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .name, in: container,
        debugDescription: "expected letters, digits, spaces and any of - _ . +, found '\(name)'")
    }
    configuration = try RunConfiguration(from: decoder)
  }
}
