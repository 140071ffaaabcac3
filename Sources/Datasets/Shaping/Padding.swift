import CollapseCore

/// Images in the middle of larger squares of zeros; with an odd difference the extra row is below
/// and the extra column at the right.
enum Padding {
  /// Puts each plane of `source`, images of `shape` one after another, into a square.
  static func embed(
    _ source: UnsafeBufferPointer<UInt8>, _ shape: Shape, side: Int,
    into out: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (height, width) = (shape[1], shape[2])
    let (top, left) = ((side - height) / 2, (side - width) / 2)
    out.update(repeating: 0)
    for plane in 0..<source.count / max(1, height * width) {
      for row in 0..<height {
        let from = (plane * height + row) * width
        let to = (plane * side + top + row) * side + left
        for column in 0..<width { out[to + column] = source[from + column] }
      }
    }
  }
}
