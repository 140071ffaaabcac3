import CollapseCore

/// The fields of a pipeline that run through lists of values, and the product of those lists.
struct Grid {
  /// A field and the values it runs through.
  struct Axis {
    /// The dotted path of the field: `training.weightDecay`.
    var field: String
    /// Where the field is named.
    var position: ConfigurationPosition?
    var values: [ConfigurationNode]

    /// Whether a value of the axis decides the field at `path`, of which the axis is a parent.
    func sets(_ path: String) -> Bool {
      guard path.hasPrefix(field + ".") else { return false }
      return values.contains { value in
        guard case .mapping = value.content else { return true }
        let setting = Setting(field: field, position: nil, value: value)
        return Grid.fields(of: setting).contains {
          path == $0.field || path.hasPrefix($0.field + ".")
        }
      }
    }
  }

  /// A field with one of its values.
  struct Setting {
    var field: String
    var position: ConfigurationPosition?
    var value: ConfigurationNode
  }

  /// A setting as the fields it sets: a mapping sets those it names and leaves their neighbours.
  static func fields(of setting: Setting) -> [Setting] {
    guard case .mapping(let entries) = setting.value.content, !entries.isEmpty else {
      return [setting]
    }
    return entries.map { entry in
      Setting(
        field: "\(setting.field).\(entry.key)", position: entry.keyPosition ?? setting.position,
        value: entry.value)
    }
  }

  private(set) var axes: [Axis] = []

  /// The grid that the entry `grid` of a file states; one point without settings where there is
  /// none.
  init(_ entry: ConfigurationNode.Entry?, file: String) throws(ConfigurationError) {
    guard let entry, !entry.value.isNull else { return }
    for axis in try Grid.entries(of: entry.value, file: file) {
      try set(axis.key, to: axis.value, at: axis.keyPosition, file: file)
    }
  }

  /// The axes under `grid`, as they are written.
  static func entries(
    of node: ConfigurationNode, file: String
  ) throws(ConfigurationError) -> [ConfigurationNode.Entry] {
    guard case .mapping(let entries) = node.content else {
      throw ConfigurationError(
        file: file, position: node.position,
        problem: "grid: expected fields and lists of values, found \(node.phrase)")
    }
    return entries
  }

  /// Lets `field` run through the list `node`, in its old place where it is an axis already.
  mutating func set(
    _ field: String, to node: ConfigurationNode, at position: ConfigurationPosition?, file: String
  ) throws(ConfigurationError) {
    guard case .sequence(let values) = node.content, !values.isEmpty else {
      throw ConfigurationError(
        file: file, position: node.position,
        problem: "grid: '\(field)' needs a list of values, found \(node.phrase)")
    }
    var seen: Set<String> = []
    if let repeated = values.first(where: { !seen.insert($0.flowText).inserted }) {
      throw ConfigurationError(
        file: file, position: repeated.position,
        problem: "grid: '\(field)' lists \(repeated.flowText) twice")
    }
    let axis = Axis(field: field, position: position, values: values)
    if let index = axes.firstIndex(where: { $0.field == field }) {
      axes[index] = axis
    } else {
      axes.append(axis)
    }
  }

  /// Takes `field` out of the grid: it has one value now.
  mutating func remove(_ field: String) { axes.removeAll { $0.field == field } }

  /// Every point of the product, the last axis changing fastest.
  func points() -> [[Setting]] {
    axes.reduce([[]]) { points, axis in
      points.flatMap { point in
        axis.values.map { value in
          point + [Setting(field: axis.field, position: axis.position, value: value)]
        }
      }
    }
  }
}
