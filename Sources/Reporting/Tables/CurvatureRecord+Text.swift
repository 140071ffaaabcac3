extension CurvatureRecord {
  /// What a reader looks at first, as text for a terminal.
  public var summary: String {
    let moments =
      switch statistics {
      case "running": ", batch normalization by running moments"
      case "batch": ", batch normalization by moments of batches of \(batchSize ?? 0)"
      default: ""
      }
    let number = NumberFormat.significant(6)
    var parts = [
      """
      \(loss) over \(samples) samples of split \(split), \(parameters) parameters
      penalties \(penalties ? "in" : "out")\(moments), seed \(seed)
      loss \(number.text(lossValue)), gradient norm \(number.text(gradientNorm))

      """
    ]
    parts += [eigenvalueTable, traceTable, decompositionTable, layerTable].compactMap(\.self)
      .map(\.plainText)
    return parts.joined(separator: "\n")
  }

  /// A row for each eigenvalue from both ends, a pair of columns for each matrix.
  public var eigenvalueTable: Table? {
    let largest = spectra.map(\.largest.count).max() ?? 0
    let smallest = spectra.map(\.smallest.count).max() ?? 0
    guard largest + smallest > 0 else { return nil }
    func row(_ label: String, _ eigenvalue: (Spectrum) -> Eigenvalue?) -> [Table.Cell] {
      [.text(label)]
        + spectra.flatMap { spectrum -> [Table.Cell] in
          let found = eigenvalue(spectrum)
          return [.init(found?.value), .init(found?.bound)]
        }
    }
    let top = (0..<largest).map { index in
      row("\(index + 1)") { index < $0.largest.count ? $0.largest[index] : nil }
    }
    let bottom = (0..<smallest).reversed().map { index in
      row("−\(index + 1)") { index < $0.smallest.count ? $0.smallest[index] : nil }
    }
    return Table(
      name: "eigenvalues", caption: "Eigenvalues, largest first, from both ends.",
      columns: [.init("k", "k")]
        + spectra.flatMap { spectrum -> [Table.Column] in
          [
            .init("\(spectrum.matrix)_eigenvalue", spectrum.matrix, format: .significant(7)),
            .init("\(spectrum.matrix)_bound", "±", format: .significant(2)),
          ]
        }, rows: top + bottom)
  }

  /// The traces, with the standard error of each.
  public var traceTable: Table? {
    let rows = spectra.compactMap { spectrum in
      spectrum.trace.map { trace -> [Table.Cell] in
        [
          .text(spectrum.matrix), .number(trace.value), .number(trace.standardError),
          .integer(trace.products),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return Table(
      name: "traces", caption: "Traces by Hutch++.",
      columns: [
        .init("matrix", "matrix", isNumeric: false),
        .init("trace", "trace", format: .significant(6)),
        .init("standard_error", "standard error", format: .significant(2)),
        .init("products", "products"),
      ], rows: rows)
  }

  /// The parts of G with their shares of its trace, and the overlaps.
  public var decompositionTable: Table? {
    guard let decomposition else { return nil }
    let total = self["gauss-newton"]?.trace
    var rows = decomposition.traces.enumerated().map { index, trace -> [Table.Cell] in
      [
        .text("trace of G\(index)"), .number(trace), .init(total.map { trace / $0.value }),
        .absent,
      ]
    }
    if let total {
      let rest = total.value - decomposition.traces.reduce(0, +)
      rows.append([
        .text("trace of G3"), .number(rest), .number(rest / total.value),
        .number(total.standardError),
      ])
    }
    for (matrix, overlap) in decomposition.overlap.sorted(by: { $0.key < $1.key }) {
      rows.append([
        .text("overlap with the top of \(matrix)"), .number(overlap), .absent, .absent,
      ])
    }
    rows.append([.text("overlap by chance"), .number(decomposition.chance), .absent, .absent])
    return Table(
      name: "classes", caption: "G by classes and pairs of classes.",
      columns: [
        .init("part", "by classes", isNumeric: false),
        .init("value", "value", format: .significant(4)),
        .init("share", "share of the trace", format: .percent(1)),
        .init("standard_error", "standard error", format: .significant(2)),
      ], rows: rows)
  }

  /// A row for each layer and matrix.
  public var layerTable: Table? {
    let rows = layers.flatMap { layer in
      layer.spectra.map { spectrum -> [Table.Cell] in
        [
          .text(layer.name), .integer(layer.parameters), .text(spectrum.matrix),
          .init(spectrum.largest.first?.value), .init(spectrum.largest.first?.bound),
          .init(spectrum.trace?.value), .init(spectrum.trace?.standardError),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return Table(
      name: "layers", caption: "The diagonal blocks of layers.",
      columns: [
        .init("layer", "block of layer", isNumeric: false), .init("parameters", "parameters"),
        .init("matrix", "matrix", isNumeric: false),
        .init("largest", "largest", format: .significant(6)),
        .init("bound", "±", format: .significant(2)),
        .init("trace", "trace", format: .significant(6)),
        .init("standard_error", "standard error", format: .significant(2)),
      ], rows: rows)
  }
}
