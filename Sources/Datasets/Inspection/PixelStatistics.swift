public import CollapseCore

/// What values the pixels of a set of images take, from 256-bin histograms and therefore exact.
public struct PixelStatistics: Sendable, Hashable, Codable {
  /// The darkest and the brightest byte of all channels.
  public let minimum: UInt8
  public let maximum: UInt8
  /// Mean byte value per channel, 0...255.
  public let means: [Double]
  /// Standard deviation per channel over all pixels (population), in byte values.
  public let standardDeviations: [Double]

  /// `nil` for no images.
  public init?(of images: LabeledImages) {
    guard !images.pixels.isEmpty else { return nil }
    let plane = images.height * images.width
    var histograms = Array(repeating: 0, count: images.channels * 256)
    images.pixels.withUnsafeBufferPointer { pixels in
      histograms.withUnsafeMutableBufferPointer { histograms in
        for start in stride(from: 0, to: pixels.count, by: plane) {
          let bins = (start / plane) % images.channels * 256
          for pixel in pixels[start..<start + plane] { histograms[bins + Int(pixel)] += 1 }
        }
      }
    }
    let total = Double(images.count * plane)
    var means: [Double] = []
    var deviations: [Double] = []
    var present = Set<Int>()
    for channel in 0..<images.channels {
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
