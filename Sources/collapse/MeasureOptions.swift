import ArgumentParser
import NeuralCollapse

/// What is measured, and by which convention.
struct MeasureOptions: ParsableArguments {
  @Option(
    help: "The published convention: \(Convention.named.map(\.name).joined(separator: ", ")).",
    completion: .list(Convention.named.map(\.name)))
  var convention = Convention.standard.name

  @Option(help: "Alone: the global mean is that of the class means or of the samples.")
  var centering: Convention.Centering?

  @Option(help: "Alone: Σ_W weighs samples or classes alike.")
  var withinWeights: Convention.WithinWeights?

  @Option(help: "Alone: Σ_B weighs classes alike or by their samples.")
  var betweenWeights: Convention.BetweenWeights?

  @Flag(inversion: .prefixedNo, help: "Alone: nc1_pinv is divided by the number of classes.")
  var divideByClasses: Bool?

  @Option(help: "Alone: the deviation of norms is that of a population or a sample.")
  var normDeviation: Convention.Deviation?

  @Flag(help: "Measure the spectrum and nc1_vci, which take a d×d matrix.")
  var spectrum = false

  @Flag(
    help: """
      Measure the effective rank of each class's scatter, which takes all rows of a class at once: \
      many are spooled to a temporary file (TMPDIR).
      """)
  var classSpectrum = false

  @Option(
    help: ArgumentHelp(
      "Measure the error of the nearest mean of so many rows per class on all the others.",
      valueName: "rows"))
  var fewShot: Int?

  @Option(
    help: ArgumentHelp(
      "Measure the local elasticity of the last layer, of so many rows per class.",
      valueName: "rows"))
  var localElasticity: Int?

  @Option(parsing: .unconditional, help: "λ of the training, where the file does not state it.")
  var weightDecay: Double?

  @Option(
    help: "A training file whose class means decide (NC4) on these files.", completion: .file())
  var meansFrom: String?

  @Option(
    help: ArgumentHelp(
      "Out-of-distribution features, for nc5_orthogonality; named, and as many as you like, for NECO and NCI.",
      valueName: "[name=]file"), completion: .file())
  var ood: [OutOfDistributionArgument] = []

  @Option(help: "How many principal directions NECO projects on. (default: C−1)")
  var necoDirections: Int?

  @Option(parsing: .unconditional, help: "α of NCI's α‖h‖₁.")
  var nciAlpha = 0.0

  @Option(help: "With training: NC1 and the cosines also about the class means of --means-from.")
  var about: MeansReference?

  @Flag(help: "Measure everything on h/‖h‖.")
  var unitNorm = false

  @Flag(help: "The features have no labels: measure norms, cosines and the spectrum of all rows.")
  var unlabelled = false

  @Option(
    help: """
      The path or name of numbers to predict, [N, t], in the place of labels: measure NRC1 to NRC3 of \
      regression. Another file where the features are one.
      """)
  var targets: String?

  @Option(help: ArgumentHelp("The only labels that count.", valueName: "0-4,7"))
  var classes: LabelList?

  @Option(
    name: .customLong("ignore-label"), parsing: .unconditionalSingleValue,
    help: "A label that stands for none, such as -100; may be repeated.")
  var ignoredLabels: [Int] = []

  @Option(
    help: """
      Values per pair of classes: all, extremes (the 100 largest and smallest) or none. \
      (default: all up to 100 classes)
      """)
  var pairs: PairTables?

  @Flag(help: "Leave out rows with NaN or infinite features instead of refusing the file.")
  var dropNonfinite = false

  func validate() throws {
    if Convention.named(convention) == nil {
      throw ValidationError(
        "no convention '\(convention)'; there are \(Convention.named.map(\.name).joined(separator: ", "))"
      )
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay is \(weightDecay), expected no negative number")
    }
    if let necoDirections, necoDirections < 1 {
      throw ValidationError("--neco-directions is \(necoDirections), expected at least 1")
    }
    for (flag, value) in [("--few-shot", fewShot), ("--local-elasticity", localElasticity)] {
      if let value, value < 1 { throw ValidationError("\(flag) is \(value), expected at least 1") }
    }
    let names = ood.compactMap(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw ValidationError("two out-of-distribution sets are called '\(twice)'")
    }
    if ood.count > 1, names.count < ood.count {
      throw ValidationError("of several --ood each needs a name, as in --ood noise=noise.h5")
    }
    if unlabelled || targets != nil {
      let others = [
        ("--about", about != nil), ("--means-from", meansFrom != nil),
        ("--classes", classes != nil), ("--ignore-label", !ignoredLabels.isEmpty),
        ("--ood", !ood.isEmpty), ("--class-spectrum", classSpectrum),
        ("--few-shot", fewShot != nil), ("--local-elasticity", localElasticity != nil),
      ]
      if let (flag, _) = others.first(where: { $0.1 }) {
        throw ValidationError(
          "\(flag) needs labels, \(unlabelled ? "--unlabelled" : "--targets") says there are none")
      }
    }
    if unlabelled, targets != nil {
      throw ValidationError("--unlabelled and --targets exclude each other")
    }
    if targets != nil, dropNonfinite {
      throw ValidationError("--drop-nonfinite is of classes, not of --targets")
    }
  }

  var analysisOptions: AnalysisOptions {
    var options = AnalysisOptions()
    options.convention = (Convention.named(convention) ?? .standard).replacing(
      centering: centering, withinWeights: withinWeights, betweenWeights: betweenWeights,
      dividesByClassCount: divideByClasses, normDeviation: normDeviation)
    options.spectrum = spectrum
    options.classSpectra = classSpectrum
    options.fewShotCount = fewShot
    options.elasticityRows = localElasticity
    options.weightDecay = weightDecay
    options.droppingNonFinite = dropNonfinite
    options.measuresAboutTraining = about == .training
    options.unitNorm = unitNorm
    options.labels.ignored = Set(ignoredLabels.map { Int64($0) })
    options.labels.classes = classes?.labels
    options.pairs = pairs ?? .automatic
    options.principalDirections = necoDirections
    options.magnitudeShare = nciAlpha
    return options
  }
}
