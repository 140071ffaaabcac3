import ArgumentParser
import Networks
import Pipeline
import Training

/// A training on the command line: the fields of a pipeline's `training:`.
struct TrainingArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "Passes over the training data. (default: 10)")
  var epochs: Int?

  @Option(parsing: .unconditional, help: "Samples per step. (default: 128)")
  var batchSize: Int?

  @Option(parsing: .unconditional, help: "Decides everything random. (default: 0)")
  var seed: UInt64?

  @Option(
    help: "\(LossRegistry.kinds.map { $0.kind }.joined(separator: ", ")). (default: crossEntropy)",
    completion: .list(LossRegistry.kinds.map { $0.kind }))
  var loss: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of cross-entropy, from 0 to 1. (default: 0)", valueName: "share"))
  var labelSmoothing: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of the supervised contrastive loss. (default: 0.1)", valueName: "τ"))
  var temperature: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("λ of the penalty λ/2 mean ‖logits‖². (default: 0)", valueName: "λ"))
  var spectralDecoupling: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("λ of the penalty λ/2 mean ‖features‖². (default: 0)", valueName: "λ"))
  var featureDecay: Double?

  @Option(
    help: "sgd, adam or adamw. (default: sgd)", completion: .list(["sgd", "adam", "adamw"]))
  var optimizer: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Of sgd. (default: 0.9)", valueName: "μ"))
  var momentum: Double?

  @Flag(help: "Nesterov's variant of momentum.")
  var nesterov = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The first learning rate. (default: 0.05)", valueName: "η"))
  var learningRate: Double?

  @Flag(help: "Bring the learning rate to 0 along half a cosine.")
  var cosine = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Multiply the learning rate by --step-factor after these epochs.", valueName: "epoch,…"))
  var steps: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("See --steps. (default: 0.1)", valueName: "factor"))
  var stepFactor: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Raise the learning rate linearly over so many epochs.", valueName: "epochs")
  )
  var warmUp: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("λ of the penalty λ/2 ‖parameters‖². (default: 0)", valueName: "λ"))
  var weightDecay: Double?

  @Option(help: "What weight decay acts on. (default: all)")
  var decayScope: WeightDecay.Scope?

  @Option(
    help: "Through the gradient, or beside the step. (default: coupled; adamw: decoupled)")
  var decayMode: WeightDecay.Mode?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Another λ for the classifier.", valueName: "λ"))
  var classifierDecay: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Another λ for scales and shifts of normalizations.", valueName: "λ"))
  var normalizationDecay: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Shorten longer gradients to this norm.", valueName: "norm"))
  var clipGradient: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Shift images by up to so many pixels.", valueName: "pixels"))
  var crop: Int?

  @Flag(help: "Mirror every second image, at random.")
  var flip = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("End at this share of training errors; 0 is allowed.", valueName: "share"))
  var stopError: Double?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("End at this training loss.", valueName: "loss"))
  var stopLoss: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Measure loss and accuracy every so many epochs.", valueName: "epochs"))
  var evaluateEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep a checkpoint every so many epochs.", valueName: "epochs"))
  var checkpointEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep so many, evenly spaced in the logarithm of the epoch.", valueName: "n")
  )
  var checkpoints: Int?

  @Option(help: "fast may take Winograd's convolution, exact sums plain products. (default: fast)")
  var algorithms: AlgorithmPolicy?

  @Option(help: "What a training step is computed in. (default: float32)")
  var precision: Precision?

  func validate() throws {
    if cosine, steps != nil { throw ValidationError("--cosine and --steps exclude each other") }
    if stepFactor != nil, steps == nil { throw ValidationError("--step-factor needs --steps") }
  }

  /// Sets the fields that were given.
  func apply(to settings: inout Settings) throws {
    try settings.set("training.epochs", ifGiven: epochs)
    try settings.set("training.batchSize", ifGiven: batchSize)
    try settings.set("training.seed", ifGiven: seed)
    try applyObjective(to: &settings)
    try applyOptimizer(to: &settings)
    try settings.set("training.augmentation.cropPadding", ifGiven: crop)
    if flip { try settings.set("training.augmentation.horizontalFlip", "true") }
    try settings.set("training.stop.trainingError", ifGiven: stopError)
    try settings.set("training.stop.trainingLoss", ifGiven: stopLoss)
    try settings.set("training.evaluation.everyEpochs", ifGiven: evaluateEvery)
    try settings.set("training.checkpoints.everyEpochs", ifGiven: checkpointEvery)
    try settings.set("training.checkpoints.logarithmic", ifGiven: checkpoints)
    try settings.set("training.algorithms", ifGiven: algorithms?.rawValue)
    try settings.set("training.precision", ifGiven: precision?.rawValue)
  }

  /// Refuses options of another loss than the one that all settings together say.
  func checkLoss(in settings: Settings) throws {
    let kind = settings.text(at: "training.loss.kind") ?? LossRegistry.kinds[0].kind
    for (option, isGiven, loss) in [
      ("--temperature", temperature != nil, "supervisedContrastive"),
      ("--label-smoothing", labelSmoothing != nil, "crossEntropy"),
    ] where isGiven && kind != loss {
      throw WrongUsage("\(option) needs --loss \(loss), found the loss \(kind)")
    }
  }

  private func applyObjective(to settings: inout Settings) throws {
    try settings.set("training.loss", ifGiven: loss.map { "{kind: \($0)}" })
    if labelSmoothing != nil, !settings.contains("training.loss") {
      try settings.set("training.loss.kind", "crossEntropy")
    }
    try settings.set("training.loss.labelSmoothing", ifGiven: labelSmoothing)
    try settings.set("training.loss.temperature", ifGiven: temperature)
    try settings.set("training.spectralDecoupling", ifGiven: spectralDecoupling)
    try settings.set("training.featureDecay", ifGiven: featureDecay)
    try settings.set("training.weightDecay.coefficient", ifGiven: weightDecay)
    try settings.set("training.weightDecay.appliesTo", ifGiven: decayScope?.rawValue)
    try settings.set("training.weightDecay.mode", ifGiven: decayMode?.rawValue)
    try settings.set("training.weightDecay.classifier", ifGiven: classifierDecay)
    try settings.set("training.weightDecay.normalization", ifGiven: normalizationDecay)
  }

  private func applyOptimizer(to settings: inout Settings) throws {
    try settings.set("training.optimizer", ifGiven: optimizer.map { "{kind: \($0)}" })
    if momentum != nil || nesterov, !settings.contains("training.optimizer") {
      try settings.set("training.optimizer.kind", "sgd")
    }
    try settings.set("training.optimizer.momentum", ifGiven: momentum)
    if nesterov { try settings.set("training.optimizer.nesterov", "true") }
    try settings.set("training.learningRate.initial", ifGiven: learningRate)
    if cosine { try settings.set("training.learningRate.schedule", "{kind: cosine}") }
    try settings.set(
      "training.learningRate.schedule",
      ifGiven: steps.map { "{kind: steps, epochs: [\($0)], factor: \(stepFactor ?? 0.1)}" })
    try settings.set("training.learningRate.warmUpEpochs", ifGiven: warmUp)
    try settings.set("training.gradientClipping", ifGiven: clipGradient)
  }
}
