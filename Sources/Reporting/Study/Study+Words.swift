import CollapseCore

extension Study {
  /// The values of a condition on `axes`, as a title says them: `vgg11, learning rate 0.1`.
  func label(_ condition: Condition, on axes: [StudyAxis]) -> String {
    axes.compactMap { $0.title(condition[$0.name]) }.joined(separator: ", ")
  }

  /// The title of a panel of one facet and kind.
  func title(_ text: String, facet: Group, kind group: Group) -> PanelTitle {
    let parts = [text] + [kind.flatMap { $0.title(group.condition[$0.name]) }].compactMap(\.self)
    return PanelTitle(
      facet: label(facet.condition, on: facetAxes), text: parts.joined(separator: ", "))
  }

  /// The title of a panel of one facet.
  func title(_ text: String, facet: Group) -> PanelTitle {
    PanelTitle(facet: label(facet.condition, on: facetAxes), text: text)
  }

  /// The title of a panel that shows one run: what it is on the axes of kinds and lines, or its
  /// name.
  func title(of run: RunRecord, also text: String? = nil) -> PanelTitle {
    let own = [kind, line].compactMap { axis in axis.flatMap { $0.title(value(run, $0)) } }
    let parts = (own.isEmpty ? [run.name] : own) + [text].compactMap(\.self)
    let condition = Condition(
      Dictionary(
        facetAxes.compactMap { axis in value(run, axis).map { (axis.name, $0) } },
        uniquingKeysWith: { first, _ in first }))
    return PanelTitle(
      facet: label(condition, on: facetAxes), text: parts.joined(separator: ", "))
  }

  /// A line in the key of a figure.
  func lineLabel(_ group: Group) -> String {
    guard let line else { return group.runs.count == 1 ? group.runs[0].name : "runs" }
    return line.label(group.condition[line.name])
  }

  /// The label of an abscissa, with what the texts in the key are.
  func axisLabel(_ name: String) -> String {
    line.map { "\(name) (a line per \($0.phrase))" } ?? name
  }

  /// How many panels stand side by side where each kind has its own: two kinds beside each other,
  /// else three, as many as a page has room for.
  var panelColumns: Int { values(kind).count == 2 ? 2 : 3 }

  /// The columns that say in a figure's data what a row is of: an axis each.
  var axisColumns: [Table.Column] { shownAxes.map(\.tableColumn) }

  /// The cells under ``axisColumns`` of runs that agree on these axes.
  func axisCells(_ runs: [RunRecord]) -> [Table.Cell] {
    shownAxes.map { axis in .init(runs.first.flatMap { value($0, axis) }) }
  }

  /// The axes on which runs differ, and those that lines and kinds are of in any case.
  var shownAxes: [StudyAxis] {
    (axes + [kind, line].compactMap(\.self)).uniqued()
  }

  /// The colour of a line.
  func ink(line group: Group) -> Palette.Ink {
    guard let line else { return Palette.ordered[0] }
    let values = values(line)
    let place = values.firstIndex(of: group.condition[line.name]) ?? 0
    return Palette.ink(place, of: values, on: line)
  }

  /// The colour of a kind.
  func ink(kind group: Group) -> Palette.Ink {
    guard let kind else { return Palette.kinds[0] }
    let values = values(kind)
    return Palette.ink(
      values.firstIndex(of: group.condition[kind.name]) ?? 0, of: values, on: kind)
  }

  /// gnuplot's shape of a kind.
  func shape(kind group: Group) -> Int {
    guard let kind else { return Palette.shapes[0] }
    let values = values(kind)
    return Palette.shape(
      values.firstIndex(of: group.condition[kind.name]) ?? 0, of: values, on: kind)
  }
}

extension Table.Cell {
  init(_ value: Condition.Value?) {
    switch value {
    case nil: self = .absent
    case .number(let number): self = .number(number)
    case .word(let word): self = .text(word)
    case .flag(let flag): self = .text(flag ? "true" : "false")
    }
  }
}
