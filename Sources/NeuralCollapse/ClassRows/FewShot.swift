import CollapseCore
import LinearAlgebra

extension ClassRows {
  /// The most episodes that are averaged.
  static let mostEpisodes = 20

  /// How often the nearest of the means of `shots` rows per class is of another class: over all other
  /// rows, and over episodes. Episode e has of a class with n rows, in their order, the rows e, e + E,
  /// e + 2E, … with E = ⌊n/shots⌋, so that no row is a shot twice and no draw is left to chance.
  func fewShotError(_ shots: Int) throws -> Measurement {
    let classes = statistics.labels.count
    guard classes > 1 else { return .undefined("one class") }
    guard let fewest = statistics.counts.min(), fewest > shots else {
      return .undefined("a class has no more than \(shots) rows, the shots")
    }
    let centred = statistics.means.subtractingFromRows(statistics.classMeansMean)
    let episodes = min(ClassRows.mostEpisodes, fewest / shots)
    let rows = UncheckedRows(self)
    var (wrong, total) = (0, 0)
    for episode in 0..<episodes {
      try options.interruption.check()
      let means = Matrix(
        rows: classes, columns: columns,
        elements: (0..<classes).flatMap { number in
          shotMean(number, shots, episode, about: centred)
        })
      // Nearest in centred coordinates: what is common to all decides nothing and costs digits.
      let factors = try RowFactors((0..<classes).map { means.row($0) }, depth: columns)
      let halves = means.rowNorms.map { $0 * $0 / 2 }
      let counts = try Parallel.map(classes, threads: options.threads) {
        [options] number -> (Int, Int) in
        try options.interruption.check()
        return rows.rows.errors(
          number, shots, episode, factors: factors, halves: halves, about: centred)
      }
      wrong += counts.reduce(0) { $0 + $1.0 }
      total += counts.reduce(0) { $0 + $1.1 }
    }
    return .value(Double(wrong) / Double(total))
  }

  private func isShot(_ row: Int, _ number: Int, _ shots: Int, _ episode: Int) -> Bool {
    let step = statistics.counts[number] / shots
    return row % step == episode && row / step < shots
  }

  private func shotMean(
    _ number: Int, _ shots: Int, _ episode: Int, about centred: Matrix
  ) -> [Double] {
    let step = statistics.counts[number] / shots
    let rows = deviations(of: number)
    var mean = [Double](repeating: 0, count: columns)
    for shot in 0..<shots {
      let start = (episode + shot * step) * columns
      for column in 0..<columns { mean[column] += rows[start + column] }
    }
    return zip(mean, centred.row(number)).map { $0 / Double(shots) + $1 }
  }

  private static let blockRows = 256

  /// How many rows of a class that are no shots are nearest to another class's, and how many there are.
  private func errors(
    _ number: Int, _ shots: Int, _ episode: Int, factors: RowFactors, halves: [Double],
    about centred: Matrix
  ) -> (wrong: Int, of: Int) {
    let source = deviations(of: number)
    let mean = Array(centred.row(number))
    let block = AlignedBuffer(count: ClassRows.blockRows * columns)
    let products = AlignedBuffer(count: ClassRows.blockRows * factors.productStride)
    var (wrong, total) = (0, 0)
    let count = statistics.counts[number]
    for first in stride(from: 0, to: count, by: ClassRows.blockRows) {
      let rows = min(ClassRows.blockRows, count - first)
      for index in 0..<rows * columns {
        block.base[index] = source[first * columns + index] + mean[index % columns]
      }
      factors.multiply(block.base, rowCount: rows, stride: columns, into: products.base)
      for row in 0..<rows where !isShot(first + row, number, shots, episode) {
        let own = products.base + row * factors.productStride
        var (best, largest) = (0, -Double.infinity)
        for index in halves.indices where own[index] - halves[index] > largest {
          (best, largest) = (index, own[index] - halves[index])
        }
        if best != number { wrong += 1 }
        total += 1
      }
    }
    return (wrong, total)
  }
}

extension Measure {
  /// `few_shot_error` of the output.
  public static let fewShotError = Measure(
    "few_shot_error", .decision, "P[argmin_c ‖h − mean of k shots of c‖ ≠ y]",
    "Error of the nearest mean of k rows per class on all other rows, over as many as 20 "
      + "disjoint choices of the k, spread evenly over the rows; with --classes, of classes that "
      + "the network was not trained on. Unchanged by rotation, shift and scale of the features.",
    underCollapse: "0", .lower, citation: "Galanti, György & Hutter 2021", needs: .fewShot)
}

extension MeasureFamily {
  static let fewShot = MeasureFamily(
    measures: [.fewShotError],
    evaluate: { summary, findings in
      if let error = summary.classRows?.fewShotError {
        findings.record(error, of: .fewShotError)
      }
    })
}
