import CollapseCore

/// An axis on which runs of a study may differ, as tables and figures write it.
struct StudyAxis: Hashable, Sendable {
  /// The name in a ``Condition``.
  let name: String
  /// The words in a study that give the values an order of their own: as they occur.
  private let words: [String: Int]
  /// Whether every value that is stated is a number.
  let isNumeric: Bool

  /// - Parameter values: those of the runs, in the order of the runs.
  init(_ name: String, values: [Condition.Value?]) {
    self.name = name
    let stated = values.compactMap { $0 }
    isNumeric =
      !stated.isEmpty
      && stated.allSatisfy { if case .number = $0 { true } else { false } }
    var words: [String: Int] = [:]
    for value in Self.known[name]?.order ?? [] { words[value] = words.count }
    for case .word(let word) in stated where words[word] == nil { words[word] = words.count }
    self.words = words
  }

  static func == (a: StudyAxis, b: StudyAxis) -> Bool { a.name == b.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// What is special about an axis: everything else follows from its name.
  private struct Words {
    var heading: String
    /// Before a value in a title; empty where the value says enough.
    var prefix = ""
    /// The order in which a reader compares words.
    var order: [String] = []
    /// Texts for a key in place of the values.
    var labels: [String: String] = [:]
    var format = NumberFormat.significant(3)
  }

  private static let known: [String: Words] = [
    Condition.Axis.dataset.name: Words(heading: "dataset"),
    Condition.Axis.network.name: Words(heading: "network"),
    Condition.Axis.loss.name: Words(heading: "loss"),
    Condition.Axis.normalization.name: Words(
      heading: "BN", order: ["all", "last", "none"],
      labels: ["all": "BN in all layers", "last": "BN last only", "none": "no BN"]),
    Condition.Axis.weightDecay.name: Words(
      heading: "weight decay", prefix: "λ =", format: .significant(2)),
    Condition.Axis.learningRate.name: Words(heading: "learning rate", prefix: "learning rate"),
    StudyAxis.run: Words(heading: "run"),
  ]

  /// The axis of runs that nothing they state tells apart: the name of each.
  static let run = "run"

  /// The parts of an option's path that are words for a reader: `network.widthMultiplier` is
  /// `width multiplier`, `training.optimizer.kind` `optimizer`.
  private var parts: [String] {
    var parts = name.split(separator: ".").map(String.init)
    if parts.count > 1 { parts.removeFirst() }
    if parts.count > 1, ["kind", "name", "coefficient", "initial"].contains(parts.last) {
      parts.removeLast()
    }
    return parts.flatMap(\.wordsOfCamelCase)
  }

  /// The field in CSV: `optimizer`, `width_multiplier`.
  var column: String {
    guard Self.known[name] == nil else { return name }
    // A path may come from anybody's file, and gnuplot's scripts name columns.
    return String(
      parts.joined(separator: "_").map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// The heading of a column.
  var heading: String { Self.known[name]?.heading ?? parts.joined(separator: " ") }

  /// The axis in a sentence: `weight decay`, `batch normalization`.
  var phrase: String {
    name == Condition.Axis.normalization.name ? "batch normalization" : heading
  }

  /// The label of an abscissa.
  var abscissa: String {
    name == Condition.Axis.weightDecay.name ? "weight decay λ" : phrase
  }

  var tableColumn: Table.Column {
    Table.Column(column, heading, format: format, isNumeric: isNumeric)
  }

  private var format: NumberFormat { Self.known[name]?.format ?? .significant(3) }

  /// A value in the key of a figure.
  func label(_ value: Condition.Value?) -> String {
    switch value {
    case nil: "not stated"
    case .number(let number): format.text(number)
    case .word(let word): Self.known[name]?.labels[word] ?? word
    case .flag(let flag): "\(heading): \(flag ? "yes" : "no")"
    }
  }

  /// A value in a title: `learning rate 0.1`, `λ = 5e−3`, `vgg11`.
  func title(_ value: Condition.Value?) -> String? {
    guard let value else { return nil }
    let prefix = Self.known[name]?.prefix ?? (isNumeric ? heading : "")
    return prefix.isEmpty ? label(value) : "\(prefix) \(label(value))"
  }

  /// Whether `a` stands before `b`: numbers by size, words as they are known or occur, what is not
  /// stated last.
  func areInOrder(_ a: Condition.Value?, _ b: Condition.Value?) -> Bool {
    switch (a, b) {
    case (nil, _): return false
    case (_, nil): return true
    case (.word(let a)?, .word(let b)?): return (words[a] ?? .max, a) < (words[b] ?? .max, b)
    case (let a?, let b?): return a < b
    }
  }
}

extension String {
  /// `widthMultiplier` as `width`, `multiplier`.
  fileprivate var wordsOfCamelCase: [String] {
    var words: [String] = []
    var current = ""
    for character in self {
      if character.isUppercase, !current.isEmpty, current.last?.isUppercase == false {
        words.append(current)
        current = ""
      }
      current += character.lowercased()
    }
    return current.isEmpty ? words : words + [current]
  }
}
