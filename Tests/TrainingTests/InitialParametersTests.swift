import CollapseCore
import Networks
import Testing
import Training

/// Trainings that begin with stated arrays.
@Suite struct InitialParametersTests {
  private static let samples = ToySamples.clusters(count: 20)
  private static let network = NetworkDescription(kind: "mlp", widths: [4])

  private func begin(_ arrays: [(String, Tensor)]) throws -> (NamedTensors, notes: [String]) {
    var options = TrainingOptions()
    options.epochs = 1
    options.learningRate = LearningRate(initial: 1e-12)
    options.checkpoints = CheckpointSchedule(epochs: [0])
    var initial = NamedTensors()
    for (name, tensor) in arrays { initial[name] = tensor }
    let trainer = try Trainer(
      network: Self.network, options: options, training: Self.samples, initial: initial)
    var notes: [String] = []
    let start = try trainer.checkpoint()
    try trainer.run { if case .note(let text) = $0 { notes.append(text) } }
    return (start, notes)
  }

  private static let classifier = Tensor(
    shape: [3, 4], values: (0..<12).map { Float($0) / 8 })

  @Test(arguments: ["parameters/classifier/weight", "classifier/weight", "classifier.weight"])
  func arraysAreTakenAndOthersDrawn(name: String) throws {
    let (start, notes) = try begin([(name, Self.classifier)])
    #expect(start["parameters/classifier/weight"] == Self.classifier)
    let drawn = try Trainer(
      network: Self.network, options: TrainingOptions(), training: Self.samples
    ).checkpoint()
    #expect(start["parameters/features.0/weight"] == drawn["parameters/features.0/weight"])
    #expect(notes.count == 1 && notes[0].contains("drawn: features.0/weight"))
    #expect(!notes[0].contains("classifier/weight"))
  }

  @Test func aWholeCheckpointIsTaken() throws {
    let end = try Trainer(
      network: Self.network, options: TrainingOptions(), training: Self.samples
    ).run().checkpoint
    let (start, notes) = try begin(end.names.map { ($0, end[$0]!) })
    for name in end.names where !name.hasPrefix("optimizer/") {
      #expect(start[name] == end[name], "\(name)")
    }
    #expect(notes == ["begins with arrays of a file"])
  }

  @Test(arguments: [
    (
      [("classifier.wight", classifier)],
      "begin with 'classifier.wight': the network has no such array"
    ),
    (
      [("classifier.weight", Tensor(shape: [2, 4], values: [Float](repeating: 0, count: 8)))],
      "expected shape 3×4, found 2×4"
    ),
    (
      [("classifier.weight", classifier), ("parameters/classifier/weight", classifier)],
      "'classifier/weight' is there by two names"
    ), ([], "it has none"),
  ])
  func refused(arrays: [(String, Tensor)], reason: String) {
    let error = #expect(throws: TrainingError.self) { try begin(arrays) }
    #expect(error?.kind == .badInput)
    #expect("\(error!)".contains(reason), "\(error!)")
  }
}
