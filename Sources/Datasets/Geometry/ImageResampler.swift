/// Applies an ``ImageGeometry`` to one image after another, keeping what they have in common.
struct ImageResampler {
  private var cached: (geometry: ImageGeometry, from: ImageSize, axes: Axes)?
  private var narrowed: [UInt8] = []
  private var sums: [Int32] = []

  /// The two axes of the part that is cut out; no resampling of an axis that keeps its size.
  private struct Axes {
    let columns: Range<Int>
    let rows: Range<Int>
    let across: Resampling?
    let down: Resampling?

    init(_ geometry: ImageGeometry, _ size: ImageSize) {
      let resized = geometry.resizedSize(of: size)
      let output = geometry.outputSize(of: size)
      func part(_ whole: Int, _ cut: Int) -> Range<Int> {
        // Half a pixel goes to the even side, as Python rounds.
        let start = Int((Double(whole - cut) / 2).rounded(.toNearestOrEven))
        return start..<start + cut
      }
      columns = part(resized.width, output.width)
      rows = part(resized.height, output.height)
      across =
        resized.width == size.width
        ? nil : Resampling(from: size.width, to: resized.width, part: columns)
      down =
        resized.height == size.height
        ? nil : Resampling(from: size.height, to: resized.height, part: rows)
    }
  }

  /// Writes `planes`, of an image of `size`, to `target` in the size the geometry brings it to.
  ///
  /// - Precondition: ``ImageGeometry/problem(with:)`` has none.
  mutating func apply(
    _ geometry: ImageGeometry, to planes: UnsafeBufferPointer<UInt8>, channels: Int,
    size: ImageSize, into target: UnsafeMutableBufferPointer<UInt8>
  ) {
    if cached.map({ $0.geometry != geometry || $0.from != size }) ?? true {
      cached = (geometry, size, Axes(geometry, size))
    }
    let axes = cached!.axes
    let plane = size.width * size.height
    let output = axes.columns.count * axes.rows.count
    for channel in 0..<channels {
      resample(
        UnsafeBufferPointer(rebasing: planes[channel * plane..<(channel + 1) * plane]), size, axes,
        into: UnsafeMutableBufferPointer(
          rebasing: target[channel * output..<(channel + 1) * output]))
    }
  }

  private mutating func resample(
    _ source: UnsafeBufferPointer<UInt8>, _ size: ImageSize, _ axes: Axes,
    into target: UnsafeMutableBufferPointer<UInt8>
  ) {
    let width = axes.columns.count
    // The rows that the second step needs, in the columns that are wanted.
    let needed = axes.down?.support ?? axes.rows
    if narrowed.count < needed.count * width {
      narrowed = Array(repeating: 0, count: needed.count * width)
    }
    if sums.count < width { sums = Array(repeating: 0, count: width) }
    narrowed.withUnsafeMutableBufferPointer { narrowed in
      for (index, row) in needed.enumerated() {
        let line = UnsafeBufferPointer(
          rebasing: source[row * size.width..<(row + 1) * size.width])
        let out = UnsafeMutableBufferPointer(
          rebasing: narrowed[index * width..<(index + 1) * width])
        if let across = axes.across {
          Self.resample(line, across, into: out)
        } else {
          _ = out.update(fromContentsOf: line[axes.columns])
        }
      }
      guard let down = axes.down else {
        _ = target.update(fromContentsOf: narrowed[..<target.count])
        return
      }
      sums.withUnsafeMutableBufferPointer { sums in
        for (row, taps) in down.taps.enumerated() {
          for column in 0..<width { sums[column] = 1 << (Resampling.precision - 1) }
          for (offset, weight) in taps.weights.enumerated() {
            let line = (taps.start - needed.lowerBound + offset) * width
            for column in 0..<width { sums[column] &+= weight &* Int32(narrowed[line + column]) }
          }
          for column in 0..<width { target[row * width + column] = Resampling.byte(sums[column]) }
        }
      }
    }
  }

  private static func resample(
    _ line: UnsafeBufferPointer<UInt8>, _ across: Resampling,
    into out: UnsafeMutableBufferPointer<UInt8>
  ) {
    for (column, taps) in across.taps.enumerated() {
      var sum: Int32 = 1 << (Resampling.precision - 1)
      taps.weights.withUnsafeBufferPointer { weights in
        for offset in weights.indices {
          sum &+= weights[offset] &* Int32(line[taps.start + offset])
        }
      }
      out[column] = Resampling.byte(sum)
    }
  }
}
