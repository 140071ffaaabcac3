/// The numbers a field takes; of a list, each of its numbers.
public struct FieldRange: Sendable, Hashable {
  /// The lower end; `nil` where there is none.
  public var least: Double?
  /// The upper end; `nil` where there is none.
  public var most: Double?
  /// Whether `least` itself is left out.
  public var excludesLeast = false
  /// Whether `most` itself is left out.
  public var excludesMost = false

  /// Numbers x > 0.
  public static let positive = FieldRange(least: 0, excludesLeast: true)
  /// Numbers x ≥ 0.
  public static let notNegative = FieldRange(least: 0)

  /// Numbers x ≥ `least`.
  public static func atLeast(_ least: Double) -> FieldRange { FieldRange(least: least) }

  /// Numbers of a closed interval, both ends included.
  public static func closed(_ range: ClosedRange<Double>) -> FieldRange {
    FieldRange(least: range.lowerBound, most: range.upperBound)
  }

  /// Numbers of an interval [a, b), its upper end left out.
  public static func halfOpen(_ range: Range<Double>) -> FieldRange {
    FieldRange(least: range.lowerBound, most: range.upperBound, excludesMost: true)
  }

  /// Numbers x with `least` < x ≤ `most`.
  public static func above(_ least: Double, atMost most: Double) -> FieldRange {
    FieldRange(least: least, most: most, excludesLeast: true)
  }

  /// Whether the number lies in the range; NaN and infinity never do.
  public func contains(_ number: Double) -> Bool {
    guard number.isFinite else { return false }
    if let least, excludesLeast ? number <= least : number < least { return false }
    if let most, excludesMost ? number >= most : number > most { return false }
    return true
  }

  /// What messages call the numbers: `a positive number`, `a number in [0, 1)`.
  public var phrase: String {
    switch (least, most) {
    case (nil, nil): "a number"
    case (0, nil): excludesLeast ? "a positive number" : "no negative number"
    case (let least?, nil):
      excludesLeast ? "a number above \(text(least))" : "at least \(text(least))"
    case (nil, let most?): excludesMost ? "a number below \(text(most))" : "at most \(text(most))"
    case (let least?, let most?):
      excludesLeast || excludesMost
        ? "a number in \(interval(least, most))" : "\(text(least)) to \(text(most))"
    }
  }

  /// As a table shows it: `> 0`, `≥ 0`, `[0, 1)`.
  public var symbols: String {
    switch (least, most) {
    case (nil, nil): ""
    case (let least?, nil): "\(excludesLeast ? ">" : "≥") \(text(least))"
    case (nil, let most?): "\(excludesMost ? "<" : "≤") \(text(most))"
    case (let least?, let most?): interval(least, most)
    }
  }

  private func interval(_ least: Double, _ most: Double) -> String {
    "\(excludesLeast ? "(" : "[")\(text(least)), \(text(most))\(excludesMost ? ")" : "]")"
  }

  private func text(_ number: Double) -> String { number.node.flowText }
}
