public import CollapseCore

/// How weights start. Scales of normalizations start as 1 and their shifts as 0.
public struct Initialization: Sendable, Hashable {
  /// The distribution of weights and biases; inputs and outputs are counted per unit.
  public enum Kind: String, FieldValue, CaseIterable {
    /// Weights and biases uniform in ±1/√(inputs), the default of PyTorch's layers.
    case pytorch
    /// Normal with variance 2 / inputs, biases zero (He et al., 2015).
    case he
    /// Uniform in ±√(6 / (inputs + outputs)), biases zero (Glorot & Bengio, 2010).
    case glorot
    /// Orthonormal rows, or columns where there are fewer of them; biases zero (Saxe et al.,
    /// 2014).
    case orthogonal
  }

  /// The distribution that weights and biases are drawn from.
  public var kind: Kind
  /// A factor on the weights.
  public var scale: Double

  /// Weights of the given distribution, multiplied by `scale`.
  public init(kind: Kind = .pytorch, scale: Double = 1) {
    self.kind = kind
    self.scale = scale
  }

  /// The first values of one array. Each array has a stream of random numbers of its own, so a
  /// layer added or removed changes no other.
  public func values(for parameter: LayerParameter, named name: String, seed: UInt64) -> Tensor {
    if let kept = parameter.fixedValues {
      return Tensor(shape: parameter.shape, values: kept.map { Float($0) })
    }
    var generator = SeededGenerator(seed: seed, stream: "parameters/\(name)")
    let count = parameter.shape.elementCount
    let values: [Float]
    switch parameter.role {
    case .scale: values = Array(repeating: 1, count: count)
    case .shift: values = Array(repeating: 0, count: count)
    case .bias:
      let bound = 1 / Double(parameter.fanIn).squareRoot()
      values =
        kind == .pytorch
        ? (0..<count).map { _ in Float(generator.uniform(-bound..<bound)) }
        : Array(repeating: 0, count: count)
    case .weight: values = weights(parameter, &generator).map { Float(scale * $0) }
    }
    return Tensor(shape: parameter.shape, values: values)
  }

  private func weights(
    _ parameter: LayerParameter, _ generator: inout SeededGenerator
  ) -> [Double] {
    let count = parameter.shape.elementCount
    let inputs = Double(parameter.fanIn)
    switch kind {
    case .pytorch:
      let bound = 1 / inputs.squareRoot()
      return (0..<count).map { _ in generator.uniform(-bound..<bound) }
    case .he:
      let deviation = (2 / inputs).squareRoot()
      return (0..<count).map { _ in deviation * generator.normal() }
    case .glorot:
      let bound = (6 / (inputs + Double(parameter.fanOut))).squareRoot()
      return (0..<count).map { _ in generator.uniform(-bound..<bound) }
    case .orthogonal:
      let rows = parameter.shape[0]
      return Self.orthonormal(rows: rows, columns: count / rows, &generator)
    }
  }

  /// A random matrix with orthonormal rows, or columns if it is taller than wide: modified
  /// Gram–Schmidt on normal vectors, twice, which is orthogonal to rounding.
  static func orthonormal(
    rows: Int, columns: Int, _ generator: inout SeededGenerator
  ) -> [Double] {
    let count = min(rows, columns)
    let length = max(rows, columns)
    var basis = (0..<count * length).map { _ in generator.normal() }
    basis.withUnsafeMutableBufferPointer { basis in
      for i in 0..<count {
        for _ in 0..<2 {
          for j in 0..<i {
            var product = 0.0
            for k in 0..<length { product += basis[i * length + k] * basis[j * length + k] }
            for k in 0..<length { basis[i * length + k] -= product * basis[j * length + k] }
          }
        }
        var square = 0.0
        for k in 0..<length { square += basis[i * length + k] * basis[i * length + k] }
        let norm = square.squareRoot()
        for k in 0..<length { basis[i * length + k] /= norm }
      }
    }
    if rows <= columns { return basis }
    return (0..<rows * columns).map { basis[$0 % columns * length + $0 / columns] }
  }
}

extension Initialization: Configurable {
  public static var standard: Initialization { Initialization() }
  public static var bareField: String? { "kind" }

  public static var fields: [Field<Initialization>] {
    [
      Field(
        "kind", \.kind, "The rule by which weights are drawn.",
        flag: CommandLineFlag("initialization", valueName: "kind")),
      Field(
        "scale", \.scale, "A factor on the weights.", range: .positive,
        flag: CommandLineFlag("initial-scale", valueName: "factor")),
    ]
  }
}
