package import CollapseCore
import Dispatch
package import Networks
import Synchronization

/// A batch in memory, ready for a plan.
package final class Batch: @unchecked Sendable {
  let samples: AlignedBuffer
  let labels: UnsafeMutableBufferPointer<Int32>
  package fileprivate(set) var count = 0
  /// What it took to fill it.
  package fileprivate(set) var fillSeconds = 0.0
  /// Why the samples could not be read, where they could not.
  fileprivate var failure: (any Error)?
  private let sampleSize: Int

  init(capacity: Int, sampleSize: Int) {
    samples = AlignedBuffer(byteCount: capacity * sampleSize * MemoryLayout<Float>.stride)
    labels = .allocate(capacity: capacity)
    labels.initialize(repeating: 0)
    self.sampleSize = sampleSize
  }

  deinit { labels.deallocate() }

  /// The samples there are, one after another.
  package var usedSamples: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: samples.floats[..<(count * sampleSize)])
  }

  /// The samples there are and zeros behind them, `count` in all.
  ///
  /// - Precondition: the batch has room for as many.
  package func samples(paddedTo count: Int) -> UnsafeMutableBufferPointer<Float> {
    let all = UnsafeMutableBufferPointer(rebasing: samples.floats[..<(count * sampleSize)])
    if count > self.count { all[(self.count * sampleSize)...].update(repeating: 0) }
    return all
  }

  /// The labels of the samples there are.
  package var usedLabels: UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(rebasing: labels[..<count])
  }
}

/// Turns samples into normalized batches, one batch ahead of whoever computes with them.
package final class BatchFeeder: Sendable {
  private let samples: any LabeledSamples
  private let normalization: ChannelNormalization?
  private let sampleSize: Int
  let batchSize: Int
  private let augmentation: Augmentation
  private let seed: UInt64
  private let slots: [Batch]
  private let queue = DispatchQueue(label: "batches")

  package init(
    _ samples: any LabeledSamples, normalization: ChannelNormalization?, batchSize: Int,
    augmentation: Augmentation = Augmentation(), seed: UInt64 = 0
  ) {
    self.samples = samples
    self.normalization = normalization
    self.batchSize = batchSize
    self.augmentation = augmentation
    self.seed = SeededGenerator(seed: seed, stream: "augmentation").state[0]
    let sampleSize = samples.sampleShape.elementCount
    self.sampleSize = sampleSize
    slots = (0..<2).map { _ in Batch(capacity: batchSize, sampleSize: sampleSize) }
  }

  /// Calls `body` with each batch of `order` from number `first` on, until it answers false,
  /// while another thread prepares the next one. A batch is valid during its call.
  package func forEach(
    of order: [Int], from first: Int = 0, epoch: Int = 0,
    _ body: (_ number: Int, Batch) throws -> Bool
  ) throws {
    try forEach(of: order.batches(of: batchSize), from: first, epoch: epoch, body)
  }

  /// The same with batches of stated samples.
  ///
  /// - Precondition: none is larger than `batchSize`.
  func forEach(
    of batches: [ArraySlice<Int>], from first: Int = 0, epoch: Int = 0,
    _ body: (_ number: Int, Batch) throws -> Bool
  ) throws {
    let count = batches.count
    guard first < count else { return }
    // Dispatch traps on a semaphore freed below the value it began with: it begins at zero.
    let free = DispatchSemaphore(value: 0)
    for _ in slots { free.signal() }
    let filled = DispatchSemaphore(value: 0)
    let done = DispatchSemaphore(value: 0)
    let cancellation = Cancellation()
    let produce: @Sendable () -> Void = { [self] in
      for number in first..<count {
        free.wait()
        if cancellation.isRequested { break }
        let batch = slots[number % 2]
        batch.failure = nil
        do {
          try fill(batch, with: batches[number], epoch)
        } catch {
          batch.failure = error
        }
        filled.signal()
      }
      done.signal()
    }
    ThreadTeam.keepingSubnormals { queue.async(execute: produce) }
    // The producer must be gone before the slots are used again, also when `body` throws.
    defer {
      cancellation.request()
      free.signal()
      done.wait()
    }
    for number in first..<count {
      filled.wait()
      if let failure = slots[number % 2].failure { throw failure }
      let goesOn = try body(number, slots[number % 2])
      free.signal()
      if !goesOn { return }
    }
  }

  private final class Cancellation: Sendable {
    private let flag = Atomic(false)
    func request() { flag.store(true, ordering: .releasing) }
    var isRequested: Bool { flag.load(ordering: .acquiring) }
  }

  private func fill(_ batch: Batch, with indices: ArraySlice<Int>, _ epoch: Int) throws {
    var clock = LapClock()
    defer { batch.fillSeconds = clock.lap() }
    batch.count = indices.count
    let target = batch.usedSamples
    if let images = samples as? LabeledImages {
      convert(images, indices, into: target)
    } else {
      try samples.copy(indices, into: target)
      normalize(target)
    }
    if !augmentation.isIdentity { augment(target, indices, epoch) }
    let labels = samples.labels
    for (position, index) in indices.enumerated() { batch.labels[position] = labels[index] }
  }

  /// Bytes to normalized floats in one pass.
  private func convert(
    _ images: LabeledImages, _ indices: ArraySlice<Int>,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    let plane = images.height * images.width
    images.pixels.withUnsafeBufferPointer { pixels in
      for (position, index) in indices.enumerated() {
        for channel in 0..<images.channels {
          let (factor, summand) = coefficients(channel)
          let source = pixels.baseAddress! + (index * images.channels + channel) * plane
          let out = target.baseAddress! + (position * images.channels + channel) * plane
          for offset in 0..<plane { out[offset] = Float(source[offset]) * factor + summand }
        }
      }
    }
  }

  private func augment(
    _ target: UnsafeMutableBufferPointer<Float>, _ indices: ArraySlice<Int>, _ epoch: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: sampleSize) { copy in
      for (position, index) in indices.enumerated() {
        let change = ImageChange(augmentation, seed: seed, epoch: epoch, sample: index)
        let image = UnsafeMutableBufferPointer(
          rebasing: target[position * sampleSize..<(position + 1) * sampleSize])
        change.apply(to: image, shape: samples.sampleShape, using: copy)
      }
    }
  }

  private func normalize(_ target: UnsafeMutableBufferPointer<Float>) {
    guard normalization != nil else { return }
    let channels = samples.sampleShape[0]
    let plane = sampleSize / channels
    for start in stride(from: 0, to: target.count, by: plane) {
      let (factor, summand) = coefficients(start / plane % channels)
      for offset in start..<start + plane { target[offset] = target[offset] * factor + summand }
    }
  }

  /// x ↦ factor · x + summand of a channel. Where there is one mean, it is every channel's.
  private func coefficients(_ channel: Int) -> (Float, Float) {
    guard let normalization else { return (1, 0) }
    let index = normalization.means.count == 1 ? 0 : channel
    let factor = 1 / normalization.standardDeviations[index]
    return (Float(factor), Float(-normalization.means[index] * factor))
  }
}
