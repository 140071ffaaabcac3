import COneDNN
package import CollapseCore

/// Where a kernel is laid on a map: its size, the step between places, and the zeros around.
package struct Window: Codable, Hashable, Sendable {
  /// Height and width.
  package var kernel: [Int]
  package var stride: [Int]
  /// On each side.
  package var padding: [Int]

  package init(kernel: [Int], stride: [Int] = [1, 1], padding: [Int] = [0, 0]) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  package init(_ kernel: Int, stride: Int = 1, padding: Int = 0) {
    self.init(
      kernel: [kernel, kernel], stride: [stride, stride], padding: [padding, padding])
  }

  /// The size of the map of places, or `nil` where there is no place at all.
  func places(on map: Shape) -> [Int]? {
    guard map.rank == 3, kernel.count == 2, stride.count == 2, padding.count == 2,
      kernel.allSatisfy({ $0 > 0 }), stride.allSatisfy({ $0 > 0 }),
      padding.allSatisfy({ $0 >= 0 })
    else { return nil }
    let sizes = (0..<2).map {
      (map[$0 + 1] + 2 * padding[$0] - kernel[$0]) / stride[$0] + 1
    }
    let fits = (0..<2).allSatisfy { map[$0 + 1] + 2 * padding[$0] >= kernel[$0] }
    return fits ? sizes : nil
  }

  var native: conednn_window {
    conednn_window(
      kernel: (Int64(kernel[0]), Int64(kernel[1])), strides: (Int64(stride[0]), Int64(stride[1])),
      padding_before: (Int64(padding[0]), Int64(padding[1])),
      padding_after: (Int64(padding[0]), Int64(padding[1])))
  }
}

/// A convolution of maps (a correlation, as everywhere in the field):
/// y[o, p] = b[o] + Σ_{i, k} W[o, i, k] x[i, p·stride + k − padding].
package struct Convolution: Layer {
  package static let kind = "convolution"

  package var outputs: Int
  package var window: Window
  package var bias: Bool

  package init(outputs: Int, window: Window, bias: Bool = true) {
    self.outputs = outputs
    self.window = window
    self.bias = bias
  }

  package func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 3 else { throw refuse(input, "it takes maps") }
    guard outputs > 0 else { throw refuse(input, "it needs at least one output") }
    guard let places = window.places(on: input) else {
      throw refuse(input, "its kernel of \(Shape(window.kernel)) finds no place on the map")
    }
    return Shape([outputs] + places)
  }

  package func parameters(input: Shape) -> [LayerParameter] {
    let area = window.kernel.reduce(1, *)
    let weight = LayerParameter(
      "weight", Shape([outputs, input[0]] + window.kernel), .weight, fanIn: input[0] * area,
      fanOut: outputs * area)
    let shift = LayerParameter(
      "bias", [outputs], .bias, fanIn: input[0] * area, fanOut: outputs * area)
    return bias ? [weight, shift] : [weight]
  }

  package func operationCount(input: Shape, output: Shape) -> Int {
    2 * output.elementCount * input[0] * window.kernel.reduce(1, *)
  }

  package func compile(_ received: Activation, in builder: PlanBuilder) throws -> Activation {
    let shape = try outputShape(for: received.shape)
    let input = try builder.inPrecision(received)
    let compiler = try ConvolutionCompiler(
      self, source: input.value.layout, resultSize: builder.dimensions(shape),
      rectifies: builder.mayRectify, arrays: parameters(input: input.shape), builder)
    return try compiler.compile(input, shape: shape)
  }
}

extension Window {
  /// Each field is a number for both axes or a list of one for each: `{kernel: 3, padding: 1}`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kernel = try container.decode(Axes.self, forKey: .kernel).values
    stride = try container.decodeIfPresent(Axes.self, forKey: .stride)?.values ?? [1, 1]
    padding = try container.decodeIfPresent(Axes.self, forKey: .padding)?.values ?? [0, 0]
    for (key, values, least) in [
      (CodingKeys.kernel, kernel, 1), (.stride, stride, 1), (.padding, padding, 0),
    ] {
      try container.require(key, values, "one or two numbers from \(least) to 65536") {
        $0.count == 2 && $0.allSatisfy { (least...1 << 16).contains($0) }
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

extension Convolution {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    outputs = try container.decode(Int.self, forKey: .outputs)
    window = try container.decode(Window.self, forKey: .window)
    bias = try container.value(.bias, default: true)
  }
}
