import CollapseCore

/// Standard normal points of R^d under a labelling, drawn until every class has its quota.
///
/// Points come from one stream, in order. A point whose class is full, or that has no label, is
/// passed over; so within a class the points are independent draws from the normal law given
/// their label, and the split is balanced exactly.
struct BalancedPoints {
  /// The data set's kind, for messages.
  let source: String
  let classCount: Int
  let perClass: Int
  let dimension: Int

  /// No class may be rarer than about one draw in this many times the number of classes.
  private static let drawsPerPoint = 200

  /// - Parameter label: the class of a point, `nil` to pass the point over. It is called from
  ///   several threads, with the coordinates as they are stored: rounded to float.
  /// - Throws: ``DatasetError`` when a class is not full after 200 draws per wanted point.
  func draw(
    from generator: SeededGenerator, threads: Int,
    label: @Sendable (_ point: [Double]) -> Int?
  ) throws -> LabeledPoints {
    var generator = generator
    let wanted = classCount * perClass
    let limit = Self.drawsPerPoint * wanted + 10_000
    let blockSize = min(max((1 << 21) / dimension, 64), max(wanted, 256))
    var coordinates: [Float] = []
    coordinates.reserveCapacity(wanted * dimension)
    var labels: [Int32] = []
    labels.reserveCapacity(wanted)
    var missing = Array(repeating: perClass, count: classCount)
    var draws = 0

    while labels.count < wanted {
      guard draws < limit else { throw unfilled(missing, after: draws) }
      let block = (0..<blockSize * dimension).map { _ in Float(generator.normal()) }
      let found = try labelled(block, threads: threads, label)
      for (row, chosen) in found.enumerated() where labels.count < wanted {
        guard let chosen, missing[chosen] > 0 else { continue }
        missing[chosen] -= 1
        labels.append(Int32(chosen))
        coordinates.append(contentsOf: block[row * dimension..<(row + 1) * dimension])
      }
      draws += blockSize
    }
    return LabeledPoints(
      dimension: dimension, coordinates: coordinates, labels: labels,
      classNames: ClassNames.decimal(classCount))
  }

  private func labelled(
    _ block: [Float], threads: Int, _ label: @Sendable ([Double]) -> Int?
  ) throws -> [Int?] {
    let count = block.count / dimension
    let chunk = 64
    return try Parallel.map((count + chunk - 1) / chunk, threads: threads) { index in
      (index * chunk..<min(count, (index + 1) * chunk)).map { row in
        label(block[row * dimension..<(row + 1) * dimension].map(Double.init))
      }
    }.flatMap { $0 }
  }

  private func unfilled(_ missing: [Int], after draws: Int) -> DatasetError {
    let rarest = missing.indices.max { missing[$0] < missing[$1] }!
    return DatasetError(
      file: source, location: "class '\(rarest)'",
      problem:
        "expected \(perClass) points, found \(perClass - missing[rarest]) in \(draws) draws; "
        + "try another seed or fewer classes", kind: .usage)
  }
}
