import CollapseCore
import Networks
import Testing
import Training

/// Batches that stay what they are.
@Suite struct BatchPartitionTests {
  private static let labels: [Int32] = (0..<24).map { Int32($0 / 6) }

  private func batches(
    _ partition: BatchPartition, size: Int, labels: [Int32] = labels, seed: UInt64 = 1
  ) throws -> [[Int]] {
    try partition.batches(labels: labels, classCount: 4, batchSize: size, seed: seed)
  }

  private func counts(_ batch: [Int]) -> [Int] {
    (0..<4).map { label in batch.count { Self.labels[$0] == label } }
  }

  @Test func everySampleIsInOneBatchWithAllClasses() throws {
    let found = try batches(BatchPartition(), size: 8)
    #expect(found.flatMap(\.self).sorted() == Array(0..<24))
    for batch in found { #expect(counts(batch) == [2, 2, 2, 2]) }
    #expect(try batches(BatchPartition(), size: 8) == found)
    #expect(try batches(BatchPartition(), size: 8, seed: 2) != found)
  }

  @Test func bindingSamplesAreInEveryBatch() throws {
    let found = try batches(BatchPartition(binding: 1), size: 9)
    // 4 in all batches, and 5 of the 20 others in each.
    #expect(found.count == 4)
    let shared = found.dropFirst().reduce(Set(found[0])) { $0.intersection($1) }
    #expect(shared.map { Self.labels[$0] }.sorted() == [0, 1, 2, 3])
    #expect(found.flatMap { $0.filter { !shared.contains($0) } }.sorted().count == 20)
    #expect(Set(found.flatMap(\.self)).count == 24)
    #expect(found.allSatisfy { $0.count == 9 })
  }

  @Test func groupsOfClassesShareNoBatch() throws {
    let found = try batches(BatchPartition(classesPerBatch: 2), size: 5)
    #expect(found.map(\.count) == [5, 5, 2, 5, 5, 2])
    for (number, batch) in found.enumerated() {
      #expect(batch.allSatisfy { (Self.labels[$0] < 2) == (number < 3) })
    }
    let bound = try batches(BatchPartition(binding: 1, classesPerBatch: 2), size: 9)
    #expect(bound.allSatisfy { counts($0).allSatisfy { $0 > 0 } })
  }

  @Test(arguments: [
    (BatchPartition(binding: 1), 4, "4 samples in every batch leave no place in batches of 4"),
    (BatchPartition(binding: 7), 40, "class 0 has 6 samples, and 7 are to be in every batch"),
    (BatchPartition(classesPerBatch: 5), 8, "5 classes are to share batches, and there are 4"),
  ])
  func refused(partition: BatchPartition, size: Int, reason: String) {
    let error = #expect(throws: NetworkError.self) { try batches(partition, size: size) }
    #expect(error?.reason == reason)
  }

  private static func options(_ partition: BatchPartition?) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = 4
    options.batchSize = 7
    options.threads = 2
    options.batches = partition
    return options
  }

  /// With fixed batches, the losses of an epoch at rest are those of these batches, whatever the
  /// order; and what is resumed ends in the same bits.
  @Test(arguments: [BatchPartition(binding: 1), BatchPartition(classesPerBatch: 1)])
  func resumedBitsAreTheSame(partition: BatchPartition) throws {
    let samples = ToySamples.clusters(count: 30)
    let network = NetworkDescription(kind: "mlp", widths: [10])
    let whole = try Trainer(
      network: network, options: Self.options(partition), training: samples
    ).run()
    let interruption = Interruption()
    var steps = 0
    let first = try Trainer(network: network, options: Self.options(partition), training: samples)
    let stopped = try first.run(interruption: interruption) { event in
      if case .step = event { steps += 1 }
      if steps == 9 { interruption.request() }
    }
    #expect(stopped.reason == .interruption)
    let resumed = try Trainer(resuming: stopped.checkpoint, training: samples).run()
    for name in whole.checkpoint.names {
      #expect(resumed.checkpoint[name] == whole.checkpoint[name], "\(name)")
    }
  }

  @Test func otherBatchesAreRefusedOnceBegun() throws {
    let samples = ToySamples.clusters(count: 30)
    let network = NetworkDescription(kind: "mlp", widths: [10])
    let end = try Trainer(network: network, options: Self.options(nil), training: samples).run()
    let error = #expect(throws: TrainingError.self) {
      try Trainer(resuming: end.checkpoint, training: samples) {
        $0.batches = BatchPartition(binding: 1)
      }
    }
    #expect("\(error!)".contains("batches"))
  }
}
