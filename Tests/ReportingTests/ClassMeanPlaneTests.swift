import CollapseCore
import Reporting
import Testing

@Suite struct ClassMeanPlaneTests {
  @Test func simplexBecomesAnEquilateralTriangle() throws {
    let plane = try #require(ClassMeanPlane(means: [[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    let corners = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]].map { plane.coordinates(of: $0) }
    let radius = (2.0 / 3).squareRoot()
    // Three additions of numbers near one: a few units of 2⁻⁵³.
    #expect(abs(corners[0].x) < 1e-15 && abs(corners[0].y - radius) < 1e-15)
    #expect(abs(corners[1].x + radius * 0.75.squareRoot()) < 1e-15)
    #expect(abs(corners[1].y + radius / 2) < 1e-15)
    #expect(abs(corners[2].x + corners[1].x) < 1e-15)
  }

  /// Distances within the plane stay, and what stands upright on it vanishes.
  @Test func isAnOrthogonalProjection() throws {
    var random = SeededGenerator(seed: 7)
    let means = (0..<3).map { _ in (0..<12).map { _ in random.normal() } }
    let plane = try #require(ClassMeanPlane(means: means))
    let points = means.map { plane.coordinates(of: $0) }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
      let within = ((points[a].x - points[b].x), (points[a].y - points[b].y))
      let length = zip(means[a], means[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      #expect(abs(within.0 * within.0 + within.1 * within.1 - length) < 1e-12 * length)
    }
  }

  @Test func meansOnOneLineHaveNoPlane() {
    #expect(ClassMeanPlane(means: [[0, 1], [0, 2], [0, 5]]) == nil)
    #expect(ClassMeanPlane(means: [[1, 1], [1, 1], [1, 1]]) == nil)
  }
}
