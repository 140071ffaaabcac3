import Arrays
import CollapseCore
import Files
import FoundationEssentials

/// A text file of labels: one per line, or a JSON list.
struct LabelsText {
  private let file: String
  private let lines: [String]

  /// - Returns: `nil` for a file that is no text.
  /// - Throws: `FileError` for text in UTF-16, `ArrayFileError` for JSON that is no list.
  init?(_ file: String) throws {
    let (start, size) = try FileContents.prefix(file, count: 4096)
    let isMarked = start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff])
    // Text has no control characters but these.
    guard isMarked || start.allSatisfy({ $0 >= 0x20 || [0x09, 0x0a, 0x0d].contains($0) }),
      size > 0, size <= 1 << 30, let text = try TextFile.read(file)
    else { return nil }
    self.file = file
    if text.first == "[" {
      lines = try LabelsText.list(text, file)
    } else {
      lines = text.split(omittingEmptySubsequences: true) { $0.isNewline }
        .map { $0.trimmingSpaces }.filter { !$0.isEmpty }
    }
  }

  /// The labels, of which there must be `count`; a line that names the column may precede them.
  func labels(count: Int) throws(ArrayFileError) -> [String] {
    let usual = ["labels"] + FeatureLayout.labelNames + ["class"]
    let first = lines.first?.lowercased() ?? ""
    let labels = lines.count == count + 1 && usual.contains(first) ? lines[1...] : lines[...]
    guard labels.count == count else {
      throw ArrayFileError(
        file: file, problem: "\(labels.count) lines for \(count) rows of features")
    }
    if let line = labels.first(where: { $0.contains("\t") || $0.contains(",") }),
      !labels.allSatisfy({ $0 == line })
    {
      throw ArrayFileError(
        file: file, problem: "'\(line)' holds several columns, expected one label per line")
    }
    return Array(labels)
  }

  private static func list(_ text: String, _ file: String) throws -> [String] {
    enum Label: Decodable {
      case text(String), number(Int)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
          self = .number(number)
        } else {
          self = .text(try container.decode(String.self))
        }
      }
    }
    do {
      return try JSONDecoder().decode([Label].self, from: Data(text.utf8)).map {
        switch $0 {
        case .text(let text): text
        case .number(let number): String(number)
        }
      }
    } catch {
      throw ArrayFileError(file: file, problem: "JSON that is no list of labels")
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
