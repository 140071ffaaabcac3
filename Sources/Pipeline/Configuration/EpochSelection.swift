#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which epochs of a training are kept.
///
/// Written as `last`, `all`, `none`, `every 10`, `log 8`, or a list of epochs. Epochs count from
/// 1; 0 is the network before training. The last epoch belongs to every selection but `none`.
public enum EpochSelection: Sendable, Hashable, Codable {
  case none
  case last
  case all
  case every(Int)
  /// So many epochs per factor of ten, evenly spaced on a logarithmic axis.
  case logarithmic(perDecade: Int)
  case list([Int])

  /// The selected epochs of a training of `epochs`, ascending.
  public func epochs(of epochs: Int) -> [Int] {
    var selected: Set<Int>
    switch self {
    case .none: return []
    case .last: selected = []
    case .all: selected = Set(1...max(1, epochs))
    case .every(let step): selected = Set(stride(from: step, through: epochs, by: step))
    case .logarithmic(let perDecade):
      selected = []
      var epoch = 1.0
      let factor = pow(10, 1 / Double(perDecade))
      while Int(epoch.rounded()) <= epochs {
        selected.insert(Int(epoch.rounded()))
        epoch *= factor
      }
    case .list(let list): selected = Set(list.filter { (0...epochs).contains($0) })
    }
    selected.insert(epochs)
    return selected.sorted()
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let list = try? container.decode([Int].self) {
      guard list.allSatisfy({ $0 >= 0 }) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "epochs are not negative, found \(list)")
      }
      self = .list(list)
      return
    }
    let text = try container.decode(String.self)
    let words = text.split(separator: " ")
    let number = words.count == 2 ? Int(words[1]).flatMap { $0 > 0 ? $0 : nil } : nil
    switch (words.first, number) {
    case ("none", nil) where words.count == 1: self = .none
    case ("last", nil) where words.count == 1: self = .last
    case ("all", nil) where words.count == 1: self = .all
    case ("every", let number?): self = .every(number)
    case ("log", let number?): self = .logarithmic(perDecade: number)
    default:
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "expected last, all, none, 'every 10', 'log 8' or a list of epochs, found '\(text)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .none: try container.encode("none")
    case .last: try container.encode("last")
    case .all: try container.encode("all")
    case .every(let step): try container.encode("every \(step)")
    case .logarithmic(let perDecade): try container.encode("log \(perDecade)")
    case .list(let list): try container.encode(list)
    }
  }

}
