public import CollapseCore

/// Where a kernel is laid on a map: its size, the step between places, and the zeros around.
public struct Window: Hashable, Sendable {
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

extension Window: Configurable {
  public static var standard: Window { Window(1) }
  public static var bareField: String? { "kernel" }

  public static var fields: [Field<Window>] {
    [
      Field(
        "kernel", \.kernelAxes, "Height and width of the kernel.",
        range: .closed(1...Double(longest)),
        isRequired: true),
      Field(
        "stride", \.strideAxes, "The step between places of the kernel.",
        range: .closed(1...Double(longest))),
      Field(
        "padding", \.paddingAxes, "Zeros around the map, on each side.",
        range: .closed(0...Double(longest))),
    ]
  }

  private var kernelAxes: Axes {
    get { Axes(values: kernel) }
    set { kernel = newValue.values }
  }

  private var strideAxes: Axes {
    get { Axes(values: stride) }
    set { stride = newValue.values }
  }

  private var paddingAxes: Axes {
    get { Axes(values: padding) }
    set { padding = newValue.values }
  }
}

/// A number for both axes, or a list of one for each.
private struct Axes: NodeCoded {
  let values: [Int]

  static var shape: FieldShape { .either([.integer, .list(.integer)]) }

  init(values: [Int]) { self.values = values }

  init(
    reading node: ConfigurationNode, by reader: ConfigurationReader
  ) throws(ConfigurationFault) {
    if case .sequence = node.content {
      values = try [Int](reading: node, by: reader)
    } else {
      let number = try Int(reading: node, by: reader)
      values = [number, number]
    }
    guard values.count == 2 else {
      throw reader.fault("expected one or two numbers, found \(values)", at: node)
    }
  }

  var node: ConfigurationNode { values.node }
  var numbers: [Double] { values.numbers }
}
