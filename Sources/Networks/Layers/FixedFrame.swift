public import CollapseCore

/// A matrix that a classifier keeps: the corners of a regular simplex as its rows, of one length and
/// with cosines −1/(C−1), in a random orientation.
///
/// W = length · Π M Qᵀ for the simplex M in its first C − 1 coordinates, an orthogonal Q drawn by the
/// seed `rotation`, and a permutation Π of the rows drawn by the seed `permutation`.
///
/// Source: Zhu et al., arXiv 2105.02375, fix the classifier so; Gao et al., 2023, compare alignments.
public struct FixedFrame: Sendable, Hashable {
  /// ‖w_c‖.
  public var length = 1.0
  /// Decides Q; absent: none, and the simplex lies in the first coordinates.
  public var rotation: UInt64?
  /// Decides Π; absent: the rows stay in their order.
  public var permutation: UInt64?

  /// Rows of one length, not rotated and in their order.
  public init(length: Double = 1, rotation: UInt64? = nil, permutation: UInt64? = nil) {
    self.length = length
    self.rotation = rotation
    self.permutation = permutation
  }

  /// W, row after row.
  ///
  /// - Precondition: at least two classes, and not fewer dimensions than classes less one.
  public func rows(classes: Int, dimension: Int) -> [Double] {
    precondition(classes >= 2 && dimension >= classes - 1)
    let axes = axes(classes - 1, dimension)
    // Helmert's contrasts: orthonormal rows that are orthogonal to (1, …, 1), whose columns are the
    // corners of a simplex.
    let scale = length * (Double(classes) / Double(classes - 1)).squareRoot()
    var rows = [Double](repeating: 0, count: classes * dimension)
    for index in 0..<classes - 1 {
      let order = Double(index + 1)
      let unit = scale / (order * (order + 1)).squareRoot()
      for label in 0...index + 1 {
        let weight = label <= index ? unit : -order * unit
        for column in 0..<dimension {
          rows[label * dimension + column] += weight * axes[index * dimension + column]
        }
      }
    }
    guard let permutation else { return rows }
    var generator = SeededGenerator(seed: permutation, stream: "frame/permutation")
    return generator.permutation(classes).flatMap {
      rows[$0 * dimension..<($0 + 1) * dimension]
    }
  }

  private func axes(_ count: Int, _ dimension: Int) -> [Double] {
    guard let rotation else {
      return (0..<count * dimension).map { $0 / dimension == $0 % dimension ? 1 : 0 }
    }
    var generator = SeededGenerator(seed: rotation, stream: "frame/rotation")
    return Initialization.orthonormal(rows: count, columns: dimension, &generator)
  }
}

extension FixedFrame: Configurable {
  public static var standard: FixedFrame { FixedFrame() }
  public static var bareField: String? { "length" }

  public static var fields: [Field<FixedFrame>] {
    [
      Field("length", \.length, "The length of every row.", range: .positive),
      Field(
        "rotation", \.rotation, "The seed of a random rotation.",
        absence: "not rotated: in the first coordinates"),
      Field(
        "permutation", \.permutation, "The seed of a random order of the rows.",
        absence: "in their order"),
    ]
  }
}
