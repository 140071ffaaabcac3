import CollapseCore

/// The rows of W and b that belong to the classes present.
///
/// A label is a row of W. Only when W has exactly as many rows as there are classes are its rows
/// the classes by ascending label, whatever the labels are; or a mapping says which row is whose.
struct ClassifierRows {
  let classifier: LinearClassifier
  private(set) var warnings: [String] = []

  init(
    _ whole: LinearClassifier, labels: [Int64], mapping: [Int64: Int]?, columns: Int
  ) throws {
    let rows = whole.classCount
    guard whole.dimension == columns else {
      throw AnalysisError.weightColumns(expected: columns, found: whole.dimension)
    }
    guard
      whole.weights.elements.allSatisfy(\.isFinite), (whole.bias ?? []).allSatisfy(\.isFinite)
    else { throw AnalysisError.nonFiniteClassifier }
    guard rows >= labels.count else {
      throw AnalysisError.weightRows(classes: labels.count, rows: rows)
    }
    let indices: [Int] =
      if let mapping {
        try labels.map { label in
          guard let row = mapping[label], (0..<rows).contains(row) else {
            throw AnalysisError.noWeightRow(label: label, rows: rows)
          }
          return row
        }
      } else if rows == labels.count {
        Array(0..<rows)
      } else {
        try labels.map { label in
          guard label < Int64(rows) else {
            throw AnalysisError.noWeightRow(label: label, rows: rows)
          }
          return Int(label)
        }
      }
    if mapping == nil, rows == labels.count, labels != (0..<Int64(rows)).map({ $0 }) {
      let shown = labels.prefix(10).map(String.init).joined(separator: ", ")
      warnings.append(
        "labels are not 0…\(rows - 1): the rows of W are taken for the classes by ascending label, "
          + shown + (labels.count > 10 ? ", …" : ""))
    }
    let absent = Set(0..<rows).subtracting(indices).sorted()
    if !absent.isEmpty {
      warnings.append(
        "no samples for \(Absences.list(absent.map(String.init), "row")) of W: left out")
    }
    // Of many classes W is large: it is not copied where it is as it should be.
    classifier =
      indices == Array(0..<rows)
      ? whole
      : LinearClassifier(
        weights: whole.weights.selectingRows(indices),
        bias: whole.bias.map { bias in indices.map { bias[$0] } })
  }
}

/// Warnings about what is not there: classes without samples, rows left out, means to decide by.
struct Absences {
  let statistics: ClassStatistics
  let options: AnalysisOptions
  let dropped: Int
  let ignored: Int

  var warnings: [String] {
    var warnings: [String] = []
    if dropped > 0 {
      warnings.append(
        "\(dropped) row\(dropped == 1 ? "" : "s") with NaN or infinite features left out")
    }
    let present = Set(statistics.labels)
    let absent = options.classNames.indices.filter {
      !present.contains(Int64($0)) && options.labels.contains(Int64($0))
    }
    if !absent.isEmpty {
      let names = absent.map { "\($0) (\(options.classNames[$0]))" }
      warnings.append(
        "no samples of \(Absences.list(names, "class", plural: "classes")): left out")
    }
    if let reference = options.meansFrom {
      let unknown = Set(statistics.labels).subtracting(reference.labels).sorted()
      if !unknown.isEmpty {
        let names = Absences.list(unknown.map(String.init), "class", plural: "classes")
        warnings.append("no means to decide by for \(names): never decided for")
      }
    }
    return warnings
  }

  /// How labels that are not 0..<C are numbered where there is no W that they are rows of.
  static func map(of labels: [Int64]) -> [String] {
    guard labels != labels.indices.map({ Int64($0) }) else { return [] }
    let shown = labels.prefix(10).map(String.init).joined(separator: ", ")
    return [
      "labels are not 0…\(labels.count - 1): the classes are, by ascending label, \(shown)"
        + (labels.count > 10 ? ", …" : "")
    ]
  }

  /// `class 3`, `rows 3, 5`, and no more than ten of them.
  static func list(_ names: [String], _ noun: String, plural: String? = nil) -> String {
    (names.count == 1 ? noun : plural ?? noun + "s") + " "
      + names.prefix(10).joined(separator: ", ")
      + (names.count > 10 ? " and \(names.count - 10) more" : "")
  }
}
