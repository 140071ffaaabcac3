/// The extent of an array along each axis, outermost axis first: `[3, 32, 32]`.
public struct Shape: Sendable, Hashable, Codable, ExpressibleByArrayLiteral,
  CustomStringConvertible
{
  /// Number of elements along each axis; none is negative.
  public let dimensions: [Int]

  /// - Precondition: no dimension is negative.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "negative dimension in \(dimensions)")
    self.dimensions = dimensions
  }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// Number of axes.
  public var rank: Int { dimensions.count }

  /// Number of elements along an axis, the outermost of which is 0.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// Product of the dimensions; 1 for a scalar.
  ///
  /// - Precondition: the product fits an `Int`. For dimensions read from a file use
  ///   ``elementCount(of:)``, which reports overflow instead.
  public var elementCount: Int { dimensions.reduce(1, *) }

  /// The product of untrusted `dimensions`, or `nil` where one is negative or the product
  /// overflows.
  public static func elementCount(of dimensions: [Int]) -> Int? {
    var product = 1
    for dimension in dimensions {
      guard dimension >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// `3×32×32`; `scalar` for rank 0.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }

  public init(from decoder: any Decoder) throws {
    let dimensions = try decoder.singleValueContainer().decode([Int].self)
    guard Shape.elementCount(of: dimensions) != nil else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(dimensions) is no shape"))
    }
    self.dimensions = dimensions
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }
}
