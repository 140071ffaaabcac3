public import CollapseCore

/// A data set that could not be fetched, with every reason and what to do by hand.
public struct FetchError: ClassifiedError, Hashable {
  /// One mirror's failure.
  public struct Attempt: Hashable, Sendable {
    /// The address that was asked; for a file that stood there and was wrong, its path.
    public let url: String
    /// Why it gave no right file, as a phrase.
    public let reason: String
  }

  /// The data set's name.
  public let dataset: String
  /// The file that no mirror gave.
  public let file: String
  /// What each mirror did.
  public let attempts: [Attempt]
  /// Where to put the files that are missing.
  public let folder: String
  /// The files that are missing.
  public let missing: [CatalogFile]
  public var kind: FailureKind { .missingInput }

  /// The mirrors and their failures, then each missing file with its size and checksum and the
  /// folder it belongs in.
  public var description: String {
    var lines = ["\(dataset): no mirror gave '\(file)'"]
    lines += attempts.map { "  \($0.url): \($0.reason)" }
    lines.append("To go on without them, place in '\(folder)':")
    lines += missing.map { file in
      let size = file.size.map { ", \($0) bytes" } ?? ""
      let checksum = file.checksums.first.map { ", \($0)" } ?? ""
      return "  \(file.name)\(size)\(checksum)"
    }
    lines.append("and fetch again: files that are there are verified, not downloaded.")
    return lines.joined(separator: "\n")
  }
}
