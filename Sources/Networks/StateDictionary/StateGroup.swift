import CollapseCore

/// Consecutive layers of a foreign network under one numbered name that holds two convolutions or
/// more: a block; or the layers between such.
struct StateGroup {
  /// `layer1.0`; `nil` for layers that are in no block.
  let block: String?
  var modules: [StateModule]

  var isBlock: Bool { block != nil }

  /// The part of the network the block is in: `layer1`.
  var stage: Substring {
    (block ?? "").prefix(upTo: (block ?? "").lastIndex(of: ".") ?? (block ?? "").startIndex)
  }

  static func split(_ modules: [StateModule]) -> [StateGroup] {
    let convolutions = modules.filter { $0.kind == .convolution }.map {
      $0.path.split(separator: ".").dropLast()
    }
    var counts: [ArraySlice<Substring>: Int] = [:]
    for parts in convolutions {
      for length in 0...parts.count { counts[parts.prefix(length), default: 0] += 1 }
    }
    func block(of path: String) -> String? {
      let parts = path.split(separator: ".")
      for length in stride(from: parts.count - 1, to: 0, by: -1)
      where parts[length - 1].last!.isNumber && counts[parts.prefix(length), default: 0] >= 2 {
        return parts.prefix(length).joined(separator: ".")
      }
      return nil
    }
    var groups: [StateGroup] = []
    for module in modules {
      let name = block(of: module.path)
      if groups.last.map({ $0.block == name }) == true {
        groups[groups.count - 1].modules.append(module)
      } else {
        groups.append(StateGroup(block: name, modules: [module]))
      }
    }
    return groups
  }
}
