/// A network as a graph of operators on tensors, as exchange formats hold it: ONNX's names.
///
/// Operators are in an order in which each comes after those whose outputs it takes.
public struct OperatorGraph: Sendable, Hashable {
  /// One operator with what it takes and gives, by the names of tensors.
  public struct Node: Sendable, Hashable {
    /// Its own name, which may be empty.
    public var name: String
    /// `Conv`.
    public var operation: String
    /// Empty for the standard set of operators.
    public var domain: String
    /// An empty name stands for one that is left out.
    public var inputs: [String]
    /// The tensors it gives, in the operator's order.
    public var outputs: [String]
    /// What the operator is told besides, by name: `strides`.
    public var attributes: [String: Attribute]

    /// - Parameters:
    ///   - name: its own; may be empty.
    ///   - operation: `Conv`.
    ///   - domain: empty for the standard set of operators.
    ///   - inputs: tensors it takes; an empty name for one that is left out.
    ///   - outputs: tensors it gives.
    ///   - attributes: what it is told besides.
    public init(
      name: String = "", operation: String, domain: String = "", inputs: [String],
      outputs: [String], attributes: [String: Attribute] = [:]
    ) {
      self.name = name
      self.operation = operation
      self.domain = domain
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }

    /// What messages call it: `Conv '/conv1/Conv'`.
    public var title: String {
      let name = name.isEmpty ? outputs.first ?? "" : name
      return "\(domain.isEmpty ? "" : domain + ".")\(operation) '\(name)'"
    }
  }

  /// What an operator is told besides tensors.
  public enum Attribute: Sendable, Hashable {
    /// One whole number: `group`.
    case integer(Int)
    /// Whole numbers, one for each axis: `kernel_shape`.
    case integers([Int])
    /// A number: `epsilon`.
    case real(Double)
    /// A word: `auto_pad`.
    case text(String)
    /// Of a kind that none of our layers asks for.
    case other
  }

  /// A tensor that has to be given.
  public struct Input: Sendable, Hashable {
    /// The tensor's name.
    public var name: String
    /// `nil` for an extent that may be any; the samples' axis first.
    public var shape: [Int?]
    /// How its numbers have to be stored.
    public var element: Element

    /// - Parameters:
    ///   - name: the tensor's.
    ///   - shape: its extents; `nil` for one that may be any.
    ///   - element: how its numbers have to be stored.
    public init(name: String, shape: [Int?], element: Element = .float32) {
      self.name = name
      self.shape = shape
      self.element = element
    }
  }

  /// How the numbers of a tensor are stored.
  public enum Element: Sendable, Hashable {
    /// IEEE single precision.
    case float32
    /// IEEE half precision.
    case float16
    /// IEEE double precision.
    case float64
    /// Integers, and whatever else features do not come in.
    case other
  }

  /// A tensor that is in the file.
  public struct Constant: Sendable, Hashable {
    /// Its extents; none for a single number.
    public var shape: Shape
    /// Its numbers, where they are few and integers: axes, shapes.
    public var integers: [Int]?

    /// - Parameters:
    ///   - shape: its extents.
    ///   - integers: its numbers, where they are few and integers.
    public init(shape: Shape, integers: [Int]? = nil) {
      self.shape = shape
      self.integers = integers
    }
  }

  /// The operators, each after those whose outputs it takes.
  public var nodes: [Node] = []
  /// The tensors that have to be given; without those that are constants.
  public var inputs: [Input] = []
  /// The tensors that the graph gives.
  public var outputs: [String] = []
  /// The tensors that are in the file, by name.
  public var constants: [String: Constant] = [:]

  /// A graph without operators.
  public init() {}
}
