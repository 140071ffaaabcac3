import CollapseCore
package import Files
import FoundationEssentials
import LibC

/// What the runs of a pipeline will write, and whether there is room.
public struct DiskSpace: Sendable, Hashable, Encodable {
  /// Bytes of the checkpoints still to be written.
  public let checkpointBytes: Int
  /// Bytes of the feature files still to be written.
  public let featureBytes: Int
  /// Bytes free where the runs go; `nil` where the system does not say.
  public let freeBytes: Int?

  public init(checkpointBytes: Int, featureBytes: Int, freeBytes: Int?) {
    self.checkpointBytes = checkpointBytes
    self.featureBytes = featureBytes
    self.freeBytes = freeBytes
  }

  public var neededBytes: Int { checkpointBytes + featureBytes }

  /// What is said before so much is written that nobody should be surprised by it: more than 1 GiB.
  public var announcement: String? {
    guard neededBytes > 1 << 30 else { return nil }
    let parts = [("checkpoints", checkpointBytes), ("features", featureBytes)]
      .filter { $0.1 > 0 }.map { "\($0.0) \(ByteCount.text($0.1))" }
    return "about \(ByteCount.text(neededBytes)) will be written: "
      + parts.joined(separator: ", ")
  }

  /// - Throws: `FileError` of kind cannotWrite, with the numbers, when there is too little room.
  package func check(for folder: String) throws(FileError) {
    guard let freeBytes, neededBytes > freeBytes else { return }
    throw FileError(
      kind: .cannotWrite, operation: "start the runs in", path: folder,
      reason: "they will write about \(ByteCount.text(neededBytes)) (checkpoints "
        + "\(ByteCount.text(checkpointBytes)), features \(ByteCount.text(featureBytes))), "
        + "\(ByteCount.text(freeBytes)) are free: keep fewer with 'training.checkpoints' and "
        + "'features.epochs: last', average feature maps with 'features.pooling: mean', write no "
        + "features with 'measures: during-training', or make room with 'collapse runs rm'")
  }

  /// Bytes free for files in `folder`, or where it will be made.
  public static func free(at folder: String) -> Int? {
    var path = URL(filePath: folder).standardized.path
    while path != "/", !FileManager.default.fileExists(atPath: path) {
      path = URL(filePath: path).deletingLastPathComponent().path
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    }
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(
      by: Int(status.f_frsize))
    return overflow ? nil : bytes
  }
}
