public import CollapseCore

extension ChannelNormalization {
  /// The mean and population standard deviation of each channel over all samples and positions.
  ///
  /// The channel is the first axis of a sample: a plane of an image, a coordinate of a point.
  /// Accumulated in float64 by blocks of samples that are merged in order (Chan, Golub & LeVeque
  /// 1979), never as E x² − (E x)². A channel of one value only has the deviation 1, so that it
  /// becomes 0 and not infinite.
  ///
  /// - Throws: what keeps the samples from being read.
  public init(of samples: some LabeledSamples) throws {
    let channels = samples.sampleShape[0]
    let size = samples.sampleShape.elementCount
    let plane = size / max(channels, 1)
    var moments = Array(repeating: Moments(), count: channels)
    let blockSize = 256
    var buffer = [Float](repeating: 0, count: min(blockSize, samples.count) * size)
    for start in stride(from: 0, to: samples.count, by: blockSize) {
      let block = start..<min(start + blockSize, samples.count)
      try buffer.withUnsafeMutableBufferPointer { values in
        let filled = UnsafeMutableBufferPointer(rebasing: values[..<(block.count * size)])
        try samples.copy(block, into: filled)
        for channel in 0..<channels {
          let positions = (0..<block.count).lazy.map { $0 * size + channel * plane }
          moments[channel].merge(Moments(UnsafeBufferPointer(filled), positions, plane))
        }
      }
    }
    self.init(
      means: moments.map(\.mean),
      standardDeviations: moments.map { moment in
        let deviation = moment.count > 0 ? (moment.squares / moment.count).squareRoot() : 0
        return deviation > 0 ? deviation : 1
      })
  }
}

/// Count, mean and sum of squared deviations of some numbers.
private struct Moments {
  var count = 0.0
  var mean = 0.0
  var squares = 0.0

  init() {}

  /// Those of the runs of `length` values that start at `starts`, in two passes.
  init(_ values: UnsafeBufferPointer<Float>, _ starts: some Collection<Int>, _ length: Int) {
    count = Double(starts.count * length)
    guard count > 0 else { return }
    var sum = 0.0
    for start in starts {
      for index in start..<start + length { sum += Double(values[index]) }
    }
    mean = sum / count
    for start in starts {
      for index in start..<start + length {
        let deviation = Double(values[index]) - mean
        squares += deviation * deviation
      }
    }
  }

  mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    let total = count + other.count
    let gap = other.mean - mean
    mean += gap * other.count / total
    squares += other.squares + gap * gap * count * other.count / total
    count = total
  }
}
