import CollapseCore

/// A pipeline's fields before they are decoded: those that all points of the grid share, with the
/// chosen profile and the overrides applied, and the grid.
struct PipelineOutline {
  let file: String
  private(set) var root: ConfigurationNode
  private(set) var grid: Grid
  let profiles: [Profile]

  init(
    yaml text: String, file: String, profile: String?, overrides: [String]
  ) throws(ConfigurationError) {
    self.file = file
    root = try ConfigurationNode.parse(yaml: text, file: file)
    grid = try Grid(root.remove("grid"), file: file)
    let profileEntry = root.remove("profiles")
    profiles = try Profile.all(profileEntry, file: file)
    if let profile {
      guard let chosen = profiles.first(where: { $0.name == profile }) else {
        throw PipelineOutline.noProfile(profile, profiles, file: file, at: profileEntry)
      }
      try chosen.apply(to: &root, &grid, file: file)
    }
    for override in overrides { try PipelineOutline.apply(override, to: &root, &grid) }
  }

  /// The fields of one point of the grid.
  func node(of point: [Grid.Setting]) throws(ConfigurationError) -> ConfigurationNode {
    var node = root
    for setting in point.flatMap(Grid.fields(of:)) {
      let path = setting.field.split(separator: ".", omittingEmptySubsequences: false)
      guard node.set(setting.value, at: path, keyPosition: setting.position) else {
        throw ConfigurationError(
          file: file, position: setting.position,
          problem: "grid: '\(setting.field)' is not a field")
      }
    }
    return node
  }

  /// The data sets of the points of the grid, as far as what is said of them is right: they can be
  /// looked for whatever else is wrong with the pipeline.
  var datasets: [DatasetConfiguration] {
    var datasets: [DatasetConfiguration] = []
    for point in grid.points() {
      guard let stated = try? node(of: point)["dataset"], !stated.isNull,
        let dataset = ConfigurationReader.read(DatasetConfiguration.self, from: stated).value,
        !datasets.contains(dataset)
      else { continue }
      datasets.append(dataset)
    }
    return datasets
  }

  private static func noProfile(
    _ name: String, _ profiles: [Profile], file: String, at entry: ConfigurationNode.Entry?
  ) -> ConfigurationError {
    let names = profiles.map(\.name)
    let remedy =
      Spelling.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
      ?? (names.isEmpty
        ? "the file has no profiles" : "there are \(names.joined(separator: ", "))")
    return ConfigurationError(
      file: file, position: entry?.keyPosition, problem: "no profile '\(name)': \(remedy)")
  }

  /// Makes the change that `key=value` asks for.
  private static func apply(
    _ override: String, to root: inout ConfigurationNode, _ grid: inout Grid
  ) throws(ConfigurationError) {
    let (key, value) = try parse(override: override)
    let origin = "--set \(override)"
    if key.hasPrefix("grid.") {
      return try grid.set(String(key.dropFirst("grid.".count)), to: value, at: nil, file: origin)
    }
    grid.remove(key)
    if let axis = grid.axes.first(where: { $0.sets(key) }) {
      throw ConfigurationError(
        file: origin, position: nil,
        problem: "the grid sets it with '\(axis.field)', which "
          + "--set 'grid.\(axis.field)=[…]' changes")
    }
    guard root.set(value, at: key.split(separator: ".", omittingEmptySubsequences: false)) else {
      throw ConfigurationError(file: origin, position: nil, problem: "'\(key)' is not a field")
    }
  }

  private static func parse(
    override: String
  ) throws(ConfigurationError) -> (key: String, value: ConfigurationNode) {
    guard let equals = override.firstIndex(of: "="), equals != override.startIndex else {
      throw ConfigurationError(
        file: "--set \(override)", position: nil, problem: "expected key=value")
    }
    let tree = try ConfigurationNode.parse(
      yaml: "value: \(override[override.index(after: equals)...])", file: "--set \(override)")
    return (String(override[..<equals]), tree["value"]!.stated(by: "--set \(override)"))
  }
}
