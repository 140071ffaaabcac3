/// What a training was, seed aside: a value on each of its axes. Trainings of one condition that
/// differ in their seeds are repetitions of each other, and no others are.
///
/// ```swift
/// condition[.weightDecay] = 5e-4                          // a typed axis
/// condition["training.optimizer.kind"] = .word("adam")    // an option by its path
/// ```
public struct Condition: Sendable, Hashable {
  /// A value on an axis.
  public enum Value: Sendable, Hashable {
    /// A quantity: a weight decay of 5e-4.
    case number(Double)
    /// A name or a text: `adam`.
    case word(String)
    /// Whether something was so: `true`.
    case flag(Bool)
  }

  /// An axis whose values are of one type.
  public struct Axis<Content: ConditionValue>: Sendable, Hashable {
    /// The axis's key in ``Condition/values``: `weight_decay`.
    public let name: String

    /// The axis of a name, which also says of what type its values are.
    public init(_ name: String) { self.name = name }
  }

  /// By the names of the axes.
  public var values: [String: Value]

  /// A condition with values by the names of their axes; one that states nothing without them.
  public init(_ values: [String: Value] = [:]) { self.values = values }

  /// The value on an axis by its name; `nil` where it is not stated.
  public subscript(name: String) -> Value? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The value on a typed axis; `nil` where it is not stated, or of another type.
  public subscript<Content: ConditionValue>(axis: Axis<Content>) -> Content? {
    get { values[axis.name].flatMap(Content.init(conditionValue:)) }
    set { values[axis.name] = newValue?.conditionValue }
  }

  /// The condition on the axes `names` alone.
  public func on(_ names: some Sequence<String>) -> Condition {
    Condition(
      Dictionary(
        names.compactMap { name in values[name].map { (name, $0) } },
        uniquingKeysWith: { first, _ in first }))
  }

  /// The condition without the axes `names`.
  public func without(_ names: [String]) -> Condition {
    Condition(values.filter { !names.contains($0.key) })
  }

  /// The condition with the values of `other` where it states them.
  public func merging(_ other: Condition) -> Condition {
    Condition(values.merging(other.values) { $1 })
  }
}

// The axes that every record states, of whatever program.
extension Condition.Axis where Content == String {
  /// The name of the data set that was trained on.
  public static var dataset: Self { Self("dataset") }
  /// The name of the network: `mlp-512-512-512`.
  public static var network: Self { Self("network") }
  /// The loss by name: `cross_entropy`.
  public static var loss: Self { Self("loss") }
}

extension Condition.Axis where Content == Normalization.Placement {
  /// Where the network normalized batches: `all`, `last` or `none`.
  public static var normalization: Self { Self("batch_normalization") }
}

extension Condition.Axis where Content == Double {
  /// λ of the classifier.
  public static var weightDecay: Self { Self("weight_decay") }
  /// The step size of the first epoch.
  public static var learningRate: Self { Self("learning_rate") }
}

/// What can stand on a typed axis of a ``Condition``.
public protocol ConditionValue: Sendable, Hashable {
  /// The value that was written as `conditionValue`; `nil` where that is of another type.
  init?(conditionValue: Condition.Value)
  /// The value as it stands in a condition, a number, a word or a flag.
  var conditionValue: Condition.Value { get }
}

extension Double: ConditionValue {
  public init?(conditionValue: Condition.Value) {
    guard case .number(let value) = conditionValue else { return nil }
    self = value
  }
  public var conditionValue: Condition.Value { .number(self) }
}

extension String: ConditionValue {
  public init?(conditionValue: Condition.Value) {
    guard case .word(let text) = conditionValue else { return nil }
    self = text
  }
  public var conditionValue: Condition.Value { .word(self) }
}

extension Normalization.Placement: ConditionValue {
  public init?(conditionValue: Condition.Value) {
    guard case .word(let text) = conditionValue else { return nil }
    self.init(rawValue: text)
  }
  public var conditionValue: Condition.Value { .word(rawValue) }
}

extension Condition.Value: Codable, CustomStringConvertible {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .word(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let value): try container.encode(value)
    case .word(let text): try container.encode(text)
    case .flag(let value): try container.encode(value)
    }
  }

  /// As a machine reads it: `5e-3`, `adam`, `true`.
  public var description: String {
    switch self {
    case .number(let value): value.shortestText
    case .word(let text): text
    case .flag(let value): value ? "true" : "false"
    }
  }
}

extension Condition.Value: Comparable {
  /// Numbers by size, before words and truth values, which keep the order of the alphabet.
  public static func < (a: Condition.Value, b: Condition.Value) -> Bool {
    switch (a, b) {
    case (.number(let a), .number(let b)): a < b
    case (.number, _): true
    case (_, .number): false
    default: a.description < b.description
    }
  }
}

extension Condition: Codable {
  public init(from decoder: any Decoder) throws {
    values = try decoder.singleValueContainer().decode([String: Value].self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values)
  }
}
