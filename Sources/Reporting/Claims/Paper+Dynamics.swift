/// Papers about how networks are trained, whose claims the laboratory tests.
extension Paper {
  package static let pezeshki = Paper(
    name: "pezeshki-2020", authors: "Pezeshki et al.",
    title: "Gradient Starvation: A Learning Proclivity in Neural Networks", arXiv: "2011.09468",
    year: 2020)
  package static let shilton = Paper(
    name: "shilton-2023", authors: "Shilton et al.",
    title: "Gradient Descent in Neural Networks as Sequential Learning in RKBS",
    arXiv: "2302.00205", year: 2023)
  package static let skorski = Paper(
    name: "skorski-2020", authors: "Skorski et al.",
    title: "Revisiting Initialization of Neural Networks", arXiv: "2004.09506", year: 2020)
  package static let wang = Paper(
    name: "wang-2023", authors: "Wang et al.",
    title:
      "Unified Batch Normalization: Identifying and Alleviating the Feature Condensation in Batch "
      + "Normalization and a Unified Framework", arXiv: "2311.15993", year: 2023)
}
