import Reporting

extension [Observation] {
  /// The mean over starts of a quantity at each value of an axis, with its 95 % interval where the
  /// axis of the figure is not logarithmic.
  func means(
    of name: String, by axis: String, label: String = "mean over starts", colour: Int = 0
  ) -> LaboratoryFigure.Series {
    .init(
      label, .joined, colour: colour,
      points: groups(by: axis).compactMap { group in
        SeedInterval(group.values(name)).map { interval in
          .init(
            x: group[0].number(axis), y: interval.mean,
            low: interval.halfWidth.map { interval.mean - $0 },
            high: interval.halfWidth.map { interval.mean + $0 })
        }
      })
  }

  /// A mark for each.
  func marks(
    of name: String, by axis: String, label: String = "starts", colour: Int = 0,
    least: Double = -.infinity
  ) -> LaboratoryFigure.Series {
    .init(
      label, .points, colour: colour,
      points: map { .init(x: $0.number(axis), y: Swift.max($0[name], least)) })
  }

  /// A row per group, a column per quantity: mean and 95 % interval over starts.
  func summary(
    by axes: [String], of names: [String], name: String, caption: String
  ) -> Table {
    Table(
      name: name, caption: caption,
      columns: axes.map { .init($0, $0, isNumeric: false) } + [.init("starts", "starts")]
        + names.map { .init($0, $0, isNumeric: false) },
      rows: groups(by: axes).map { group in
        axes.map { .text(group[0].text($0)) } + [.integer(group.count)]
          + names.map { name in
            let interval = SeedInterval(group.values(name).filter(\.isFinite))
            return interval.map { .text($0.text(.significant(4))) } ?? .absent
          }
      })
  }

  /// A map of one quantity over two axes of numbers, a cell for each pair of values.
  func map(of quantity: String, x: String, y: String) -> (
    x: LaboratoryFigure.Axis, y: LaboratoryFigure.Axis, cells: LaboratoryFigure.Series
  ) {
    let (columns, rows) = (Set(map { $0.number(x) }).sorted(), Set(map { $0.number(y) }).sorted())
    func axis(_ name: String, _ values: [Double]) -> LaboratoryFigure.Axis {
      .init(name, names: values.map { NumberFormat.significant(3).text($0) })
    }
    return (
      axis(x, columns), axis(y, rows),
      .init(
        quantity, .cells, colour: 0,
        points: filter { $0[quantity].isFinite }.map {
          .init(
            x: Double(columns.firstIndex(of: $0.number(x))!),
            y: Double(rows.firstIndex(of: $0.number(y))!), shade: $0[quantity])
        })
    )
  }
}
