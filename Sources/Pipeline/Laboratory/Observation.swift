import CollapseCore
import Reporting

/// What was seen of one solution: under which setting, from which start, and the numbers.
struct Observation: Sendable, Hashable, Codable {
  struct Setting: Sendable, Hashable, Codable {
    var axis: String
    var value: Condition.Value
  }

  struct Quantity: Sendable, Hashable, Codable {
    var name: String
    /// `nil` where it is not defined, such as a cosine of nothing.
    var value: Double?
  }

  /// The part of the experiment that it belongs to.
  var part: String
  var settings: [Setting]
  var quantities: [Quantity]

  init(
    _ part: String, _ settings: KeyValuePairs<String, Condition.Value>,
    _ quantities: KeyValuePairs<String, Double?>
  ) {
    self.init(
      part, settings.map { Setting(axis: $0.key, value: $0.value) }, quantities.map { ($0, $1) })
  }

  /// - Parameter quantities: each with its name; one that is not finite is not defined.
  init(_ part: String, _ settings: [Setting], _ quantities: [(String, Double?)]) {
    self.part = part
    self.settings = settings
    self.quantities = quantities.map { name, value in
      Quantity(name: name, value: value.flatMap { $0.isFinite ? $0 : nil })
    }
  }

  /// What else was seen of the same solution at a place within it, such as a layer: an observation of
  /// `part` with further settings.
  func detail(
    _ part: String, at place: KeyValuePairs<String, Condition.Value>,
    _ quantities: [(String, Double?)]
  ) -> Observation {
    Observation(
      part, settings + place.map { Setting(axis: $0.key, value: $0.value) }, quantities)
  }

  /// A quantity by its name; NaN where it is not defined.
  subscript(name: String) -> Double {
    quantities.first { $0.name == name }?.value ?? .nan
  }

  /// The value on an axis as text, empty where there is none.
  func text(_ axis: String) -> String {
    switch value(on: axis) {
    case .number(let value): NumberFormat.significant(4).text(value)
    case let value?: value.description
    case nil: ""
    }
  }

  /// The value on an axis of numbers; NaN where there is none.
  func number(_ axis: String) -> Double {
    if case .number(let value)? = value(on: axis) { return value }
    return .nan
  }
}

extension [Observation] {
  func of(_ part: String) -> [Observation] { filter { $0.part == part } }

  func values(_ name: String) -> [Double] { map { $0[name] } }

  /// What a quantity is here more than in `others` of the same seed.
  func differences(of name: String, from others: [Observation]) -> [Double] {
    compactMap { item in
      others.first { $0.text("seed") == item.text("seed") }.map { item[name] - $0[name] }
    }
  }

  /// Those with one combination of values on `axes` together, in the order they first occur.
  func groups(by axes: String...) -> [[Observation]] { groups(by: axes) }

  func groups(by axes: [String]) -> [[Observation]] {
    var places: [[String]: Int] = [:]
    var groups: [[Observation]] = []
    for observation in self {
      let key = axes.map(observation.text)
      if let place = places[key] {
        groups[place].append(observation)
      } else {
        places[key] = groups.count
        groups.append([observation])
      }
    }
    return groups
  }

  /// What tells the group from others on `axes`, for the rows of tables.
  func setting(_ axes: String...) -> [(axis: String, value: String)] {
    axes.map { ($0, first?.text($0) ?? "") }
  }

  /// Every observation of one part, a row each.
  func table(name: String, caption: String) -> Table {
    let settings = flatMap { $0.settings.map(\.axis) }.uniqued()
    let quantities = flatMap { $0.quantities.map(\.name) }.uniqued()
    let columns = settings.map { axis in
      Table.Column(axis, axis, isNumeric: allSatisfy { $0.isNumber(on: axis) })
    }
    return Table(
      name: name, caption: caption,
      columns: columns + quantities.map { Table.Column($0, $0, format: .significant(6)) },
      rows: map { observation in
        settings.map(observation.cell(on:)) + quantities.map(observation.cell(of:))
      })
  }
}

extension Observation {
  private func value(on axis: String) -> Condition.Value? {
    settings.first { $0.axis == axis }?.value
  }

  fileprivate func isNumber(on axis: String) -> Bool {
    switch value(on: axis) {
    case .number, nil: true
    case .word, .flag: false
    }
  }

  fileprivate func cell(on axis: String) -> Table.Cell {
    switch value(on: axis) {
    case .number(let value): .number(value)
    case let value?: .text(value.description)
    case nil: .absent
    }
  }

  fileprivate func cell(of name: String) -> Table.Cell {
    let value = self[name]
    return value.isNaN ? .absent : .number(value)
  }
}

extension Collection where Element == Double {
  /// The largest; NaN where one is, 0 of none.
  var largest: Double { reduce(0) { $1 <= $0 || $0.isNaN ? $0 : $1 } }
}
