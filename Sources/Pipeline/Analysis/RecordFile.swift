import CollapseCore
import Files
import Reporting

/// A JSON file of ours with measures: of a run, an analysis or a report, of any version.
enum RecordFile {
  /// - Throws: `FileError` when the file cannot be read, is none of them, or of a newer version.
  static func read(_ path: String) throws -> MeasuresFile {
    let bytes = try FileContents.read(path)
    let expected = "the measures.json of a run, an analysis or a report"
    do {
      return try MeasuresFile(json: bytes)
    } catch let error as MeasuresFile.UnknownVersion {
      let isNewer = error.format == MeasuresFile.format && error.version > MeasuresFile.version
      throw FileError(
        kind: .badInput, operation: "read", path: path,
        reason: "expected \(MeasuresFile.format) up to version \(MeasuresFile.version), found "
          + "\(error.format) version \(error.version)"
          + (isNewer ? ", written by a newer collapse" : ""))
    } catch let error as MeasuresFile.Outline.NoneOfOurs {
      let list = error.keys.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
      throw FileError.unexpected(
        expected, found: list.isEmpty ? "JSON without any key" : "JSON with the keys \(list)",
        in: path)
    } catch let error as DecodingError {
      throw FileError.unexpected(expected, found: error.found(in: bytes), in: path)
    }
  }
}
