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
    public var outputs: [String]
    public var attributes: [String: Attribute]

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

  public enum Attribute: Sendable, Hashable {
    case integer(Int)
    case integers([Int])
    case real(Double)
    case text(String)
    /// Of a kind that none of our layers asks for.
    case other
  }

  /// A tensor that has to be given.
  public struct Input: Sendable, Hashable {
    public var name: String
    /// `nil` for an extent that may be any; the samples' axis first.
    public var shape: [Int?]
    public var element: Element

    public init(name: String, shape: [Int?], element: Element = .float32) {
      self.name = name
      self.shape = shape
      self.element = element
    }
  }

  /// How the numbers of a tensor are stored.
  public enum Element: Sendable, Hashable {
    case float32, float16, float64
    case other
  }

  /// A tensor that is in the file.
  public struct Constant: Sendable, Hashable {
    public var shape: Shape
    /// Its numbers, where they are few and integers: axes, shapes.
    public var integers: [Int]?

    public init(shape: Shape, integers: [Int]? = nil) {
      self.shape = shape
      self.integers = integers
    }
  }

  public var nodes: [Node] = []
  /// Without those that are constants.
  public var inputs: [Input] = []
  public var outputs: [String] = []
  public var constants: [String: Constant] = [:]

  public init() {}
}
