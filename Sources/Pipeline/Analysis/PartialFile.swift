import CollapseCore
import Files
import FoundationEssentials
public import NeuralCollapse

/// A file of what one pass of an analysis summed up over a part of a set of features.
///
/// ```
/// collapse partial sums 1
/// SHA-256 of what follows
/// bytes, as `ArrayCoding` lays them out
/// ```
public struct PartialFile: Sendable {
  /// Its own path.
  public let path: String
  let content: Content

  struct Layer: Sendable, Codable {
    let name: String
    let sums: PartialSums
    /// The sums of the first pass of all parts, where this is the second.
    let first: PartialSums?
  }

  struct Content: Sendable, Codable {
    let pass: PartialSums.Pass
    let part: AnalysisPart
    /// What `collapse analyze` was told of the features and the measures.
    let arguments: [String]
    /// The files of the features, each with its size and time of change.
    let inputs: [String]
    /// Tells these files and every option that decides on the result.
    let stamp: String
    /// Tells the sums of the first pass, where this is the second.
    let firstDigest: String?
    let layers: [Layer]
  }

  private static let head = "collapse partial sums 1\n"

  init(path: String, content: Content) {
    self.path = path
    self.content = content
  }

  public var pass: PartialSums.Pass { content.pass }
  public var part: AnalysisPart { content.part }
  public var arguments: [String] { content.arguments }

  /// - Throws: `FileError` for a file that is none of these, or damaged.
  public init(_ path: String) throws {
    let bytes = try FileContents.read(path)
    func refusal(_ reason: String) -> FileError {
      FileError(kind: .badInput, operation: "read", path: path, reason: reason)
    }
    guard bytes.starts(with: PartialFile.head.utf8) else {
      throw refusal("it holds no sums of a part: expected one of 'collapse analyze --partial'")
    }
    let rest = bytes.dropFirst(PartialFile.head.utf8.count)
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw refusal("it is cut short")
    }
    let body = Array(rest[(end + 1)...])
    guard Digest.sha256(body) == String(decoding: rest[..<end], as: UTF8.self) else {
      throw refusal("it is damaged or cut short: its digest is another; make it again")
    }
    do {
      self.init(path: path, content: try ArrayCoding.decode(Content.self, from: body))
    } catch let error as ArrayCodingError {
      throw refusal("\(error)")
    }
  }

  public func write() throws {
    let body = try ArrayCoding.encode(content)
    try AtomicFile.write(
      Array(PartialFile.head.utf8) + Array((Digest.sha256(body) + "\n").utf8) + body, to: path)
  }
}
