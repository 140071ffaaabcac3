public import CollapseCore

/// The largest number under a window, in each channel.
public struct MaxPooling: Layer {
  public static let kind = "maxPooling"

  /// Its size and step, and the padding, which is at most half its size.
  public var window: Window

  /// Pooling under `window`, which may overlap: PyTorch's step is the window's size.
  public init(_ window: Window) { self.window = window }

  public func outputShape(for input: Shape) throws -> Shape {
    guard let places = window.places(on: input) else {
      throw refuse(input, "its window of \(Shape(window.kernel)) finds no place on the map")
    }
    guard (0..<2).allSatisfy({ 2 * window.padding[$0] <= window.kernel[$0] }) else {
      throw refuse(input, "its padding is more than half its window")
    }
    return Shape([input[0]] + places)
  }
}

/// The mean under a window, in each channel; zeros around the map count.
public struct AveragePooling: Layer {
  public static let kind = "averagePooling"

  /// Its size and step, and the padding, which is at most half its size.
  public var window: Window

  /// Pooling under `window`, which may overlap: PyTorch's step is the window's size.
  public init(_ window: Window) { self.window = window }

  public func outputShape(for input: Shape) throws -> Shape {
    try MaxPooling(window).outputShape(for: input)
  }
}

/// The mean of each channel over its whole map: maps become vectors.
public struct GlobalAveragePooling: Layer {
  public static let kind = "globalAveragePooling"

  /// The layer, which has no options.
  public init() {}

  public func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 3 else { throw refuse(input, "it takes maps") }
    return [input[0]]
  }
}

extension GlobalAveragePooling {
  public static let summary = "the mean of each channel"
  public static var standard: GlobalAveragePooling { GlobalAveragePooling() }

  public static var fields: [Field<GlobalAveragePooling>] {
    []
  }
}

extension MaxPooling {
  public static let summary = "the largest number under a window"
  public static var standard: MaxPooling { MaxPooling(.standard) }

  public static var fields: [Field<MaxPooling>] {
    [
      Field("window", \.window, "Where the window is laid on the map.", isRequired: true)
    ]
  }
}

extension AveragePooling {
  public static let summary = "the mean under a window"
  public static var standard: AveragePooling { AveragePooling(.standard) }

  public static var fields: [Field<AveragePooling>] {
    [
      Field("window", \.window, "Where the window is laid on the map.", isRequired: true)
    ]
  }
}
