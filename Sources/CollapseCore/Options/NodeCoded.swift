/// A value that is read from, and written to, JSON and the like as the tree it is in a configuration.
public protocol NodeCoded: FieldValue {}

extension NodeCoded {
  public init(from decoder: any Decoder) throws {
    let node = try ConfigurationNode(from: decoder)
    let place = decoder.codingPath
    let read = ConfigurationReader.read(Self.self, from: node, at: place.map(\.nameOrPlace))
    guard let value = read.value else {
      let fault = read.faults[0]
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: place
            + fault.path.dropFirst(place.count).map { PathKey(stringValue: $0) },
          debugDescription: fault.problem))
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws { try node.encode(to: encoder) }
}

extension CodingKey {
  fileprivate var nameOrPlace: String { intValue.map(String.init) ?? stringValue }
}

private struct PathKey: CodingKey {
  let stringValue: String
  var intValue: Int? { Int(stringValue) }

  init(stringValue: String) { self.stringValue = stringValue }
  init(intValue: Int) { stringValue = String(intValue) }
}
