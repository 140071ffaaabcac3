public import CollapseCore
import LibC

/// Some of the epochs of a training, by all rules together; the last is always one of them.
public struct EpochSchedule: Sendable, Hashable {
  /// Every so many epochs; absent: only where another rule says.
  public var everyEpochs: Int?
  /// So many epochs spread evenly over the logarithm of the epoch, from the first to the last: what
  /// a study of the terminal phase plots.
  public var logarithmic: Int?
  /// These; 0 is before the first step.
  public var epochs: [Int]?

  public init(everyEpochs: Int? = nil, logarithmic: Int? = nil, epochs: [Int]? = nil) {
    self.everyEpochs = everyEpochs
    self.logarithmic = logarithmic
    self.epochs = epochs
  }
}

extension EpochSchedule: Configurable {
  public static var standard: EpochSchedule { EpochSchedule() }

  public static var fields: [Field<EpochSchedule>] {
    [
      Field(
        "everyEpochs", \.everyEpochs, "Every so many epochs.", range: .positive,
        absence: "no such rule"),
      Field(
        "logarithmic", \.logarithmic,
        "So many times, spread evenly over the logarithm of the epoch, from the first to the last.",
        range: .positive, absence: "no such rule"),
      Field(
        "epochs", \.epochs, "After these epochs; 0 is before the first step.", range: .notNegative,
        absence: "no such rule"),
    ]
  }
}

extension EpochSchedule {
  /// Whether it is one of them when `epoch` (counted from 1) of `epochs` is done.
  public func isDue(after epoch: Int, of epochs: Int) -> Bool {
    if epoch == epochs { return true }
    if let epochs = self.epochs, epochs.contains(epoch) { return true }
    if epoch > 0, let everyEpochs, epoch.isMultiple(of: everyEpochs) { return true }
    guard let logarithmic, logarithmic > 1, epoch > 0 else { return false }
    // The one place in the sequence whose epoch this could be, and its neighbours.
    let last = Double(logarithmic - 1)
    let place = log(Double(epoch)) / log(Double(epochs)) * last
    return (-1...1).contains { step in
      let index = place.rounded() + Double(step)
      guard index >= 0, index <= last else { return false }
      return Int(exp(log(Double(epochs)) * (index / last)).rounded()) == epoch
    }
  }

  /// How many there are in a training of `epochs` epochs.
  package func count(of epochs: Int) -> Int {
    guard epochs > 0 else { return 0 }
    if let stated = self.epochs {
      let rest = EpochSchedule(everyEpochs: everyEpochs, logarithmic: logarithmic)
      return rest.count(of: epochs)
        + Set(stated).count { $0 <= epochs && !rest.isDue(after: $0, of: epochs) }
    }
    if let everyEpochs {
      let rest = EpochSchedule(logarithmic: logarithmic)
      let multiples = epochs / everyEpochs
      guard epochs <= 1 << 20 else { return multiples + 1 }
      return multiples
        + (1...epochs).count {
          !$0.isMultiple(of: everyEpochs) && rest.isDue(after: $0, of: epochs)
        }
    }
    guard epochs <= 1 << 20 else { return (logarithmic ?? 0) + 1 }
    return (1...epochs).count { isDue(after: $0, of: epochs) }
  }
}
