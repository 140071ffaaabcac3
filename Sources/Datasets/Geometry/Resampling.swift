/// Changing the size of an axis, with a triangle filter.
///
/// Output pixel i of n, of an axis of m input pixels, is centred at c = (i + ½)·m/n and weighs
/// input pixel j by max(0, 1 − |j + ½ − c| / r), r = max(1, m/n), the weights normalized to sum
/// to 1: bilinear interpolation where the axis grows, an average over the covered pixels where it
/// shrinks. As with Pillow's `BILINEAR`, rows come first and are rounded to bytes, then columns,
/// and weights are whole multiples of 2⁻²².
struct Resampling: Sendable {
  /// The input pixels one output pixel is made of.
  struct Taps: Sendable {
    let start: Int
    /// In units of 2⁻²².
    let weights: [Int32]
  }

  static let precision: Int32 = 22

  let taps: [Taps]

  /// - Parameter part: the output pixels that are wanted.
  init(from input: Int, to output: Int, part: Range<Int>) {
    let scale = Double(input) / Double(output)
    let radius = max(1, scale)
    taps = part.map { index in
      let centre = (Double(index) + 0.5) * scale
      let start = max(0, Int(centre - radius + 0.5))
      let end = min(input, Int(centre + radius + 0.5))
      var weights = (start..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) / radius)) }
      let sum = weights.reduce(0, +)
      for tap in weights.indices { weights[tap] /= sum }
      return Taps(
        start: start,
        weights: weights.map { Int32(0.5 + $0 * Double(Int32(1) << Self.precision)) })
    }
  }

  /// The input pixels that are needed.
  var support: Range<Int> { taps[0].start..<taps.last!.start + taps.last!.weights.count }

  /// A weighted sum of bytes as a byte.
  @inline(__always)
  static func byte(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> precision) }
}
