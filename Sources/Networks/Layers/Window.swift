import CollapseCore

/// Where a kernel is laid on a map: its size, the step between places, and the zeros around.
public struct Window: Codable, Hashable, Sendable {
  /// Height and width.
  public var kernel: [Int]
  /// Rows and columns from one place to the next.
  public var stride: [Int]
  /// Rows of zeros above and below, columns on each side.
  public var padding: [Int]

  /// Each with one number for the rows and one for the columns.
  public init(kernel: [Int], stride: [Int] = [1, 1], padding: [Int] = [0, 0]) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// The same for rows and columns.
  public init(_ kernel: Int, stride: Int = 1, padding: Int = 0) {
    self.init(
      kernel: [kernel, kernel], stride: [stride, stride], padding: [padding, padding])
  }

  /// Pixels a side of a window, its stride or its padding may have.
  static let longest = 1 << 16

  /// Pixels under the window.
  var area: Int { .cappedProduct(of: kernel[0], kernel[1]) }

  /// The size of the map of places, or `nil` where there is no place at all.
  func places(on map: Shape) -> [Int]? {
    let sides = 1...Window.longest
    guard map.rank == 3, kernel.count == 2, stride.count == 2, padding.count == 2,
      (kernel + stride).allSatisfy(sides.contains),
      padding.allSatisfy({ $0 == 0 || sides.contains($0) }),
      map.dimensions.allSatisfy({ $0 <= 1 << 40 })
    else { return nil }
    let sizes = (0..<2).map {
      (map[$0 + 1] + 2 * padding[$0] - kernel[$0]) / stride[$0] + 1
    }
    let fits = (0..<2).allSatisfy { map[$0 + 1] + 2 * padding[$0] >= kernel[$0] }
    return fits ? sizes : nil
  }
}

extension Window {
  /// Each field is a number for both axes or a list of one for each: `{kernel: 3, padding: 1}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kernel = try container.decode(Axes.self, forKey: .kernel).values
    stride = try container.decodeIfPresent(Axes.self, forKey: .stride)?.values ?? [1, 1]
    padding = try container.decodeIfPresent(Axes.self, forKey: .padding)?.values ?? [0, 0]
    for (key, values, least) in [
      (CodingKeys.kernel, kernel, 1), (.stride, stride, 1), (.padding, padding, 0),
    ] {
      try container.require(key, values, "one or two numbers from \(least) to 65536") {
        $0.count == 2 && $0.allSatisfy { (least...Window.longest).contains($0) }
      }
    }
  }
}

/// A number for both axes, or a list of one for each.
private struct Axes: Decodable {
  let values: [Int]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      values = [number, number]
    } else {
      values = try container.decode([Int].self)
    }
  }
}
