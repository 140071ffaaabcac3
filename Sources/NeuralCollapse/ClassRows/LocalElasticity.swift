import CollapseCore
import LinearAlgebra

extension ClassRows {
  /// How much a step of gradient descent on a row x, taken by W (and b) alone, changes the outputs at
  /// another row x' against those at x: |⟨h, h'⟩ + 1|/(‖h‖² + 1), without the 1 where there is no bias.
  /// The mean over pairs of one class, and of two classes, of `count` rows per class, spread evenly.
  func localElasticity(_ count: Int) throws -> (intra: Measurement, inter: Measurement) {
    let bias = options.elasticityHasBias ? 1.0 : 0
    let classes = statistics.labels.count
    let chosen = statistics.counts.map { total in
      (0..<min(count, total)).map { $0 * total / min(count, total) }
    }
    var elements: [Double] = []
    let owners = chosen.enumerated().flatMap {
      Array(repeating: $0.offset, count: $0.element.count)
    }
    for number in 0..<classes {
      let source = deviations(of: number)
      for row in chosen[number] {
        for (column, mean) in statistics.means.row(number).enumerated() {
          elements.append(source[row * columns + column] + mean)
        }
      }
    }
    let rows = Matrix(rows: owners.count, columns: columns, elements: elements)
    let squares = rows.rowNorms.map { $0 * $0 + bias }
    let factors = try RowFactors((0..<rows.rows).map { rows.row($0) }, depth: columns)
    let sums = try Parallel.map(rows.rows, threads: options.threads) {
      [options, columns] row -> (intra: Double, inter: Double) in
      try options.interruption.check()
      guard squares[row] > 0 else { return (0, 0) }
      let products = AlignedBuffer(count: factors.productStride)
      rows.elements.withUnsafeBufferPointer {
        factors.multiply(
          $0.baseAddress! + row * columns, rowCount: 1, stride: columns, into: products.base)
      }
      var (intra, inter) = (0.0, 0.0)
      for other in owners.indices where other != row {
        let ratio = abs(products.base[other] + bias) / squares[row]
        if owners[other] == owners[row] { intra += ratio } else { inter += ratio }
      }
      return (intra, inter)
    }
    // A row of zeros without a bias changes nothing: it has no ratio.
    let present = owners.indices.filter { squares[$0] > 0 }
    let perClass = chosen.map(\.count)
    let same = present.reduce(0) { $0 + perClass[owners[$1]] - 1 }
    let others = present.reduce(0) { $0 + owners.count - perClass[owners[$1]] }
    func mean(_ sum: Double, _ pairs: Int, _ reason: String) -> Measurement {
      pairs == 0 ? .undefined(reason) : .value(sum / Double(pairs))
    }
    return (
      mean(sums.reduce(0) { $0 + $1.intra }, same, "one row in every class"),
      mean(sums.reduce(0) { $0 + $1.inter }, others, "one class")
    )
  }
}

extension Measure {
  /// `local_elasticity_intra` of the output.
  public static let localElasticityIntra = Measure(
    "local_elasticity_intra", .decision, "mean over pairs of a class of |⟨h,h'⟩+1|/(‖h‖²+1)",
    "How far a gradient step of W and b on one sample moves the outputs at others of its class, "
      + "against its own; without the 1 where there is no bias. Unchanged by rotation.",
    underCollapse: "1", .higher, citation: "He & Su 2020", needs: .localElasticity)

  /// `local_elasticity_inter` of the output.
  public static let localElasticityInter = Measure(
    "local_elasticity_inter", .decision,
    "mean over pairs of two classes of |⟨h,h'⟩+1|/(‖h‖²+1)",
    "The same at samples of other classes.", citation: "He & Su 2020", needs: .localElasticity)
}

extension MeasureFamily {
  static let localElasticity = MeasureFamily(
    measures: [.localElasticityIntra, .localElasticityInter],
    evaluate: { summary, findings in
      guard let intra = summary.classRows?.elasticityIntra,
        let inter = summary.classRows?.elasticityInter
      else { return }
      findings.record(intra, of: .localElasticityIntra)
      findings.record(inter, of: .localElasticityInter)
    })
}
