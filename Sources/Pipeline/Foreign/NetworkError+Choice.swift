public import Arrays
public import Networks

extension MissingChoice {
  /// What a file of another framework does not say of its network.
  public init(_ missing: NetworkError.Missing) { self.init(missing.rawValue) }
}

extension NetworkError {
  /// What the user could say to have the network read.
  public var choice: MissingChoice? { missing.map(MissingChoice.init) }

  func located(in path: String) -> NetworkError {
    NetworkError(
      kind: kind, operation: operation, reason: "\(path): \(reason)", missing: missing)
  }
}
