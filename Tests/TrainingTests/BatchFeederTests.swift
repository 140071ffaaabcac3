import CollapseCore
import Networks
import Testing
import Training

/// What a training step is given: every sample once, normalized, in the order asked for.
@Suite struct BatchFeederTests {
  static let images = ToySamples.quadrants(count: 23, channels: 3, size: 6)
  static let normalization = ChannelNormalization(
    means: [100, 110, 120], standardDeviations: [50, 60, 70])
  static let order: [Int] = {
    var generator = SeededGenerator(seed: 2)
    return generator.permutation(23)
  }()

  static func feeder(_ augmentation: Augmentation = Augmentation(), seed: UInt64 = 1)
    -> BatchFeeder
  {
    BatchFeeder(
      images, normalization: normalization, batchSize: 8, augmentation: augmentation, seed: seed)
  }

  static func batches(
    _ feeder: BatchFeeder, from first: Int = 0, epoch: Int = 0
  ) throws -> [(samples: [Float], labels: [Int32])] {
    var batches: [(samples: [Float], labels: [Int32])] = []
    try feeder.forEach(of: order, from: first, epoch: epoch) { number, batch in
      #expect(number == first + batches.count)
      batches.append((Array(batch.usedSamples), Array(batch.usedLabels)))
      return true
    }
    return batches
  }

  /// (pixel − mean) / deviation of the channel.
  static func normalized(_ index: Int) -> [Float] {
    images.pixels[index * 108..<(index + 1) * 108].enumerated().map { offset, pixel in
      let channel = offset / 36
      return Float(
        (Double(pixel) - normalization.means[channel])
          / normalization.standardDeviations[channel])
    }
  }

  @Test func everySampleOnceAndTheLastBatchSmaller() throws {
    let batches = try Self.batches(Self.feeder())
    #expect(batches.map(\.labels.count) == [8, 8, 7])
    #expect(batches.flatMap(\.labels) == Self.order.map { Self.images.labels[$0] })
    let samples = batches.flatMap(\.samples)
    for (position, index) in Self.order.enumerated() {
      let sample = samples[position * 108..<(position + 1) * 108]
      let worst = zip(sample, Self.normalized(index)).map { abs($0 - $1) }.max()!
      #expect(worst < 1e-5, "sample \(index)")
    }
  }

  /// Threads that prepare batches keep subnormal numbers though training flushes them: they are the
  /// process's, and others compute on them afterwards. Each feeder is held up by the one within, so
  /// that the process needs new threads.
  @Test func preparesOnThreadsThatKeepSubnormals() throws {
    let faint = ChannelNormalization(means: [0], standardDeviations: [1e40])
    func feed(_ depth: Int) throws {
      let feeder = BatchFeeder(Self.images, normalization: faint, batchSize: 4)
      try feeder.forEach(of: Self.order) { number, batch in
        // their bits, as this thread takes them for zero
        #expect(batch.usedSamples.contains { $0.bitPattern != 0 }, "\(depth) more within")
        if number == 0 && depth > 0 { try feed(depth - 1) }
        return true
      }
    }
    try ThreadTeam(threads: 1).flushingSubnormals { try feed(12) }
  }

  /// Begun in the middle of an epoch, it gives the batches that are left, as they would have been.
  @Test func goesOnInTheMiddle() throws {
    let augmentation = Augmentation(cropPadding: 2, horizontalFlip: true)
    let whole = try Self.batches(Self.feeder(augmentation), epoch: 3)
    for first in 0...3 {
      let rest = try Self.batches(Self.feeder(augmentation), from: first, epoch: 3)
      #expect(rest.flatMap(\.samples) == whole[first...].flatMap(\.samples))
    }
    #expect(try Self.batches(Self.feeder(augmentation), epoch: 4)[0].samples != whole[0].samples)
    #expect(
      try Self.batches(Self.feeder(augmentation, seed: 2), epoch: 3)[0].samples
        != whole[0].samples)
  }

  /// Each image is a part of the image with zeros around it, mirrored or not: one of
  /// 2 (2p + 1)² possible ones, and over some epochs all of them come.
  @Test func cropsAndFlips() throws {
    let padding = 1
    var seen: Set<[Int]> = []
    for epoch in 0..<12 {
      let batches = try Self.batches(
        Self.feeder(Augmentation(cropPadding: padding, horizontalFlip: true)), epoch: epoch)
      let samples = batches.flatMap(\.samples)
      for (position, index) in Self.order.enumerated() {
        let sample = samples[position * 108..<(position + 1) * 108]
        let changes = Self.changes(padding).filter { change in
          zip(sample, Self.changed(Self.normalized(index), change)).allSatisfy {
            abs($0 - $1) < 1e-5
          }
        }
        #expect(changes.count == 1, "sample \(index) in epoch \(epoch)")
        seen.formUnion(changes)
      }
    }
    #expect(seen.count == 18)
  }

  private static func changes(_ padding: Int) -> [[Int]] {
    (-padding...padding).flatMap { dy in
      (-padding...padding).flatMap { dx in [[dy, dx, 0], [dy, dx, 1]] }
    }
  }

  private static func changed(_ image: [Float], _ change: [Int]) -> [Float] {
    (0..<108).map { offset in
      let (channel, y, x) = (offset / 36, offset / 6 % 6, offset % 6)
      let row = y + change[0]
      let column = (change[2] == 1 ? 5 - x : x) + change[1]
      guard (0..<6).contains(row), (0..<6).contains(column) else { return 0 }
      return image[channel * 36 + row * 6 + column]
    }
  }

  /// The thread that prepares batches ends with the loop, however that ends.
  @Test func endsEarly() throws {
    struct Stop: Error {}
    let feeder = Self.feeder()
    for stop in 0..<3 {
      var seen = 0
      try feeder.forEach(of: Self.order) { number, _ in
        seen += 1
        return number < stop
      }
      #expect(seen == stop + 1)
      #expect(throws: Stop.self) {
        try feeder.forEach(of: Self.order) { number, _ in
          if number == stop { throw Stop() }
          return true
        }
      }
    }
    #expect(try Self.batches(feeder).count == 3)
  }
}
