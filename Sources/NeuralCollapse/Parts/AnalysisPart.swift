import CollapseCore

/// One of the parts an analysis is cut into: its stripes of rows, for each of the two passes.
public struct AnalysisPart: Sendable, Hashable, Codable {
  /// From 0.
  public let index: Int
  /// How many parts there are.
  public let count: Int

  /// - Precondition: `index` is in `0..<count`.
  public init(_ index: Int, of count: Int) {
    precondition(index >= 0 && index < count)
    (self.index, self.count) = (index, count)
  }

  /// The most parts that a coded one may be of.
  private static let mostParts = 1 << 20

  private enum CodingKeys: CodingKey { case index, count }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    index = try container.decode(Int.self, forKey: .index)
    count = try container.decode(Int.self, forKey: .count)
    guard (1...AnalysisPart.mostParts).contains(count), (0..<count).contains(index) else {
      throw ArrayCodingError("there is no part \(index) of \(count)")
    }
  }

  static let whole = AnalysisPart(0, of: 1)

  /// The part of the same rows where stripes are counted from the other end.
  var mirrored: AnalysisPart { AnalysisPart(count - 1 - index, of: count) }

  /// The stripes of the part.
  ///
  /// Parts begin at multiples of a power of two, so that nearly all of a part is merged within it: a
  /// quarter of what parts are long at the most, which is by how much they may differ.
  public func stripes(of total: Int) -> Range<Int> {
    var grain = 1
    while 8 * grain * count <= total { grain *= 2 }
    func bound(_ index: Int) -> Int {
      index == count ? total : total * index / count / grain * grain
    }
    return bound(index)..<bound(index + 1)
  }
}
