import Arrays
import CollapseCore

/// Labels that were found, and what their texts say of the classes.
struct FoundLabels {
  let blocks: any LabelBlocks
  /// Whether they are texts, and not numbers.
  private(set) var areTexts = false
  /// Whether the texts are whole numbers.
  private var areNumbers = false
  /// The classes that the texts name, in alphabetical order, where nothing else names them.
  var classNames: [String]?

  init(_ blocks: any LabelBlocks) { self.blocks = blocks }

  /// Labels by the names of their classes: their places in `classNames`, or else among the names
  /// that occur, in the order of their characters' codes, as NumPy's `unique` sorts them. Texts that
  /// are all whole numbers are these numbers.
  init(
    texts: [String], _ classNames: [String]?, file: String, error: (String) -> ArrayFileError
  ) throws {
    areTexts = true
    if classNames == nil, texts.allSatisfy({ Int32($0).map { $0 >= 0 } ?? false }) {
      areNumbers = true
      blocks = InMemoryLabels(texts.map { Int32($0)! })
      return
    }
    let names = classNames ?? Self.alphabetical(Set(texts))
    let places = Dictionary(
      names.enumerated().map { ($1, Int64($0)) }, uniquingKeysWith: { first, _ in first })
    guard places.count == names.count else { throw error("two classes have the same name") }
    blocks = InMemoryLabels(
      try texts.enumerated().map { row, text in
        guard let place = places[text] else {
          throw error("row \(row): '\(text)' is none of the \(names.count) class names")
        }
        return place
      })
    if classNames == nil { self.classNames = names }
  }

  /// Names in the order of their characters' codes.
  static func alphabetical(_ names: Set<String>) -> [String] {
    names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  /// What was made of texts: a sentence for the user, where they are texts.
  var note: String? {
    guard areTexts else { return nil }
    if let classNames {
      return
        "labels are texts: their \(classNames.count) classes are numbered in alphabetical order"
    }
    return areNumbers ? "labels are numbers written as text" : "labels are the names of classes"
  }

  /// How many classes there are: as many as are named, or the highest label says.
  func classCount(_ stated: [String]?) throws -> Int {
    if let stated { return stated.count }
    var highest: Int64 = -1
    var labels = [Int64](repeating: 0, count: min(1 << 16, max(1, blocks.labelCount)))
    for start in stride(from: 0, to: blocks.labelCount, by: labels.count) {
      let rows = start..<min(start + labels.count, blocks.labelCount)
      try labels.withUnsafeMutableBufferPointer {
        try blocks.read(rows, into: UnsafeMutableBufferPointer(rebasing: $0[..<rows.count]))
      }
      highest = max(highest, labels[..<rows.count].max() ?? -1)
    }
    return Int(highest) + 1
  }
}

extension FeatureLayout {
  /// The labels of `rows` rows.
  ///
  /// - Parameter tokens: where each row is a token of a sequence.
  func labels(
    rows: Int, tokens: TokenRows? = nil, _ classNames: [String]?, _ names: inout NamesTaken
  ) throws -> FoundLabels {
    let isLabelsFile = source.isOneArray && options.labelsFile == source.file
    guard
      let name = isLabelsFile
        ? ""
        : try labelsName(
          rows: tokens?.samples ?? rows, &names)
    else {
      if !options.requiresLabels {
        if let mask = tokens?.mask {
          throw mask.error("padding is told by its label, and there are no labels")
        }
        return FoundLabels(AbsentLabels(labelCount: rows))
      }
      throw ArrayFileError(
        file: source.file,
        problem: source.isOneArray
          ? "it holds one array, the features: say which file holds the labels"
          : "it has no \(source.noun) 'labels'\(source.listing): say which are the labels",
        choice: source.isOneArray ? .labelsFile : .labels)
    }
    let place = name.isEmpty ? "" : "\(source.noun) '\(name)'"
    func error(_ problem: String) -> ArrayFileError {
      ArrayFileError(
        file: source.file, location: place.isEmpty ? nil : place, problem: problem)
    }
    if let texts = try source.texts(name) {
      guard texts.count == rows else {
        throw error("\(texts.count) labels for \(rows) rows of features")
      }
      let found = try FoundLabels(texts: texts, classNames, file: source.file, error: error)
      if let note = found.note { names.say(note) }
      return found
    }
    let stored = try source.array(name)
    if let tokens { return FoundLabels(try tokens.labels(stored, options)) }
    let labels = try StoredLabels(stored, ignoring: options.ignoredLabels)
    guard labels.labelCount == rows else {
      throw stored.error("\(labels.labelCount) labels for \(rows) rows of features")
    }
    return FoundLabels(labels)
  }

  private func labelsName(rows: Int, _ names: inout NamesTaken) throws -> String? {
    if let stated = options.labels { return stated }
    // Numbers to predict stand in the place of labels, also under a name that labels have elsewhere.
    guard options.targets == nil else { return nil }
    if try source.contains("labels") { return "labels" }
    // Arrays of another length are labels of something else.
    let present = try Self.labelNames.filter { try source.contains($0) }
    let found = try present.filter { name in
      if let texts = try source.texts(name) { return texts.count == rows }
      guard let array = try? source.array(name) else { return false }
      return 1...2 ~= array.shape.count && array.rowCount == rows
    }
    guard let name = found.first ?? present.first else { return nil }
    try refuseAmbiguity(found, role: "the labels", .labels)
    names.take(name, for: "labels")
    return name
  }
}

/// Rows that are the tokens of sequences.
struct TokenRows {
  let samples: Int
  let tokens: Int
  /// `nil` where none is padding.
  let mask: TokenMask?

  func labels(
    _ array: any StoredArray, _ options: FeatureFileOptions
  ) throws(ArrayFileError) -> TokenLabels {
    try TokenLabels(
      array, samples: samples, tokens: tokens, mask: mask, ignoring: options.ignoredLabels)
  }
}

/// As many labels 0 as there are rows.
struct AbsentLabels: LabelBlocks {
  let labelCount: Int

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) {
    buffer.update(repeating: 0)
  }
}
