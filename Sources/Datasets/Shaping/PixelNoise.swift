import CollapseCore

/// Normal noise on every pixel, each image's its own: g ← min(255, max(0, round(g + N(0, σ²)))).
///
/// The noise of an image follows from the seed, the split and its place in the source, so that the
/// same image has the same noise in every subset.
struct PixelNoise: PixelStep {
  let deviation: Double
  let draws: ShapingDraws

  func shape(after shape: Shape) -> Shape { shape }

  func write(
    _ image: UnsafeBufferPointer<UInt8>, of _: Shape, number: Int,
    into out: UnsafeMutableBufferPointer<UInt8>
  ) {
    var random = draws.generator("pixel noise/\(number)")
    for pixel in image.indices {
      // Beyond 255 deviations away nothing is left of the gray level; a larger number would trap.
      let level = Double(image[pixel]) + min(255, max(-255, deviation * random.normal()))
      out[pixel] = UInt8(min(255, max(0, level.rounded())))
    }
  }
}

extension Shaping {
  /// Images with noise on every pixel; an error for anything else.
  ///
  /// - Parameter numbers: the place of each in the source.
  func noisy<Samples: LabeledSamples>(
    _ samples: Samples, _ deviation: Double, numbers: [Int], _ draws: ShapingDraws, _ name: String
  ) throws(DatasetError) -> Samples {
    try requireImages(samples, for: "pixelNoise", to: "made noisy pixel by pixel", name)
    return try applying(
      PixelNoise(deviation: deviation, draws: draws), numbers: numbers, to: samples, name)
  }
}
