import CollapseCore
public import Networks

/// Where each trained array stands in the one vector that directions, gradients and eigenvectors
/// are: array after array in the order of checkpoints, each as PyTorch keeps it.
public struct ParameterLayout: Sendable, Hashable {
  public struct Part: Sendable, Hashable {
    public let parameter: Architecture.NamedParameter
    public let range: Range<Int>
  }

  public let parts: [Part]
  /// P, numbers in all.
  public let count: Int
  /// Arrays whose numbers stand in another order inside this room: channels become innermost.
  private let exchanged: [Exchange]

  /// An array of `blocks` times (channels × pixels).
  private struct Exchange: Sendable, Hashable {
    let start: Int
    let blocks: Int
    let channels: Int
    let pixels: Int

    /// Calls `body` with each place in this room's order and in PyTorch's.
    func forEach(_ body: (_ here: Int, _ there: Int) -> Void) {
      var here = start
      for block in 0..<blocks {
        let first = start + block * channels * pixels
        for pixel in 0..<pixels {
          for channel in 0..<channels {
            body(here, first + channel * pixels + pixel)
            here += 1
          }
        }
      }
    }
  }

  public init(_ architecture: Architecture) {
    var start = 0
    parts = architecture.parameters.map { parameter in
      defer { start += parameter.parameter.shape.elementCount }
      return Part(
        parameter: parameter, range: start..<start + parameter.parameter.shape.elementCount)
    }
    count = start
    exchanged = parts.compactMap { part in
      let shape = part.parameter.parameter.shape
      // A kernel (O, I, h, w) or a normalization's (C, h, w).
      guard shape.rank >= 3 else { return nil }
      return Exchange(
        start: part.range.lowerBound, blocks: shape.rank == 4 ? shape[0] : 1,
        channels: shape[shape.rank - 3], pixels: shape[shape.rank - 2] * shape[shape.rank - 1])
    }
  }

  /// Where the array of a layer begins; `nil` where it has none of that name.
  func start(of layer: String, _ name: String) -> Int? {
    parts.first { $0.parameter.layer == layer && $0.parameter.parameter.name == name }?
      .range.lowerBound
  }

  /// The layers that are trained, in order, with the stretch of the vector that is theirs.
  public var layers: [(name: String, range: Range<Int>)] {
    var result: [(name: String, range: Range<Int>)] = []
    for part in parts {
      if let last = result.last, last.name == part.parameter.layer {
        result[result.count - 1].range = last.range.lowerBound..<part.range.upperBound
      } else {
        result.append((part.parameter.layer, part.range))
      }
    }
    return result
  }

  /// A vector as the layers here read it.
  func arranged(_ vector: [Double]) -> [Double] {
    var result = vector
    for exchange in exchanged { exchange.forEach { result[$0] = vector[$1] } }
    return result
  }

  /// The reverse of ``arranged(_:)``.
  func restored(_ vector: [Double]) -> [Double] {
    var result = vector
    for exchange in exchanged { exchange.forEach { result[$1] = vector[$0] } }
    return result
  }
}
