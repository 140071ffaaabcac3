import CollapseCore
import Curvature
import LinearAlgebra
import Networks
import Testing

/// G = G0 + G1 + G2 + G3, against sums that are written out sample by sample.
@Suite struct ClassDecompositionTests {
  private func curvature(_ labels: [Int32]) throws -> NetworkCurvature {
    let architecture = try Architecture(
      [
        .init("a", Dense(outputs: 7)), .init("r", ReLU()), .init("c", Dense(outputs: 3)),
      ], input: [4])
    return try NetworkCurvature(
      CurvatureProblem(
        architecture, parameters: Draw.parameters(of: architecture, seed: 2),
        inputs: Draw.normals(labels.count * 4, seed: 3), labels: labels,
        options: TrainingOptions(), includesPenalties: false))
  }

  @Test(arguments: [
    [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 2, 0, 0, 1, 0],
    [0, 0, 2, 2, 2, 0] as [Int32],
  ])
  func partsSumUp(_ labels: [Int32]) throws {
    let curvature = try curvature(labels)
    let (count, classes) = (labels.count, 3)
    let logits = try curvature.logits()
    // δ_ic' by one backward pass each.
    let delta = try (0..<count).map { sample in
      let p = softmax(logits.row(sample))
      return try (0..<classes).map { other in
        var cotangents = Matrix(rows: count, columns: classes)
        for k in 0..<classes {
          cotangents[sample, k] = p[other].squareRoot() * ((k == other ? 1 : 0) - p[k])
        }
        return try curvature.transposedJacobianProduct(cotangents)
      }
    }
    let decomposition = try ClassDecomposition(curvature)
    let v = Draw.normals(curvature.dimension, seed: 4)
    var rest = [Double](repeating: 0, count: v.count)
    var trace = 0.0
    var within = 0.0
    for c in 0..<classes {
      let members = labels.indices.filter { labels[$0] == c }
      guard !members.isEmpty else { continue }
      for other in 0..<classes {
        var mean = [Double](repeating: 0, count: v.count)
        for sample in members {
          for index in mean.indices {
            mean[index] += delta[sample][other][index] / Double(members.count)
          }
        }
        for sample in members {
          let deviation = zip(delta[sample][other], mean).map { $0 - $1 }
          let product = dot(deviation[...], v[...]) / Double(count)
          for index in rest.indices { rest[index] += product * deviation[index] }
          within += dot(deviation[...], deviation[...]) / Double(count)
          let own = delta[sample][other]
          trace += dot(own[...], own[...]) / Double(count)
        }
      }
    }
    let parts = try decomposition.products(v) + [rest]
    let sum = v.indices.map { index in parts.reduce(0) { $0 + $1[index] } }
    let product = try curvature.gaussNewtonProduct(v)
    #expect(largestDifference(sum, product) <= 1e-13)
    #expect(abs(decomposition.traces.reduce(0, +) + within - trace) <= 1e-13 * trace)
    // Ranks: C and C(C−2).
    #expect(decomposition.classEigenvalues.count == classes)
    let beyond = decomposition.crossClassEigenvalues.dropFirst(classes * (classes - 2)).max()!
    #expect(beyond <= 1e-13 * trace)
    #expect(
      abs(decomposition.classEigenvalues.reduce(0, +) - decomposition.traces[1]) <= 1e-13 * trace)
    #expect(
      abs(decomposition.crossClassEigenvalues.reduce(0, +) - decomposition.traces[2])
        <= 1e-13 * trace)
  }

  @Test func overlapOfItsOwnSpan() throws {
    let curvature = try curvature([0, 1, 2, 0, 1, 2])
    let decomposition = try ClassDecomposition(curvature)
    let means = try decomposition.classMeans()
    let first = means[0].map { $0 / norm(means[0]) }
    #expect(abs(try decomposition.overlap(with: [first]) - 1) <= 1e-12)
    var other = Draw.normals(curvature.dimension, seed: 5)
    for _ in 0..<200 {
      for mean in means {
        let factor = dot(other[...], mean[...]) / dot(mean[...], mean[...])
        for index in other.indices { other[index] -= factor * mean[index] }
      }
    }
    let length = norm(other)
    let unit = other.map { $0 / length }
    #expect(try decomposition.overlap(with: [unit]) <= 1e-12)
  }

  @Test func refusals() throws {
    let architecture = try Architecture([.init("c", Dense(outputs: 2))], input: [2])
    func refusal(_ change: (inout TrainingOptions) -> Void) -> CurvatureError? {
      var options = TrainingOptions()
      change(&options)
      do {
        let problem = try CurvatureProblem(
          architecture, parameters: Draw.parameters(of: architecture, seed: 1),
          inputs: Draw.normals(4, seed: 1), labels: [0, 1], options: options,
          includesPenalties: true)
        _ = try ClassDecomposition(NetworkCurvature(problem))
        return nil
      } catch {
        return error as? CurvatureError
      }
    }
    let squared = refusal { $0.loss = .meanSquaredError() }
    let penalized = refusal { $0.spectralDecoupling = 0.1 }
    let contrastive = refusal { $0.loss = .supervisedContrastive() }
    #expect(
      squared?.description == "cannot decompose the Gauss–Newton matrix by classes: it is done for "
        + "cross-entropy, the loss is 'mean_squared_error'")
    #expect(
      penalized?.description == "cannot decompose the Gauss–Newton matrix by classes: it is done "
        + "for the loss alone, found penalties on logits or features")
    #expect(
      contrastive?.description == "cannot take the curvature of the loss 'supervised_contrastive': "
        + "it compares the samples of a batch with each other, and has no Hessian by logits")
    #expect(contrastive?.kind == .usage)
  }
}
