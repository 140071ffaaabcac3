import Arrays
import CollapseCore
import Networks
import Training

/// Outputs that the framework of a network gave for the first samples of a set.
struct LogitsCheck {
  private let path: String
  private let values: [Double]
  private let classes: Int

  var count: Int { values.count / classes }

  /// - Parameter path: a file of one array, or with one called `logits`, of shape [n, C].
  init(_ path: String, classes: Int) throws {
    self.path = path
    self.classes = classes
    let source = try ArrayFile.open(path)
    let array = try source.array(source.isOneArray ? "" : "logits")
    guard array.shape.count == 2, array.shape[0] > 0, array.shape[1] == classes else {
      throw array.error(
        "expected outputs of shape [samples, \(classes)], found \(Shape(array.shape))")
    }
    values = try array.readReals(nil)
  }

  /// What our network gives beside what is stated.
  struct Comparison {
    /// The largest difference as a share of the largest output.
    let difference: Double
    /// The sample that differs most.
    let worst: Int
    let largest: Double

    /// Within float32's rounding through many layers.
    var agrees: Bool { difference <= 1e-3 }
  }

  /// Compares with what `network` gives for the first of `samples`.
  func comparison(
    with network: any FeatureNetwork, _ samples: any LabeledSamples
  ) throws -> Comparison {
    guard count <= samples.count else {
      throw ImportedNetwork.refuse(
        "\(path) states outputs of \(count) samples, the data has \(samples.count)")
    }
    var largest = 0.0
    var difference = 0.0
    var worst = 0
    try network.extract(samples.selecting(Array(0..<count))) { block in
      for (index, value) in block.logits.enumerated() {
        let place = block.range.lowerBound * classes + index
        let distance = (values[place] - Double(value)).magnitude
        largest = max(largest, values[place].magnitude)
        if !(distance <= difference) { (difference, worst) = (distance, place / classes) }
      }
    }
    return Comparison(
      difference: difference / max(largest, .leastNormalMagnitude), worst: worst, largest: largest)
  }

  /// The refusal of a network whose outputs are others.
  func refusal(_ comparison: Comparison) -> NetworkError {
    ImportedNetwork.refuse(
      "its outputs are not those in \(path): sample \(comparison.worst) differs by "
        + "\((comparison.difference * comparison.largest).shortestText) where the largest is "
        + comparison.largest.shortestText)
  }
}
