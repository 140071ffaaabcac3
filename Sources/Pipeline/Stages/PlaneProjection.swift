import CollapseCore
import FeatureStore
import NeuralCollapse
import Reporting

/// The features of three classes in the plane of their means, for the picture of a collapse.
enum PlaneProjection {
  /// Points per class that are kept: enough to see the cloud, few enough for a page.
  private static let pointsPerClass = 60

  /// The snapshot of one feature file's last layer; `nil` with fewer than three classes, or means
  /// on one line.
  ///
  /// - Parameter statistics: the class means of that layer.
  static func snapshot(
    of source: FeatureSet, statistics: ClassStatistics, epoch: Int
  ) throws -> FeatureProjection.Snapshot? {
    guard statistics.labels.count >= 3, let layer = source.layers.last,
      let plane = ClassMeanPlane(means: (0..<3).map { Array(statistics.means.row($0)) })
    else { return nil }
    var counts = [0, 0, 0]
    var points: [FeatureProjection.Point] = []
    let rows = layer.rows
    let block = max(1, (1 << 18) / max(1, rows.columnCount))
    for start in stride(from: 0, to: rows.rowCount, by: block) {
      if counts.allSatisfy({ $0 >= pointsPerClass }) { break }
      let range = start..<min(start + block, rows.rowCount)
      var labels = [Int64](repeating: 0, count: range.count)
      try labels.withUnsafeMutableBufferPointer { try source.labels.read(range, into: $0) }
      var values = [Double](repeating: 0, count: range.count * rows.columnCount)
      try values.withUnsafeMutableBufferPointer { try rows.read(range, into: $0) }
      for (index, label) in labels.enumerated() {
        guard let place = statistics.labels.prefix(3).firstIndex(of: label),
          counts[place] < pointsPerClass
        else { continue }
        counts[place] += 1
        let row = values[index * rows.columnCount..<(index + 1) * rows.columnCount]
        let (x, y) = plane.coordinates(of: row)
        points.append(.init(x: x, y: y, classIndex: place))
      }
    }
    return FeatureProjection.Snapshot(epoch: epoch, points: points)
  }

  /// The names of the three classes.
  static func classNames(of source: FeatureSet, statistics: ClassStatistics) -> [String] {
    statistics.labels.prefix(3).map { label in
      let names = source.metadata.classNames ?? []
      return Int(label) < names.count ? names[Int(label)] : String(label)
    }
  }
}
