/// Bytes that are not what their format says, and the exact message they must be refused with.
public struct Malformed: Sendable, CustomStringConvertible {
  public let description: String
  public let bytes: [UInt8]
  public let message: String

  public init(_ description: String, _ bytes: [UInt8], _ message: String) {
    self.description = description
    self.bytes = bytes
    self.message = message
  }
}

/// The message of the error `body` throws; `nil` where it throws none.
public func message(of body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
