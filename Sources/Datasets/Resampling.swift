import CollapseCore

/// Changing the size of images: separable, with a triangle filter.
///
/// Output pixel i of n, of an axis of m input pixels, is centred at c = (i + ½)·m/n and weighs
/// input pixel j by max(0, 1 − |j + ½ − c| / r), r = max(1, m/n), the weights normalized to sum
/// to 1: bilinear interpolation where the axis grows, an average over the covered pixels where it
/// shrinks (as Pillow's `BILINEAR`). Rows first, then columns; the result is rounded half up.
enum Resampling {
  /// The input pixels one output pixel is made of.
  struct Taps {
    let start: Int
    let weights: [Float]
  }

  static func taps(from input: Int, to output: Int) -> [Taps] {
    let scale = Float(input) / Float(output)
    let radius = max(1, scale)
    return (0..<output).map { index in
      let centre = (Float(index) + 0.5) * scale
      let start = max(0, Int((centre - radius).rounded(.down)))
      let end = min(input, Int((centre + radius).rounded(.up)))
      var weights = (start..<end).map { max(0, 1 - abs(Float($0) + 0.5 - centre) / radius) }
      let sum = weights.reduce(0, +)
      for tap in weights.indices { weights[tap] /= sum }
      return Taps(start: start, weights: weights)
    }
  }

  /// One plane of `source.count / columns` rows, resized by the taps of each axis.
  static func resize(
    _ source: UnsafeBufferPointer<UInt8>, columns: Int, across: [Taps], down: [Taps],
    into target: UnsafeMutableBufferPointer<UInt8>
  ) {
    let rows = source.count / columns
    let width = across.count
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * width) { narrowed in
      for row in 0..<rows {
        for (column, taps) in across.enumerated() {
          var sum: Float = 0
          for (offset, weight) in taps.weights.enumerated() {
            sum += weight * Float(source[row * columns + taps.start + offset])
          }
          narrowed[row * width + column] = sum
        }
      }
      for (row, taps) in down.enumerated() {
        for column in 0..<width {
          var sum: Float = 0
          for (offset, weight) in taps.weights.enumerated() {
            sum += weight * narrowed[(taps.start + offset) * width + column]
          }
          target[row * width + column] = UInt8(min(255, max(0, sum + 0.5)))
        }
      }
    }
  }
}

extension LabeledImages {
  /// The images brought to `size` by ``Resampling``, or as they are where it is `nil`.
  func resized(to size: ImageSize?, threads: Int) throws -> LabeledImages {
    guard let size, size.width != width || size.height != height else { return self }
    let planes = count * channels
    let plane = height * width
    let target = size.width * size.height
    let across = Resampling.taps(from: width, to: size.width)
    let down = Resampling.taps(from: height, to: size.height)
    let resized = try [UInt8](unsafeUninitializedCapacity: planes * target) { out, filled in
      nonisolated(unsafe) let out = out
      try Parallel.forEach(planes, threads: threads) { index in
        pixels.withUnsafeBufferPointer { source in
          Resampling.resize(
            UnsafeBufferPointer(rebasing: source[index * plane..<(index + 1) * plane]),
            columns: width, across: across, down: down,
            into: UnsafeMutableBufferPointer(
              rebasing: out[index * target..<(index + 1) * target]))
        }
      }
      filled = planes * target
    }
    return LabeledImages(
      sampleShape: [channels, size.height, size.width], pixels: resized, labels: labels,
      classNames: classNames)
  }
}
