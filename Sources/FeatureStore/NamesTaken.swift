/// Which arrays were taken for what, as far as nobody said so and our own names did not.
struct NamesTaken {
  private let file: String
  private var parts: [String] = []
  private var sentences: [String] = []

  init(file: String) { self.file = file }

  /// Notes that the array called `name` was taken for `role`: "features".
  mutating func take(_ name: String, for role: String) { parts.append("\(role) '\(name)'") }

  /// Notes a whole sentence.
  mutating func say(_ sentence: String) { sentences.append("\(file): \(sentence)") }

  var notes: [String] {
    (parts.isEmpty ? [] : ["\(file): taken by their names: \(parts.joined(separator: ", "))"])
      + sentences
  }
}
