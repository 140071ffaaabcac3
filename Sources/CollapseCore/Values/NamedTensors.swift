/// A dense array of 32-bit floats in row-major order.
public struct Tensor: Sendable, Hashable {
  public let shape: Shape
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
  case string(String)
  case integer(Int64)
  case double(Double)
  case boolean(Bool)
  case strings([String])
}

/// Tensors by name, with attributes: the content of a checkpoint, whatever file holds it.
///
/// Names are paths, `parameters/features.0/weight`; their order is the order of insertion.
public struct NamedTensors: Sendable, Hashable {
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]
  public var attributes: [String: AttributeValue] = [:]

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

  public var count: Int { names.count }
}
