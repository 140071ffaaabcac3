import CollapseCore
import Files

/// What a stage's outputs depend on, as one SHA-256: its resolved options, the hashes of its
/// inputs, and the version of the code that does it.
///
/// A stage whose key is that of the outputs which stand need not run again.
public struct StageKey: Sendable, Hashable, Codable {
  /// 64 hexadecimal digits.
  public let hex: String

  /// - Parameters:
  ///   - stage: the stage's name.
  ///   - version: changes whenever the stage's code changes what it computes.
  ///   - options: everything about the configuration the stage reads.
  ///   - inputs: keys of the stages, and hashes of the files, that it reads.
  /// - Throws: what keeps the options from being encoded.
  init(stage: String, version: String, options: some Encodable, inputs: [String]) throws {
    var text = "\(stage) \(version)\n" + (try JSONText.compact(options))
    for input in inputs { text += "\n\(input)" }
    hex = Digest.sha256(text.utf8)
  }

  /// The first eight digits: enough to tell the runs of one pipeline apart.
  public var short: String { String(hex.prefix(StageKey.shortLength)) }
  static let shortLength = 8

  public init(from decoder: any Decoder) throws {
    hex = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
