import CollapseCore

/// How the pixels of an array of images lie, by its shape.
struct PixelLayout {
  /// Why a shape cannot be read.
  struct Problem: Error {
    let problem: String
    var isUsage = false
  }

  /// `[channels, height, width]` as they come out.
  let shape: Shape
  let order: PackedImages.Order
  /// What was taken for granted.
  let note: String?

  /// - Parameter sizes: `[N, rows, columns]`, or with channels first or last.
  /// - Throws: ``Problem`` where a fourth axis may be channels first or last.
  init(_ sizes: [Int], isTransposed: Bool) throws(Problem) {
    guard sizes.count == 4 else {
      shape = isTransposed ? [1, sizes[2], sizes[1]] : [1, sizes[1], sizes[2]]
      order = isTransposed ? .planarByColumns : .planar
      note = nil
      return
    }
    func isChannels(_ size: Int) -> Bool { size == 1 || size == 3 }
    switch (isChannels(sizes[1]), isChannels(sizes[3])) {
    case (true, true),
      (false, false) where sizes[3] < sizes[1]:
      throw Problem(
        problem: "shape \(Shape(sizes)) may be \(sizes[1]) channels of \(sizes[2])×\(sizes[3]) or "
          + "\(sizes[1])×\(sizes[2]) pixels of \(sizes[3]) channels; write it with a count of "
          + "channels that only one axis can be")
    case (false, true):
      guard !isTransposed else {
        throw Problem(
          problem: "shape \(Shape(sizes)) has its channels last: such images cannot be transposed",
          isUsage: true)
      }
      shape = [sizes[3], sizes[1], sizes[2]]
      order = .interleaved
      note =
        "shape \(Shape(sizes)) is read as \(sizes[1])×\(sizes[2]) pixels of "
        + "\(sizes[3]) channel\(sizes[3] == 1 ? "" : "s"), which come last"
    case (true, false), (false, false):
      shape = isTransposed ? [sizes[1], sizes[3], sizes[2]] : [sizes[1], sizes[2], sizes[3]]
      order = isTransposed ? .planarByColumns : .planar
      note = nil
    }
  }
}
