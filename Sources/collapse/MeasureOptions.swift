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

  @Option(parsing: .unconditional, help: "λ of the training, where the file does not state it.")
  var weightDecay: Double?

  @Option(
    help: "A training file whose class means decide (NC4) on these files.", completion: .file())
  var meansFrom: String?

  @Option(
    help: "A file of out-of-distribution features, for nc5_orthogonality.", completion: .file())
  var ood: String?

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
  }

  var analysisOptions: AnalysisOptions {
    var options = AnalysisOptions()
    options.convention = (Convention.named(convention) ?? .standard).replacing(
      centering: centering, withinWeights: withinWeights, betweenWeights: betweenWeights,
      dividesByClassCount: divideByClasses, normDeviation: normDeviation)
    options.spectrum = spectrum
    options.weightDecay = weightDecay
    options.droppingNonFinite = dropNonfinite
    return options
  }
}
