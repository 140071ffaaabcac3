import LibC

extension CheckpointSchedule {
  /// Whether a checkpoint is due when `epoch` (counted from 1) of `epochs` is done.
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

  /// How many checkpoints are due in a training of `epochs` epochs.
  package func count(of epochs: Int) -> Int {
    guard epochs > 0 else { return 0 }
    if let stated = self.epochs {
      let rest = CheckpointSchedule(everyEpochs: everyEpochs, logarithmic: logarithmic)
      return rest.count(of: epochs)
        + Set(stated).count { $0 <= epochs && !rest.isDue(after: $0, of: epochs) }
    }
    if let everyEpochs {
      let rest = CheckpointSchedule(logarithmic: logarithmic)
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
