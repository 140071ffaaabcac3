public import CollapseCore

/// The arrays of a network that another framework trained, by name and shape, in the order of its
/// state dictionary: what the network is read from.
///
/// Training code wraps a state dictionary in others (`model`, `state_dict`, …) and modules in
/// modules (`module.`, `_orig_mod.`, …); both are taken off the names.
public struct StateDictionary: Sendable, Hashable {
  /// One array.
  public struct Entry: Sendable, Hashable {
    /// The name in the file: `model.module.fc.weight`.
    public let source: String
    /// The name within the network: `fc.weight`.
    public let name: String
    /// The extent of each axis, as in the file.
    public let shape: Shape
  }

  /// The arrays of the network, in the order of the file.
  public let entries: [Entry]
  /// What stands before every name in the file, with its dot: `model.module.`, or nothing.
  public let prefix: String

  /// The arrays of a file, of which those of the network are taken.
  ///
  /// - Parameters:
  ///   - arrays: every array of the file with its shape, in its order.
  ///   - place: where the network's arrays are: `ema`, `model.ema`. Without it the dictionary that
  ///     training code usually calls so is looked for.
  /// - Throws: ``NetworkError`` of kind `badInput` where there are none, or several networks.
  public init(_ arrays: [(name: String, shape: Shape)], at place: String? = nil) throws {
    var prefix = ""
    if let place, !place.isEmpty {
      prefix = place.hasSuffix(".") ? place : place + "."
      guard arrays.contains(where: { $0.name.hasPrefix(prefix) }) else {
        throw Self.refuse(
          "there is nothing under '\(place)'; there is "
            + Self.list(Self.firstParts(of: arrays.map { $0.name[...] }).map(String.init)))
      }
    }
    while let next = try Self.wrapper(of: arrays, under: prefix, isChosen: place != nil) {
      prefix += next + "."
    }
    entries = arrays.compactMap { name, shape in
      guard name.hasPrefix(prefix) else { return nil }
      return Entry(source: name, name: String(name.dropFirst(prefix.count)), shape: shape)
    }
    self.prefix = prefix
    guard entries.contains(where: { $0.name.hasSuffix("weight") }) else {
      throw Self.refuse("it has no array called 'weight', as those of a network are")
    }
  }

  /// The same for every checkpoint of one network: counters, which some files leave out, do not
  /// count.
  package var structure: StateDictionary {
    StateDictionary(
      entries: entries.filter { !$0.name.hasSuffix("num_batches_tracked") }, prefix: prefix)
  }

  private init(entries: [Entry], prefix: String) {
    self.entries = entries
    self.prefix = prefix
  }

  /// What a state dictionary is called in the files of training code.
  private static let dictionaries: Set<Substring> = [
    "state_dict", "model_state_dict", "model_state", "net_state_dict", "weights", "params",
    "ema", "ema_state_dict", "model_ema", "state_dict_ema", "teacher", "student",
  ]
  /// What a network is called inside a module that only holds it, and in such files too.
  private static let modules: Set<Substring> = [
    "module", "_orig_mod", "model", "net", "network", "encoder", "backbone",
  ]

  /// The part that every name of the network under `prefix` begins with, if it is a wrapper.
  private static func wrapper(
    of arrays: [(name: String, shape: Shape)], under prefix: String, isChosen: Bool
  ) throws -> String? {
    let names = arrays.map(\.name).filter { $0.hasPrefix(prefix) }.map {
      $0.dropFirst(prefix.count)
    }
    // Moments of optimizers are called otherwise.
    let weights = names.filter { $0.hasSuffix(".weight") }
    let parts = firstParts(of: weights)
    let found = parts.filter { dictionaries.contains($0) }
    if !found.isEmpty, parts.count > 1 {
      throw refuse(
        "it holds several networks, \(list(parts.map { prefix + $0 })): say which one is meant",
        missing: .stateDictionary)
    }
    guard parts.count == 1, let part = parts.first,
      dictionaries.contains(part) || modules.contains(part),
      // A bare layer keeps its name.
      weights.allSatisfy({ $0.dropFirst(part.count + 1).contains(".") })
    else { return nil }
    return String(part)
  }

  private static func firstParts(of names: [Substring]) -> [Substring] {
    var parts: [Substring] = []
    for name in names {
      let part = name.prefix { $0 != "." }
      if !parts.contains(part) { parts.append(part) }
    }
    return parts
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
      + (names.count > 10 ? " and more" : "")
  }

  static func refuse(_ reason: String, missing: NetworkError.Missing? = nil) -> NetworkError {
    NetworkError(
      kind: .badInput, operation: "read a network from the arrays", reason: reason,
      missing: missing)
  }
}
