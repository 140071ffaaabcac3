import CollapseCore
import Networks

/// What the steps of epochs are taken on: batches drawn anew, or fixed ones in another order.
struct EpochBatches {
  private let sampleCount: Int
  private let batchSize: Int
  private let seed: UInt64
  /// The fixed batches, where there are such.
  private let fixed: [[Int]]?

  init(_ samples: any LabeledSamples, _ options: TrainingOptions) throws {
    sampleCount = samples.count
    batchSize = min(options.batchSize, samples.count)
    seed = options.seed
    fixed = try options.batches?.batches(
      labels: samples.labels, classCount: samples.classCount, batchSize: options.batchSize,
      seed: options.seed)
  }

  /// Steps of an epoch.
  var count: Int { fixed?.count ?? (sampleCount + batchSize - 1) / batchSize }

  /// Samples of an epoch; those in several fixed batches count in each.
  var total: Int { fixed.map { $0.reduce(0) { $0 + $1.count } } ?? sampleCount }

  /// The sizes there are, the largest first.
  var sizes: [Int] {
    if let fixed { return Set(fixed.map(\.count)).sorted(by: >) }
    let rest = sampleCount % batchSize
    return [batchSize] + (rest > 0 ? [rest] : [])
  }

  /// The batches of an epoch, counted from 0, in their order.
  func batches(epoch: Int) -> [ArraySlice<Int>] {
    var generator = SeededGenerator(seed: seed, stream: "order/\(epoch)")
    guard let fixed else {
      return generator.permutation(sampleCount).batches(of: batchSize)
    }
    return generator.permutation(fixed.count).map { fixed[$0][...] }
  }

  /// All samples, as the batches of an epoch have them, in one order for good.
  var inOrder: [ArraySlice<Int>] {
    fixed.map { $0.map { $0[...] } } ?? Array(0..<sampleCount).batches(of: batchSize)
  }
}

extension [Int] {
  /// Parts of one length, the last with what is left.
  func batches(of size: Int) -> [ArraySlice<Int>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min(count, $0 + size)] }
  }
}
