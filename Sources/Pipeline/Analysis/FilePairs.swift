import CollapseCore
import Files

/// Files of features and the files of their labels, paired by what the wildcards of two patterns
/// stand for: `rank3_features.npy` of `rank?_features.npy` with `rank3_targets.npy` of
/// `rank?_targets.npy`.
public struct FilePairs {
  /// The partner of each path, in their order.
  public let partners: [String]

  /// - Parameters:
  ///   - patterns: those that named `paths`. Where the shell has spelled out a pattern, the part in
  ///     which the paths differ stands for its wildcard.
  ///   - partner: the pattern of the partners.
  /// - Throws: `FileError` for a path without a partner, or a partner of no path.
  public init(_ patterns: [PathPattern], _ paths: [String], with partner: PathPattern) throws {
    var partners: [[String]: String] = [:]
    for path in partner.matches() {
      guard let captures = partner.captures(in: path) else { continue }
      partners[captures] = path
    }
    var found: [String] = []
    for path in paths {
      let key = patterns.lazy.filter(\.isPattern).compactMap { $0.captures(in: path) }.first
      guard let key = key ?? FilePairs.difference(of: path, among: paths),
        let match = partners.removeValue(forKey: key)
      else {
        throw FilePairs.fault(path, "no file of '\(partner.text)' has the same wildcards")
      }
      found.append(match)
    }
    if let left = partners.values.min() {
      throw FilePairs.fault(left, "it belongs to none of the \(paths.count) files of features")
    }
    self.partners = found
  }

  private static func fault(_ path: String, _ reason: String) -> FileError {
    FileError(kind: .badInput, operation: "pair", path: path, reason: reason)
  }

  /// The part of `path` in which the paths differ; `nil` where there is no other.
  private static func difference(of path: String, among paths: [String]) -> [String]? {
    guard paths.count > 1 else { return nil }
    let all = paths.map(Array.init)
    let shortest = all.map(\.count).min()!
    let start = (0..<shortest).first { place in all.contains { $0[place] != all[0][place] } }
    guard let start else { return nil }
    let end = (0..<shortest - start).first { place in
      all.contains { $0[$0.count - 1 - place] != all[0][all[0].count - 1 - place] }
    }
    let own = Array(path)
    return [String(own[start..<own.count - (end ?? shortest - start)])]
  }
}
