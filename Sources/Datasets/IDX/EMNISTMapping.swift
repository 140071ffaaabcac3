import Files

/// EMNIST's mapping file: a line per class, the label followed by the codes of the characters it
/// stands for. The class is named by its characters: `1 65 97` names the class of label 1 `Aa`.
///
/// Labels begin at the first line's: EMNIST's letters are stored as 1...26 and read as 0...25.
struct EMNISTMapping {
  let firstLabel: Int
  let classNames: [String]

  init(_ path: String) throws {
    guard let text = try TextFile.read(path) else {
      throw DatasetError(file: path, problem: "expected text in UTF-8")
    }
    var firstLabel: Int?
    var names: [String] = []
    for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.isEmpty { continue }
      let label = UInt8(words[0]).map { Int($0) }
      let characters = words.dropFirst().compactMap { word in
        UInt32(word).flatMap(Unicode.Scalar.init).map(Character.init)
      }
      guard let label, !characters.isEmpty, characters.count == words.count - 1,
        label == (firstLabel ?? label) + names.count
      else {
        throw DatasetError(
          file: path, location: "line \(index + 1)",
          problem: "expected \(firstLabel.map { "label \($0 + names.count)" } ?? "a label") "
            + "and the codes of its characters, found '\(line)'")
      }
      firstLabel = firstLabel ?? label
      // EMNIST merges the cases of some letters and lists both.
      names.append(String(characters))
    }
    guard let firstLabel else { throw DatasetError(file: path, problem: "holds no class") }
    self.firstLabel = firstLabel
    classNames = names
  }
}
