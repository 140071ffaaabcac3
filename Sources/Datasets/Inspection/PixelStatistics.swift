public import CollapseCore

/// What values the pixels of a set of images take, from 256-bin histograms and therefore exact.
public struct PixelStatistics: Sendable, Hashable, Codable {
  /// The darkest and the brightest byte of all channels.
  public let minimum: UInt8
  /// The brightest byte of all channels.
  public let maximum: UInt8
  /// Mean byte value per channel, 0...255.
  public let means: [Double]
  /// Standard deviation per channel over all pixels (population), in byte values.
  public let standardDeviations: [Double]

  /// `nil` for no images.
  public init?(of images: LabeledImages) {
    var histogram = PixelHistogram(of: images.sampleShape)
    images.pixels.withUnsafeBufferPointer { histogram.add($0) }
    self.init(histogram)
  }

  /// `nil` where nothing was added.
  public init?(_ histogram: PixelHistogram) {
    let histograms = histogram.counts
    let total = Double(histograms.prefix(256).reduce(0, +))
    guard total > 0 else { return nil }
    var means: [Double] = []
    var deviations: [Double] = []
    var present = Set<Int>()
    for channel in 0..<histograms.count / 256 {
      let counts = histograms[channel * 256..<(channel + 1) * 256]
      let sum = zip(0..., counts).reduce(0) { $0 + $1.0 * $1.1 }
      let mean = Double(sum) / total
      let squares = zip(0..., counts).reduce(0.0) { sum, bin in
        sum + (Double(bin.0) - mean) * (Double(bin.0) - mean) * Double(bin.1)
      }
      means.append(mean)
      deviations.append((squares / total).squareRoot())
      present.formUnion(zip(0..., counts).lazy.filter { $0.1 > 0 }.map(\.0))
    }
    minimum = UInt8(present.min()!)
    maximum = UInt8(present.max()!)
    self.means = means
    standardDeviations = deviations
  }
}

/// How often each byte value occurs in each channel of images that are added block by block.
public struct PixelHistogram: Sendable {
  private let plane: Int
  private let channels: Int
  /// 256 for each channel.
  fileprivate var counts: [Int]

  /// - Parameter shape: `[channels, height, width]` of every image.
  public init(of shape: Shape) {
    channels = shape[0]
    plane = shape[1] * shape[2]
    counts = Array(repeating: 0, count: channels * 256)
  }

  /// Counts the pixels of some whole images.
  public mutating func add(_ pixels: UnsafeBufferPointer<UInt8>) {
    guard plane > 0 else { return }
    counts.withUnsafeMutableBufferPointer { counts in
      for start in stride(from: 0, to: pixels.count, by: plane) {
        let bins = (start / plane) % channels * 256
        for pixel in pixels[start..<start + plane] { counts[bins + Int(pixel)] += 1 }
      }
    }
  }
}
