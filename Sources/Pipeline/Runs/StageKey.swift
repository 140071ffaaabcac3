import Crypto
import FoundationEssentials

/// What a stage's outputs depend on, as one SHA-256: its resolved options, the hashes of its
/// inputs, and the version of the code that does it.
///
/// A stage whose key is that of the outputs which stand need not run again.
public struct StageKey: Sendable, Hashable, Codable {
  /// 64 hexadecimal digits.
  public let hex: String

  /// - Parameters:
  ///   - stage: the stage's name.
  ///   - version: raised whenever the stage's code changes what it computes.
  ///   - options: everything about the configuration the stage reads.
  ///   - inputs: keys of the stages, and hashes of the files, that it reads.
  init(stage: String, version: Int, options: some Encodable, inputs: [String]) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var hash = SHA256()
    hash.update(data: Data("\(stage) \(version)\n".utf8))
    hash.update(data: (try? encoder.encode(options)) ?? Data())
    for input in inputs { hash.update(data: Data("\n\(input)".utf8)) }
    hex = hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// The first eight digits: enough to tell the runs of one pipeline apart.
  public var short: String { String(hex.prefix(8)) }

  public init(from decoder: any Decoder) throws {
    hex = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
