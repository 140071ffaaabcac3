public import CollapseCore

/// Points of R^d labelled by the argmax of a random network.
///
/// The teacher has `depth` hidden layers of `width` rectified units, weights N(0, 2/fan-in) and no
/// biases, and C outputs with weights N(0, 1/width). Inputs are x ~ N(0, I_d).
///
/// Balance. The outputs of a random ReLU network share a large mean over inputs, so one class
/// would win nearly everywhere. Each output is therefore centred and scaled,
/// z_c ← (z_c − m_c)/s_c, with mean m_c and deviation s_c over 4096 inputs of a stream of their own:
/// a fixed affine map of the last layer. What imbalance is left goes by passing over points of
/// full classes, so the splits are balanced exactly.
public struct RandomTeacher: SyntheticDataset {
  public static let summary = "points labelled by a random network"
  public static let kind = "random-teacher"

  /// C.
  public var classCount = 4
  /// d.
  public var dimension = 16
  /// Hidden layers; 0 is a linear teacher.
  public var depth = 2
  /// Units per hidden layer.
  public var width = 64
  public var trainPerClass = 1000
  public var testPerClass = 250
  public var seed: UInt64 = 0

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledPoints, test: LabeledPoints) {
    try check()
    let teacher = try TeacherNetwork(self, threads: threads)
    func split(_ name: String, _ perClass: Int) throws -> LabeledPoints {
      try BalancedPoints(
        source: Self.kind, classCount: classCount, perClass: perClass, dimension: dimension
      ).draw(from: SeededGenerator(seed: seed, stream: name), threads: threads) { point in
        let outputs = teacher.outputs(point)
        return outputs.indices.max { outputs[$0] < outputs[$1] }
      }
    }
    return (try split("train", trainPerClass), try split("test", testPerClass))
  }

  private func check() throws(DatasetError) {
    try requireSizes(
      classCount: classCount, trainPerClass: trainPerClass, testPerClass: testPerClass,
      valuesPerSample: dimension)
  }
}

/// The network that labels: weights, and the affine map that calibrates its outputs.
struct TeacherNetwork: Sendable {
  /// Of each layer, by inputs: all weights that leave input 0, then those of input 1, ….
  private let weights: [[Double]]
  private var means: [Double]
  private var deviations: [Double]

  private static let calibrationCount = 4096

  init(_ description: RandomTeacher, threads: Int) throws {
    var random = SeededGenerator(seed: description.seed, stream: "teacher")
    var sizes = [description.dimension]
    sizes += Array(repeating: description.width, count: description.depth)
    sizes.append(description.classCount)
    weights = (1..<sizes.count).map { layer in
      let gain = layer == sizes.count - 1 ? 1.0 : 2.0
      let deviation = (gain / Double(sizes[layer - 1])).squareRoot()
      return (0..<sizes[layer - 1] * sizes[layer]).map { _ in deviation * random.normal() }
    }
    means = Array(repeating: 0, count: description.classCount)
    deviations = Array(repeating: 1, count: description.classCount)
    try calibrate(
      with: SeededGenerator(seed: description.seed, stream: "calibration"),
      dimension: description.dimension, threads: threads)
  }

  func outputs(_ point: [Double]) -> [Double] {
    var values = point
    for (index, layer) in weights.enumerated() {
      let width = layer.count / values.count
      var next = Array(repeating: 0.0, count: width)
      // By inputs, so the inner loop has no sum to keep in order and can use vectors.
      for (input, value) in values.enumerated() where value != 0 {
        for unit in 0..<width { next[unit] += value * layer[input * width + unit] }
      }
      if index < weights.count - 1 { for unit in 0..<width { next[unit] = max(0, next[unit]) } }
      values = next
    }
    for output in values.indices {
      values[output] = (values[output] - means[output]) / deviations[output]
    }
    return values
  }

  private mutating func calibrate(
    with generator: SeededGenerator, dimension: Int, threads: Int
  ) throws {
    var generator = generator
    let points = (0..<Self.calibrationCount).map { _ in
      (0..<dimension).map { _ in generator.normal() }
    }
    let network = self
    let drawn = try Parallel.map(points.count, threads: threads) { network.outputs(points[$0]) }
    for output in means.indices {
      let mean = drawn.reduce(0) { $0 + $1[output] } / Double(drawn.count)
      let square = drawn.reduce(0) { $0 + ($1[output] - mean) * ($1[output] - mean) }
      means[output] = mean
      let deviation = (square / Double(drawn.count)).squareRoot()
      // A narrow teacher can be dead for every input: its outputs are all 0 then.
      deviations[output] = deviation > 0 ? deviation : 1
    }
  }
}

extension RandomTeacher {
  public static var fields: [Field<RandomTeacher>] {
    [
      Field("classCount", \.classCount, "The number of classes.", range: .atLeast(2)),
      Field("dimension", \.dimension, "Numbers per sample.", range: .atLeast(1)),
      Field(
        "depth", \.depth, "Hidden layers of the teacher; 0 is linear.", range: .closed(0...64)),
      Field(
        "width", \.width, "Units of each hidden layer of the teacher.", range: .closed(1...16_384)),
    ] + sizeFields
  }
}
