import LibC

/// Configurations of low rank that cost less than deep neural collapse in chains with ReLUs, for
/// K = r(r−1)/2 classes: the edges of the complete graph on r vertices.
///
/// B is its r×K incidence matrix, ‖B‖_* = √(2(r−1)) + (r−1)√(r−2). The hidden layers M₂ … M_{L−1} are
/// proportional to B, of rank r. Each costs what ``DeepFeatures`` says with the κ given here.
///
/// Source: the first construction is read from Súkeník, Mondelli & Lampert, arXiv 2405.14468; the
/// second and both κ are derived here and compared with the objective at explicit parameters (6e−17).
public struct LowRankFeatures: Sendable, Hashable {
  public enum Construction: String, Sendable, Hashable, CaseIterable, Codable {
    /// M_L = a(BᵀB − J), of the strongly regular graph in which edges that meet are neighbours.
    case stronglyRegularGraph = "strongly-regular-graph"
    /// M_L tells for every triangle how many vertices of each edge lie in it.
    case triangles
  }

  public let construction: Construction
  /// r, at least 4, and 5 for triangles.
  public let rank: Int
  /// L, at least 3.
  public let depth: Int

  public init(_ construction: Construction, rank: Int, depth: Int) {
    precondition(rank >= (construction == .triangles ? 5 : 4) && depth >= 3)
    self.construction = construction
    self.rank = rank
    self.depth = depth
  }

  /// K = r(r−1)/2.
  public var classCount: Int { rank * (rank - 1) / 2 }

  /// ‖B‖_*.
  public var incidenceNorm: Double {
    let r = Double(rank)
    return (2 * (r - 1)).squareRoot() + (r - 1) * (r - 2).squareRoot()
  }

  /// The κ of the configuration; it wins against collapse at every P where it is below K.
  public var spread: Double {
    let (r, k) = (Double(rank), Double(classCount))
    let shared = incidenceNorm * incidenceNorm * pow(r, Double(depth - 3))
    let own =
      switch construction {
      case .stronglyRegularGraph:
        k * ((r - 1) * (r - 4) * (r - 4) / 8 + (r - 1) * (r - 2))
      case .triangles:
        (1 / (3 * (r - 2)) + (r - 1) / (2 * (r - 3)) + (k - r) / (r - 4)) / 4
          * r * (r * (r - 1) * (r - 2) / 6)
      }
    return pow(own * shared, 1 / Double(depth + 1))
  }
}
