import FoundationEssentials

/// Finds what a configuration may hold by letting its types decode made-up values.
///
/// A type asks a decoder for the keys it knows; what it asks for is written down. Where it goes on
/// depends on what it finds, so it is asked again: with each key present, and with each word that
/// its own refusal of an unknown one lists.
final class ShapeExplorer {
  /// The shapes of types that hold themselves, by name.
  private(set) var definitions: [String: FieldShape] = [:]
  private var found: [ObjectIdentifier: (shape: FieldShape, sample: Any?)] = [:]
  private var underway: Set<ObjectIdentifier> = []
  private var recursive: Set<String> = []

  /// The shape of a type.
  func shape<Value: Decodable>(of type: Value.Type) -> FieldShape { explore(type).shape }

  /// A value of a type that it accepts, where one was found.
  func sample<Value: Decodable>(of type: Value.Type) -> Value? { explore(type).sample as? Value }

  private func explore<Value: Decodable>(_ type: Value.Type) -> (shape: FieldShape, sample: Any?) {
    let id = ObjectIdentifier(type)
    if let known = found[id] { return known }
    if let simple = simple(type) { return simple }
    // Without the module: `LearningRate.Schedule`.
    let name = String(reflecting: type).drop { $0 != "." }.dropFirst().description
    // A list of a type that holds such lists refers to the type and not to itself.
    let isNamed = !name.hasPrefix("Array<")
    if isNamed {
      guard underway.insert(id).inserted else {
        recursive.insert(name)
        return (.reference(name), nil)
      }
    }
    defer { underway.remove(id) }
    let exploration = Exploration(name: name, explorer: self)
    exploration.run(type)
    var shape = exploration.shape
    if recursive.contains(name) {
      definitions[name] = shape
      shape = .reference(name)
    }
    // What was found while an outer type is under way may refer to it, which is right as well.
    found[id] = (shape, exploration.sample)
    return (shape, exploration.sample)
  }

  /// Types whose shape needs no asking.
  private func simple<Value: Decodable>(
    _ type: Value.Type
  ) -> (shape: FieldShape, sample: Any?)? {
    if let words = WordList.words(of: type) {
      guard let cases = type as? any CaseIterable.Type else { return (.word(words), nil) }
      return (.word(words), ShapeExplorer.firstCase(of: cases))
    }
    switch type {
    case is Bool.Type: return (.boolean, false)
    case is String.Type: return (.word(nil), ShapeRecorder.unknownWord)
    case is Double.Type: return (.number, 0.5)
    case is Float.Type: return (.number, Float(0.5))
    case is Int.Type: return (.integer, 1)
    case is UInt64.Type: return (.integer, UInt64(1))
    case is Int32.Type: return (.integer, Int32(1))
    default: return nil
    }
  }

  private static func firstCase<Value: CaseIterable>(of _: Value.Type) -> Any? {
    Value.allCases.first
  }
}

/// The asking of one type.
private final class Exploration {
  private let name: String
  private let explorer: ShapeExplorer
  private var singles: [FieldShape] = []
  private var mappings: [MappingShape] = []
  private var element: FieldShape?
  private(set) var sample: Any?
  /// Words by the field that takes them; `nil` for the value itself.
  private var words: [String?: [String]] = [:]

  init(name: String, explorer: ShapeExplorer) {
    self.name = name
    self.explorer = explorer
  }

  func run<Value: Decodable>(_ type: Value.Type) {
    let first = ask(type, ShapeRecorder.Scenario())
    for single in first.singles where !singles.contains(single) {
      singles.append(single)
      // A text is refused with the list of those there are.
      if case .word = single { _ = ask(type, ShapeRecorder.Scenario(acceptsSingle: true)) }
    }
    if let kinds = words["kind"] {
      for kind in kinds { explore(type, kind: kind) }
    } else if !first.fields.isEmpty {
      explore(type, kind: nil)
    }
    if sample == nil, !singles.isEmpty {
      _ = ask(type, ShapeRecorder.Scenario(acceptsSingle: true))
    }
    // A list whose elements hold such lists can only be made up empty.
    if sample == nil, element != nil {
      _ = ask(type, ShapeRecorder.Scenario(hasEmptyLists: true))
    }
  }

  /// Collects the keys of one kind, each present once.
  private func explore<Value: Decodable>(_ type: Value.Type, kind: String?) {
    var mapping = MappingShape(type: name, kind: kind, fields: [])
    var tried: Set<String> = []
    func add(_ recorder: ShapeRecorder) {
      for field in recorder.fields where !mapping.fields.contains(where: { $0.key == field.key }) {
        mapping.fields.append(field)
      }
    }
    let plain = ask(type, ShapeRecorder.Scenario(kind: kind))
    add(plain)
    let standard = plain.result.map(ShapeExplorer.json(of:)) ?? nil
    while let field = mapping.fields.first(where: { !$0.isRequired && !tried.contains($0.key) }) {
      tried.insert(field.key)
      add(ask(type, ShapeRecorder.Scenario(kind: kind, present: [field.key])))
    }
    if case .object(let values) = standard {
      for index in mapping.fields.indices where !mapping.fields[index].isRequired {
        mapping.fields[index].standard = values[mapping.fields[index].key]
      }
    }
    mapping.fields.removeAll { $0.key == "kind" && kind != nil }
    mappings.append(mapping)
  }

  /// Lets the type decode once.
  private func ask<Value: Decodable>(
    _ type: Value.Type, _ scenario: ShapeRecorder.Scenario
  ) -> ShapeRecorder {
    let recorder = ShapeRecorder(explorer, scenario)
    do {
      let value = try Value(from: recorder.decoder)
      recorder.result = value
      sample = sample ?? value
    } catch let error as DecodingError {
      if case .dataCorrupted(let context) = error,
        let list = ShapeRecorder.wordList(in: context.debugDescription)
      {
        let key = context.codingPath.first?.stringValue
        words[key] = words[key] ?? list
      }
    } catch {}
    element = element ?? recorder.element
    return recorder
  }

  var shape: FieldShape {
    var all = singles.map { single in
      if case .word = single { FieldShape.word(words[nil]) } else { single }
    }
    if let element { all.append(.list(element)) }
    all += mappings.map { mapping in
      var mapping = mapping
      for index in mapping.fields.indices {
        guard let list = words[mapping.fields[index].key] else { continue }
        switch mapping.fields[index].shape {
        case .word(nil): mapping.fields[index].shape = .word(list)
        case .list(.word(nil)): mapping.fields[index].shape = .list(.word(list))
        default: break
        }
      }
      return .mapping(mapping)
    }
    return all.count == 1 ? all[0] : .anyOf(all)
  }
}

extension ShapeExplorer {
  /// A value as JSON; `nil` where it cannot be written.
  fileprivate static func json(of value: Any) -> JSONValue? {
    guard let value = value as? any Encodable, let data = try? JSONEncoder().encode(value) else {
      return nil
    }
    return try? JSONDecoder().decode(JSONValue.self, from: data)
  }
}
