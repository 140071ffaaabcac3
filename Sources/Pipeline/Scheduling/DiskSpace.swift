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

  package init(checkpointBytes: Int, featureBytes: Int, freeBytes: Int?) {
    self.checkpointBytes = checkpointBytes
    self.featureBytes = featureBytes
    self.freeBytes = freeBytes
  }

  public var neededBytes: Int { checkpointBytes + featureBytes }

  /// - Throws: `FileError` of kind cannotWrite, with the numbers, when there is too little room.
  package func check(for folder: String) throws(FileError) {
    guard let freeBytes, neededBytes > freeBytes else { return }
    throw FileError(
      kind: .cannotWrite, operation: "start the runs in", path: folder,
      reason: "they will write about \(ByteCount.text(neededBytes)) (checkpoints "
        + "\(ByteCount.text(checkpointBytes)), features \(ByteCount.text(featureBytes))), "
        + "\(ByteCount.text(freeBytes)) are free: keep fewer with 'training.checkpoints' and "
        + "'features.epochs: last', write no features with 'measures: during-training', or make "
        + "room with 'collapse runs rm'")
  }

  /// Bytes free for files in `folder`, or where it will be made.
  package static func free(at folder: String) -> Int? {
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

/// Numbers of bytes as people say them.
public enum ByteCount {
  /// `812 bytes`, `3.4 MiB`, `12 GiB`.
  public static func text(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = "bytes"
    for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
      value /= 1024
      unit = next
    }
    if unit == "bytes" { return "\(bytes) bytes" }
    return value < 10 ? "\((value * 10).rounded() / 10) \(unit)" : "\(Int(value.rounded())) \(unit)"
  }
}
