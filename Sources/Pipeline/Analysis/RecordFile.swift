import Files
import FoundationEssentials
import Reporting

/// A JSON file of ours with measures to report on.
enum RecordFile {
  /// A run's `measures.json`.
  case run(RunRecord)
  /// What `collapse analyze -o` leaves.
  case analysis([AnalysisBatch.Entry])
  /// The `measures.json` of a report.
  case report(StudyReport)

  /// - Throws: `FileError` when the file cannot be read or is none of them.
  init(_ path: String) throws {
    let bytes = try FileContents.read(path)
    let keys: Set<String>
    do {
      keys = try JSONDecoder().decode(Outline.self, from: Data(bytes)).keys
    } catch let error as DecodingError {
      throw RecordFile.error(path, found: error.found(in: bytes))
    }
    if keys.contains("files") {
      self = .analysis(try AnalysisFile.entries(in: path))
    } else if keys.contains("runs") {
      do {
        self = .report(try StudyReport(json: String(decoding: bytes, as: UTF8.self)))
      } catch let error as DecodingError {
        throw RecordFile.error(path, found: error.found(in: bytes))
      }
    } else if keys.contains("measurements") {
      self = .run(try RunRecord.read(path))
    } else {
      let list = keys.sorted().prefix(5).map { "'\($0)'" }.joined(separator: ", ")
      throw RecordFile.error(
        path, found: keys.isEmpty ? "JSON without any key" : "JSON with the keys \(list)")
    }
  }

  private static func error(_ path: String, found: String) -> FileError {
    .unexpected("the measures.json of a run, an analysis or a report", found: found, in: path)
  }

  /// The keys of an object.
  private struct Outline: Decodable {
    let keys: Set<String>

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      keys = Set(try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue))
    }
  }
}
