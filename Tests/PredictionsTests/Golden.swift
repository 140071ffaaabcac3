import Testing

/// A number as it is printed in the literature or a specification, and what it is of.
struct Golden: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// As printed: its last digit says how exact it is.
  let printed: String
  let value: @Sendable () -> Double?

  init(_ description: String, _ printed: String, _ value: @escaping @Sendable () -> Double?) {
    testDescription = description
    self.printed = printed
    self.value = value
  }

  /// Half a unit of the last digit printed, and a little for what lies on the edge.
  private var tolerance: Double {
    let decimals = printed.split(separator: ".").dropFirst().first?.count ?? 0
    var unit = 1.0
    for _ in 0..<decimals { unit /= 10 }
    return unit * 0.5000001
  }

  func check(sourceLocation: SourceLocation = #_sourceLocation) {
    let expected = Double(printed)!
    let found = value() ?? .nan
    #expect(abs(found - expected) <= tolerance, "\(found)", sourceLocation: sourceLocation)
  }
}
