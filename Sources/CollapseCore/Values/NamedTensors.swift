/// A dense array of 32-bit floats in row-major order.
public struct Tensor: Sendable, Hashable {
  /// The extent of each axis, outermost first.
  public let shape: Shape
  /// The numbers, the last axis fastest; `shape.elementCount` of them.
  public var values: [Float]

  /// - Precondition: `values.count == shape.elementCount`.
  public init(shape: Shape, values: [Float]) {
    precondition(values.count == shape.elementCount)
    self.shape = shape
    self.values = values
  }
}

/// A value beside the tensors: what a file stores as an attribute.
public enum AttributeValue: Sendable, Hashable {
  /// A text.
  case string(String)
  /// A whole number; of unsigned words beyond 63 bits, such as seeds, the same bits.
  case integer(Int64)
  /// A number in double precision.
  case double(Double)
  /// `true` or `false`.
  case boolean(Bool)
  /// A list of texts, such as the names of classes.
  case strings([String])
}

/// Tensors by name, with attributes: the content of a checkpoint, whatever file holds it.
///
/// Names are paths, `parameters/features.0/weight`; their order is the order of insertion.
public struct NamedTensors: Sendable, Hashable {
  /// The names of the tensors, in the order they were added in.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]
  /// What is stated beside the tensors, by name: the epoch, a description of the network.
  public var attributes: [String: AttributeValue] = [:]

  /// No tensors and no attributes.
  public init() {}

  /// The tensor called `name`; setting `nil` removes it.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if newValue == nil {
        names.removeAll { $0 == name }
      } else if tensors[name] == nil {
        names.append(name)
      }
      tensors[name] = newValue
    }
  }

  /// Number of tensors.
  public var count: Int { names.count }
}
