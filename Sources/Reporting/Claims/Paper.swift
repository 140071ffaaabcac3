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
  package static let tirerBruna = Paper(
    name: "tirer-bruna-2022", authors: "Tirer & Bruna",
    title: "Extended Unconstrained Features Model for Exploring Deep Neural Collapse",
    arXiv: "2202.08087", year: 2022)
  package static let zhu = Paper(
    name: "zhu-2021", authors: "Zhu et al.",
    title: "A Geometric Analysis of Neural Collapse with Unconstrained Features",
    arXiv: "2105.02375", year: 2021)
  package static let sukenik2023 = Paper(
    name: "sukenik-2023", authors: "Súkeník, Mondelli & Lampert",
    title: "Deep Neural Collapse Is Provably Optimal for the Deep Unconstrained Features Model",
    arXiv: "2305.13165", year: 2023)
  package static let sukenik2024 = Paper(
    name: "sukenik-2024", authors: "Súkeník, Lampert & Mondelli",
    title: "Neural Collapse versus Low-Rank Bias: Is Deep Neural Collapse Really Optimal?",
    arXiv: "2405.14468", year: 2024)
  package static let behnia = Paper(
    name: "behnia-2024", authors: "Behnia & Thrampoulidis",
    title: "Supervised Contrastive Representation Learning: Landscape Analysis with "
      + "Unconstrained Features", arXiv: "2402.18884", year: 2024)
  package static let kini = Paper(
    name: "kini-2023", authors: "Kini et al.",
    title: "Symmetric Neural-Collapse Representations with Supervised Contrastive Loss: The Impact "
      + "of ReLU and Batching", arXiv: "2306.07960", year: 2023)
  package static let fang = Paper(
    name: "fang-2021", authors: "Fang et al.",
    title: "Exploring Deep Neural Networks via Layer-Peeled Model: Minority Collapse in Imbalanced "
      + "Training", arXiv: "2101.12699", year: 2021)
  package static let thrampoulidis = Paper(
    name: "thrampoulidis-2022", authors: "Thrampoulidis et al.",
    title: "Imbalance Trouble: Revisiting Neural-Collapse Geometry", arXiv: "2208.05512",
    year: 2022)
  package static let kothapalli = Paper(
    name: "kothapalli-2022", authors: "Kothapalli",
    title: "Neural Collapse: A Review on Modelling Principles and Generalization",
    arXiv: "2206.04041", year: 2022)
  package static let gao = Paper(
    name: "gao-2023", authors: "Gao et al.",
    title: "Towards Demystifying the Generalization Behaviors When Neural Collapse Emerges",
    arXiv: "2310.08358", year: 2023)
  package static let hongLing = Paper(
    name: "hong-ling-2024", authors: "Hong & Ling",
    title:
      "Beyond Unconstrained Features: Neural Collapse for Shallow Neural Networks with General "
      + "Data", arXiv: "2409.01832", year: 2024)
  static let papyanHanDonoho = Paper(
    name: "papyan-han-donoho", authors: "Papyan, Han & Donoho",
    title: "Prevalence of Neural Collapse During the Terminal Phase of Deep Learning Training",
    arXiv: "2008.08186", year: 2020)

  /// Every paper of which there is a claim.
  package static var all: [Paper] { ClaimCatalog.all.map(\.paper).uniqued() }
}
