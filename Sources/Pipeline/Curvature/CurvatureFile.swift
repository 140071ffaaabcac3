import CollapseCore
import Files
import Reporting

/// The curvature of a run: its `curvature.json`.
struct CurvatureFile: Codable {
  var format = CurvatureRecord.format
  var version = 1
  /// In the order of the training.
  var epochs: [CurvatureRecord]

  init(_ epochs: [CurvatureRecord]) { self.epochs = epochs }

  func write(to path: String) throws {
    try AtomicFile.write(try JSONText.pretty(self) + "\n", to: path)
  }

  /// The records in the file at `path`.
  ///
  /// - Throws: `FileError` where it is not there, or not one of ours.
  static func read(_ path: String) throws -> [CurvatureRecord] {
    let bytes = try FileContents.read(path)
    guard let file = try? JSONText.decode(CurvatureFile.self, from: bytes),
      file.format == CurvatureRecord.format, file.version == 1
    else {
      throw FileError.unexpected("the curvature of a run", found: "something else", in: path)
    }
    return file.epochs
  }
}
