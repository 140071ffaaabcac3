import ArgumentParser
import CollapseCore
import Pipeline

/// A part of a pipeline whose fields are options of the command line.
protocol FieldScope {
  /// The dotted path of the part: `training`.
  static var path: String { get }
  static var type: any Configurable.Type { get }
}

/// The fields of a part of a pipeline that have a flag, as options: name, help, default and
/// completion come from their declarations.
///
/// The parser finds the options of a type by its mirror, and hands it their values as its decoder.
struct FieldArguments<Scope: FieldScope>: ParsableArguments, CustomReflectable {
  /// The flags that were given, with their values as YAML.
  private var given: [(flag: FieldFlag, text: String)] = []

  private static var flags: [FieldFlag] { FieldFlag.all(of: Scope.type, at: Scope.path) }

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: FieldFlag.Key.self)
    for flag in Self.flags {
      let text: String?
      switch flag.form {
      case .kind:
        text = try container.decode(Flag<Bool>.self, forKey: flag.key).wrappedValue ? "true" : nil
      case .boolean:
        text = try container.decode(Flag<Bool?>.self, forKey: flag.key).wrappedValue
          .map(String.init)
      case .value:
        text = try container.decode(Option<String?>.self, forKey: flag.key).wrappedValue
      }
      if let text { given.append((flag, text)) }
    }
  }

  var customMirror: Mirror {
    let children = Self.flags.map { flag -> Mirror.Child in (flag.key.stringValue, flag.argument) }
    return Mirror(self, children: children, displayStyle: .struct)
  }

  /// Sets the fields that were given: kinds before the fields that only they have.
  func apply(to settings: inout Settings) throws {
    for (flag, text) in given where flag.decidesKind { try flag.set(text, in: &settings) }
    for (flag, text) in given where !flag.decidesKind { try flag.set(text, in: &settings) }
  }

  /// Refuses a flag of another kind of something than all settings together say.
  func checkKinds(in settings: Settings) throws {
    for (flag, _) in given { try flag.checkKind(in: settings) }
  }
}
