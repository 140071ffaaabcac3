/// A publication whose claims runs can speak for or against.
package struct Paper: Hashable, Sendable {
  /// How a study names it: `pan-cao`.
  package let name: String
  package let authors: String
  package let title: String
  /// The number at arXiv.
  package let arXiv: String
  package let year: Int

  /// `Pan & Cao 2023, arXiv 2309.04644`.
  package var reference: String { "\(authors) \(year), arXiv \(arXiv)" }

  static let panCao = Paper(
    name: "pan-cao", authors: "Pan & Cao",
    title:
      "Towards Understanding Neural Collapse: The Effects of Batch Normalization and Weight Decay",
    arXiv: "2309.04644", year: 2023)
  static let papyanHanDonoho = Paper(
    name: "papyan-han-donoho", authors: "Papyan, Han & Donoho",
    title: "Prevalence of Neural Collapse During the Terminal Phase of Deep Learning Training",
    arXiv: "2008.08186", year: 2020)

  /// Every paper of which there is a claim.
  package static var all: [Paper] { ClaimCatalog.all.map(\.paper).uniqued() }
}
