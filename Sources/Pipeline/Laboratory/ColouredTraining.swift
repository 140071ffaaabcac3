import CollapseCore
import Datasets
import Laboratory
import LibC
import LinearAlgebra
import Reporting

/// Perceptrons on coloured digits as the paper's script trains them: plainly; with spectral decoupling
/// from some step on, by which the script divides the whole loss by 50 000; and with the same loss undivided.
///
/// Adam goes on with the moments it has. Where the loss has become small it takes small steps, until it has
/// forgotten how large gradients were: the optimum is where it was, and is reached much later.
///
/// The script has 50 000 digits, a width of 300 and a rate of 1e−4. Of a tenth of the digits networks as
/// wide learn all by heart; narrower ones at a larger rate go the way of the script.
struct ColouredTraining: Sendable, Hashable {
  var digits = SampleSource(name: "mnist")
  var digitCount = 5000
  var digitTestCount = 2000
  var digitWidth = 100
  var digitRate = 3e-4
  var digitSwitch = 450
  var digitSteps = 2000
  var digitPlainSteps = 1000
  var digitFactor = 2e-5
  var digitCoupling = 1.0
  var digitSeeds = 3

  static var fields: [Field<ColouredTraining>] {
    [
      Field(
        "digits", \.digits,
        "Grey images that colours are given to; their training split is drawn from for both."),
      Field(
        "digitCount", \.digitCount, "Coloured digits that are trained on.", range: .atLeast(10)),
      Field(
        "digitTestCount", \.digitTestCount, "Coloured digits that are tested on.",
        range: .atLeast(10)),
      Field(
        "digitWidth", \.digitWidth, "The width of both hidden layers on coloured digits.",
        range: .atLeast(1)),
      Field("digitRate", \.digitRate, "Adam's learning rate there.", range: .positive),
      Field(
        "digitSwitch", \.digitSwitch, "Steps after which spectral decoupling begins there.",
        range: .atLeast(1)),
      Field(
        "digitSteps", \.digitSteps, "Steps there with spectral decoupling.", range: .atLeast(2)),
      Field(
        "digitPlainSteps", \.digitPlainSteps, "Steps there without, half as many in the script.",
        range: .atLeast(1)),
      Field(
        "digitFactor", \.digitFactor,
        "What the published script multiplies the whole loss with from then on.",
        range: .above(0, atMost: 1)),
      Field(
        "digitCoupling", \.digitCoupling, "κ of spectral decoupling there.", range: .positive),
      Field(
        "digitSeeds", \.digitSeeds, "Networks, choices and colours of digits.", range: .atLeast(1)),
    ]
  }

  func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    guard digitSwitch < digitSteps else {
      throw stated.fault(
        "digitSwitch", "expected fewer than the \(digitSteps) steps there are, found \(digitSwitch)"
      )
    }
  }

  /// Shares of signs that are flipped, of colours that mislead in both halves of what is trained on,
  /// and in the test.
  static let (labelNoise, misled, reversed) = (0.25, [0.2, 0.1], 0.9)

  enum Variant: String, Sendable, CaseIterable {
    case plain
    case published = "decoupled, as published"
    case unscaled = "decoupled, unscaled"
  }

  struct Task: Sendable {
    /// Trainings that are one until the switch.
    var variants: [Variant]
    var seed: UInt64
  }

  /// The longest first.
  var tasks: [Task] {
    [[Variant.published, .unscaled], [.plain]].flatMap { variants in
      (1...digitSeeds).map { Task(variants: variants, seed: UInt64($0)) }
    }
  }

  /// The steps after which accuracies are taken: evenly, and more where the loss has just changed.
  var watched: [Int] {
    let even = Array(stride(from: 0, through: digitSteps, by: max(1, digitSteps / 40)))
    let near = [0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80].map { digitSwitch + $0 }
    let steps = Set(even + near + [digitSteps]).filter { $0 <= digitSteps }
    return steps.union([digitPlainSteps]).sorted()
  }

  /// - Throws: ``DatasetError`` where colours cannot be given to as many digits.
  func check(_ data: LoadedDataset) throws { _ = try images(of: data) }

  private func images(of data: LoadedDataset) throws -> LabeledImages {
    let samples = try data.keptSamples(of: digits.split ?? "train")
    guard let images = samples as? LabeledImages, images.channels == 1, images.classCount > 1 else {
      throw DatasetError(
        file: data.origin,
        problem: "expected grey images of two classes or more to colour, found "
          + "\(samples.sampleShape) in \(samples.classCount) classes", kind: .usage)
    }
    let needed = digitCount + digitTestCount
    guard images.count >= needed else {
      throw DatasetError(
        file: data.origin,
        problem: "digitCount and digitTestCount are \(digitCount) and \(digitTestCount), and its "
          + "training split has \(images.count) images; lower one of them", kind: .usage)
    }
    return images
  }

  /// Digits of one seed: to train on, and two tests on the same others.
  func coloured(_ images: LabeledImages, seed: UInt64) -> (
    train: ColouredDigits, familiar: ColouredDigits, reversed: ColouredDigits
  ) {
    var choice = SeededGenerator(seed: seed, stream: "coloured/choice")
    let order = choice.permutation(images.count)
    let (half, end) = (digitCount / 2, digitCount + digitTestCount)
    func digits(_ range: Range<Int>, misled: Double, _ stream: String) -> ColouredDigits {
      var generator = SeededGenerator(seed: seed, stream: "coloured/\(stream)")
      return ColouredDigits(
        images.selecting(Array(order[range])), flipped: Self.labelNoise, misled: misled, &generator)
    }
    let misled = Self.misled.reduce(0, +) / 2
    return (
      digits(0..<half, misled: Self.misled[0], "first")
        .joined(with: digits(half..<digitCount, misled: Self.misled[1], "second")),
      digits(digitCount..<end, misled: misled, "test"),
      digits(digitCount..<end, misled: Self.reversed, "test")
    )
  }

  func observe(
    _ task: Task, _ data: LoadedDataset, _ interruption: Interruption
  ) throws -> [Observation] {
    let digits = coloured(try images(of: data), seed: task.seed)
    let network = DenseNetwork(
      widths: [digits.train.inputs.columns, digitWidth, digitWidth, 1], activation: .relu)
    let model = try DenseModel(network, inputs: digits.train.inputs)
    let tests = try [digits.familiar, digits.reversed].map {
      ($0, try DenseModel(network, inputs: $0.inputs))
    }
    let watched = Set(watched)
    var moments: [(step: Int, quantities: [(String, Double?)])] = []
    func look(_ step: Int, _ point: [Double]) {
      guard watched.contains(step) else { return }
      let outputs = model.outputs(at: point)
      let count = Double(digits.train.signs.count)
      let loss =
        zip(digits.train.signs, outputs.elements).reduce(0) { sum, item in
          let margin = item.0 * item.1
          return sum + max(-margin, 0) + log1p(exp(-abs(margin)))
        } / count
      let square = outputs.elements.reduce(0) { $0 + $1 * $1 } / count
      moments.append(
        (
          step,
          [
            ("loss", loss), ("square", square), ("decoupled_loss", loss + digitCoupling * square),
            ("train_accuracy", digits.train.accuracy(of: outputs)),
            ("familiar_accuracy", tests[0].0.accuracy(of: tests[0].1.outputs(at: point))),
            ("reversed_accuracy", tests[1].0.accuracy(of: tests[1].1.outputs(at: point))),
          ]
        ))
    }
    var generator = SeededGenerator(seed: task.seed, stream: "coloured/start")
    var state = AdamDescent.State(from: network.glorotStart(&generator))
    look(0, state.point)
    func descend(
      _ state: inout AdamDescent.State, steps: Int, coupling: Double, factor: Double = 1
    ) throws {
      let objective = DenseObjective(
        model, .logistic(signs: digits.train.signs), outputPenalty: 2 * coupling, factor: factor)
      _ = try AdamDescent(learningRate: digitRate, steps: steps).advance(
        &state, on: objective, interruption: interruption
      ) { step, point, _ in look(step, point) }
    }
    func observations(of variant: Variant) -> [Observation] {
      moments.map { step, quantities in
        Observation(
          "coloured",
          [
            .init(axis: "training", value: .word(variant.rawValue)),
            .init(axis: "seed", value: .number(Double(task.seed))),
            .init(axis: "step", value: .number(Double(step))),
          ], quantities)
      }
    }
    guard task.variants != [.plain] else {
      try descend(&state, steps: digitPlainSteps, coupling: 0)
      return observations(of: .plain)
    }
    // The script has its factor as κ until the switch.
    try descend(&state, steps: digitSwitch, coupling: digitFactor * digitCoupling)
    let common = moments
    return try task.variants.flatMap { variant in
      moments = common
      var branch = state
      try descend(
        &branch, steps: digitSteps - digitSwitch, coupling: digitCoupling,
        factor: variant == .published ? digitFactor : 1)
      return observations(of: variant)
    }
  }
}
