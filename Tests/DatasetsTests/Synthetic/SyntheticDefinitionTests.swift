import CollapseCore
import Datasets
import Testing

/// Each kind is what its definition says.
@Suite struct SyntheticDefinitionTests {
  @Test func conicHullLabelsAreThoseOfTheNearestCone() throws {
    var description = ConicHull()
    (description.trainPerClass, description.testPerClass) = (50, 10)
    let cones = description.generators.map(NonNegativeLeastSquares.init(generators:))
    let train = try description.generate(threads: 2).train
    for (index, label) in train.labels.enumerated() {
      let point = train.coordinates[index * 16..<(index + 1) * 16].map(Double.init)
      let residuals = cones.map { $0.project(point).residual }
      #expect(residuals.indices.min { residuals[$0] < residuals[$1] } == Int(label))
    }
    #expect(
      description.generators.allSatisfy { cone in
        (0..<cone.rows).allSatisfy { abs(cone.row($0).reduce(0) { $0 + $1 * $1 } - 1) < 1e-14 }
      })
  }

  @Test func conicHullIsNotLinearlySeparable() throws {
    // Two points of one class and their sum: a cone is convex, so the residual of the sum is at
    // most the sum of the residuals; but the nearest cone may change. It does for some pairs.
    var description = ConicHull()
    (description.classCount, description.generatorsPerClass) = (3, 4)
    (description.trainPerClass, description.testPerClass) = (60, 1)
    let cones = description.generators.map(NonNegativeLeastSquares.init(generators:))
    let train = try description.generate(threads: 2).train
    let points = train.labels.indices.filter { train.labels[$0] == 0 }.map {
      train.coordinates[$0 * 16..<($0 + 1) * 16].map(Double.init)
    }
    let changed = zip(points, points.dropFirst()).count { one, other in
      let residuals = cones.map { $0.project(zip(one, other).map(+)).residual }
      return residuals.indices.min { residuals[$0] < residuals[$1] } != 0
    }
    #expect(changed > 0)
  }

  @Test(arguments: [0, 1, 6]) func teachersOfAnyDepthFillEveryClass(depth: Int) throws {
    var description = RandomTeacher()
    (description.depth, description.classCount) = (depth, 10)
    (description.trainPerClass, description.testPerClass) = (40, 10)
    let (train, test) = try description.generate(threads: 2)
    #expect(train.countsPerClass == Array(repeating: 40, count: 10))
    #expect(test.countsPerClass == Array(repeating: 10, count: 10))
  }

  @Test func theLinearTeacherIsLinear() throws {
    // Without hidden layers classes are cones z_c(x) ≥ z_k(x): the sum of two points of a class is
    // of that class but for the small offsets of the calibration. Nearest class mean does well.
    var description = RandomTeacher()
    (description.depth, description.dimension) = (0, 4)
    let (train, test) = try description.generate(threads: 2)
    #expect(nearestMeanAccuracy(train, test) > 0.85)
    description.depth = 3
    let deep = try description.generate(threads: 2)
    #expect(nearestMeanAccuracy(deep.train, deep.test) < 0.8)
  }

  @Test(arguments: [(GaussianMixture.Frame.simplex, -1.0 / 4), (.orthogonal, 0)])
  func mixtureMeansFormTheFrame(frame: GaussianMixture.Frame, cosine: Double) {
    var description = GaussianMixture()
    (description.frame, description.classCount) = (frame, 5)
    (description.dimension, description.signalToNoise) = (frame == .simplex ? 4 : 5, 3)
    let means = description.means
    for one in 0..<5 {
      for other in 0..<5 {
        let product = zip(means.row(one), means.row(other)).reduce(0) { $0 + $1.0 * $1.1 }
        // Rounding of sums of products of size 9.
        #expect(abs(product - 9 * (one == other ? 1 : cosine)) < 1e-13)
      }
    }
  }

  @Test func twoClassesAreMistakenAsOftenAsTheNormalLawSays() throws {
    var description = GaussianMixture()
    (description.classCount, description.signalToNoise, description.dimension) = (2, 1.0, 20)
    (description.trainPerClass, description.testPerClass) = (1, 10_000)
    let test = try description.generate(threads: 1).test
    let means = description.means
    let right = test.labels.indices.count { index in
      let point = test.coordinates[index * 20..<(index + 1) * 20].map(Double.init)
      let product = zip(point, means.row(0)).reduce(0) { $0 + $1.0 * $1.1 }
      return (product > 0) == (test.labels[index] == 0)
    }
    // Φ(1) = 0.841345, within five standard errors √(p(1−p)/20000) = 0.0026.
    #expect(abs(Double(right) / 20_000 - 0.841345) < 0.013)
  }

  @Test func glyphsAreInkOnBlackAndCanBeTold() throws {
    var description = Glyphs()
    (description.trainPerClass, description.testPerClass, description.seed) = (150, 30, 3)
    let (train, test) = try description.generate(threads: 2)
    #expect(train.sampleShape == [1, 28, 28])
    let ink = train.pixels.reduce(0.0) { $0 + Double($1) } / Double(train.pixels.count)
    #expect(ink > 15 && ink < 70)  // MNIST's mean is 33
    #expect(nearestNeighbourAccuracy(train, test) > 0.9)
  }

  @Test func aLargerSetOfGlyphsBeginsWithTheSmaller() throws {
    var description = Glyphs()
    (description.trainPerClass, description.testPerClass) = (3, 1)
    let small = try description.generate(threads: 1).train
    description.trainPerClass = 7
    let large = try description.generate(threads: 2).train
    #expect(large.selecting(Array(0..<30)) == small)
  }

  private func nearestMeanAccuracy(_ train: LabeledPoints, _ test: LabeledPoints) -> Double {
    let dimension = train.dimension
    var means = [[Double]](
      repeating: Array(repeating: 0, count: dimension), count: train.classCount)
    for (index, label) in train.labels.enumerated() {
      for column in 0..<dimension {
        means[Int(label)][column] += Double(train.coordinates[index * dimension + column])
      }
    }
    let counts = train.countsPerClass
    let right = test.labels.indices.count { index in
      let distances = means.indices.map { label in
        (0..<dimension).reduce(0.0) { sum, column in
          let gap =
            Double(test.coordinates[index * dimension + column])
            - means[label][column] / Double(counts[label])
          return sum + gap * gap
        }
      }
      return distances.indices.min { distances[$0] < distances[$1] } == Int(test.labels[index])
    }
    return Double(right) / Double(test.count)
  }

  private func nearestNeighbourAccuracy(_ train: LabeledImages, _ test: LabeledImages) -> Double {
    let size = train.sampleShape.elementCount
    let right = test.labels.indices.count { index in
      var best = Int.max
      var label: Int32 = -1
      for candidate in train.labels.indices {
        var distance = 0
        for pixel in 0..<size {
          let gap =
            Int(test.pixels[index * size + pixel]) - Int(train.pixels[candidate * size + pixel])
          distance += gap * gap
        }
        if distance < best { (best, label) = (distance, train.labels[candidate]) }
      }
      return label == test.labels[index]
    }
    return Double(right) / Double(test.count)
  }
}
