/// The value of one measure, or the reason why it has none.
public enum Measurement: Sendable, Hashable {
  /// A finite number.
  case value(Double)
  /// The measure is not defined for this input: `"one class"`, `"no classifier"`.
  case undefined(String)

  /// The value, or `nil` where it is undefined.
  public var value: Double? {
    if case .value(let value) = self { value } else { nil }
  }

  /// Why the measure is undefined, or `nil` where it has a value.
  public var reason: String? {
    if case .undefined(let reason) = self { reason } else { nil }
  }
}
