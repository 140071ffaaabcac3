import CollapseCore
import Files

/// Class names, stored as text with one name per line, the line's position being the label.
package enum ClassNames {
  /// The name of the file this project writes them to, beside the data.
  static let fileName = "classes.txt"

  /// `0`, `1`, `2`, …: the names of classes that have none.
  static func decimal(_ count: Int) -> [String] { (0..<count).map(String.init) }

  /// The names in the file at `path`.
  package static func read(_ path: String) throws -> [String] {
    guard let text = try TextFile.read(path) else {
      throw DatasetError(file: path, problem: "expected class names as UTF-8 text")
    }
    var names = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map(String.init)
    while names.last?.isEmpty == true { names.removeLast() }
    for (line, name) in names.enumerated() {
      if name.isEmpty {
        throw DatasetError(
          file: path, location: "line \(line + 1)", problem: "expected a class name, found none")
      }
      if let first = names.firstIndex(of: name), first < line {
        throw DatasetError(
          file: path, location: "line \(line + 1)",
          problem: "the class name '\(name)' stands in line \(first + 1) already")
      }
    }
    guard !names.isEmpty else { throw DatasetError(file: path, problem: "holds no class name") }
    return names
  }

  /// `'a', 'b', 'c'`; of many only the first and their number.
  static func list(_ names: [String]) -> String {
    names.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
      + (names.count > 12 ? ", … (\(names.count) in all)" : "")
  }

  /// The content of a file that ``read(_:)`` reads as `names`.
  static func text(_ names: [String], for target: String) throws -> [UInt8] {
    for name in names where name.isEmpty || name.contains(where: \.isNewline) {
      throw DatasetError(
        file: target,
        problem: "a class name must be one line of text, found '\(name)'", kind: .cannotWrite)
    }
    return Array((names.joined(separator: "\n") + "\n").utf8)
  }
}
