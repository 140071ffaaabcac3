import CollapseCore

/// A named variation of a pipeline: fields that differ from what the file states.
///
/// ```yaml
/// profiles:
///   quick: { training.epochs: 20, grid.training.seed: [1] }
/// ```
/// A key is the dotted path of a field, its value replaces the one of the file. A field given here
/// leaves the grid; under `grid.` a field gets another list of values.
struct Profile {
  let name: String
  private let entries: [ConfigurationNode.Entry]

  /// The profiles that the entry `profiles` of a file states, in its order.
  static func all(
    _ entry: ConfigurationNode.Entry?, file: String
  ) throws(ConfigurationError) -> [Profile] {
    guard let entry, !entry.value.isNull else { return [] }
    guard case .mapping(let profiles) = entry.value.content else {
      throw ConfigurationError(
        file: file, position: entry.value.position,
        problem: "profiles: expected names and what they change, found \(entry.value.phrase)")
    }
    var all: [Profile] = []
    for profile in profiles {
      // It names the folder of a report.
      guard !profile.key.isEmpty,
        profile.key.allSatisfy({ $0.isLetter || $0.isNumber || "-_.+".contains($0) })
      else {
        throw ConfigurationError(
          file: file, position: profile.keyPosition,
          problem: "profiles: expected a name of letters, digits and any of - _ . +, found "
            + "'\(profile.key)'")
      }
      if profile.value.isNull {
        all.append(Profile(name: profile.key, entries: []))
      } else if case .mapping(let entries) = profile.value.content {
        all.append(Profile(name: profile.key, entries: entries))
      } else {
        throw ConfigurationError(
          file: file, position: profile.value.position,
          problem: "profiles.\(profile.key): expected fields and values, found "
            + profile.value.phrase)
      }
    }
    return all
  }

  /// Makes the changes of this profile.
  func apply(
    to root: inout ConfigurationNode, _ grid: inout Grid, file: String
  ) throws(ConfigurationError) {
    let prefix = "grid."
    for entry in entries {
      if entry.key == "grid" {
        for axis in try Grid.entries(of: entry.value, file: file) {
          try grid.set(axis.key, to: axis.value, at: axis.keyPosition, file: file)
        }
      } else if entry.key.hasPrefix(prefix) {
        try grid.set(
          String(entry.key.dropFirst(prefix.count)), to: entry.value, at: entry.keyPosition,
          file: file)
      } else {
        grid.remove(entry.key)
        let path = entry.key.split(separator: ".", omittingEmptySubsequences: false)
        guard root.set(entry.value, at: path, keyPosition: entry.keyPosition) else {
          throw ConfigurationError(
            file: file, position: entry.keyPosition,
            problem: "profiles.\(name): '\(entry.key)' is not a field")
        }
      }
    }
  }
}
