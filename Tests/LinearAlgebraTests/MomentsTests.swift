import CollapseCore
import LinearAlgebra
import Testing

@Suite struct MomentsTests {
  /// Merged in any grouping they are the moments of all numbers, however large their mean is.
  @Test(arguments: [0.0, 1e9]) func merging(offset: Double) {
    var generator = SeededGenerator(seed: 3)
    let deviations = (0..<1000).map { _ in generator.normal() }
    let expected = Moments(deviations)
    var merged = Moments()
    for start in stride(from: 0, to: 1000, by: 37) {
      merged.merge(Moments(deviations[start..<min(start + 37, 1000)].map { $0 + offset }))
    }
    #expect(merged.count == 1000)
    #expect(abs(merged.mean - offset - expected.mean) <= 1e-15 * max(1, offset))
    #expect(abs(merged.variance - expected.variance) <= 1e-13 * max(1, offset))
  }

  @Test func equalNumbersDoNotVary() {
    let moments = Moments(Array(repeating: 0.1, count: 77))
    #expect(moments.mean == 0.1)
    #expect(moments.variance == 0)
  }
}

@Suite struct DecompositionTests {
  private func random(_ rows: Int, _ columns: Int) -> Matrix {
    var generator = SeededGenerator(seed: 7)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in generator.normal() })
  }

  /// XᵀX v = s² v for every shape, through whichever of the ways.
  @Test(arguments: [(5, 40), (40, 40), (60, 40), (200, 40), (40, 200), (3, 1)])
  func singularVectors(rows: Int, columns: Int) throws {
    let matrix = random(rows, columns)
    let (values, vectors) = try matrix.singularValueDecomposition()
    #expect(values.count == min(rows, columns))
    #expect(values == values.sorted(by: >))
    let images = try matrix.timesTransposed(vectors)
    for index in values.indices {
      let norm = (0..<rows).reduce(0) { $0 + images[$1, index] * images[$1, index] }.squareRoot()
      #expect(abs(norm - values[index]) <= 1e-12 * values[0])
    }
    let gram = try vectors.timesTransposed(vectors)
    for i in values.indices {
      for j in values.indices { #expect(abs(gram[i, j] - (i == j ? 1 : 0)) <= 1e-12) }
    }
  }

  @Test func eigenvectors() throws {
    let factor = random(30, 12)
    let symmetric = try factor.transposed.timesTransposed(factor.transposed)
    let (values, vectors) = try symmetric.symmetricEigenproblem()
    let images = try vectors.timesTransposed(symmetric)
    for i in 0..<12 {
      for j in 0..<12 {
        #expect(abs(images[i, j] - values[i] * vectors[i, j]) <= 1e-11 * values[11])
      }
    }
  }

  /// The scatter matrix by parts is that of plain loops, its upper part and the mirrored one, however
  /// the blocks are handed over: narrow ones in copies, wide ones in panels.
  @Test(arguments: [300, 1100], [[4], [1, 3], [2, 1, 1]])
  func scatterByParts(columns: Int, groups: [Int]) throws {
    let (blocks, blockRows) = (groups.reduce(0, +), 18)
    let rows = random(blocks * blockRows, columns)
    let scatter = try ScatterMatrix(columns: columns)
    func add(_ groups: [Int]) {
      rows.elements.withUnsafeBufferPointer { elements in
        var first = 0
        for count in groups {
          for part in 0..<scatter.partCount {
            for place in 0..<count {
              scatter.add(
                elements.baseAddress! + (first + place) * blockRows * columns, count: blockRows,
                stride: columns, place: place, part: part)
            }
          }
          scatter.blocksWereAdded(count)
          first += count
        }
      }
      scatter.settle()
    }
    add(groups)
    let found = scatter.symmetricMatrix()
    let expected = try rows.transposed.timesTransposed(rows.transposed)
    #expect(found.distance(to: expected) <= 1e-10)
    scatter.removeAll()
    add([blocks])
    #expect(scatter.symmetricMatrix() == found, "the same bits")
  }

  /// The power method comes near the largest singular value, from below.
  @Test func approximateNorm() throws {
    let triangle = try random(60, 40).triangularFactor()
    let values = try triangle.singularValues()
    let norm = try triangle.approximateNorm()
    #expect(norm <= values[0] * (1 + 1e-12) && norm > 0.9 * values[0])
    let inverse = try #require(try triangle.inverseOfTriangle())
    let least = 1 / (try inverse.approximateNorm())
    #expect(least >= values[39] * (1 - 1e-9) && least < 1.2 * values[39])
  }

  /// A processor that the library does not know has the kernels for what it has all the same.
  @Test func kernelsAreNotTheFallback() throws {
    let version = try LinearAlgebraLibrary.version()
    #expect(!version.hasSuffix("Prescott") && !version.hasSuffix("Generic"), "\(version)")
  }
}
