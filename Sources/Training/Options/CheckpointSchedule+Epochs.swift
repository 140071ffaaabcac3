import LibC

extension CheckpointSchedule {
  /// Whether a checkpoint is due when `epoch` (counted from 1) of `epochs` is done.
  public func isDue(after epoch: Int, of epochs: Int) -> Bool {
    if epoch == epochs { return true }
    if let everyEpochs, epoch.isMultiple(of: everyEpochs) { return true }
    if let logarithmic {
      return (0..<logarithmic).contains { index in
        let position = logarithmic == 1 ? 1 : Double(index) / Double(logarithmic - 1)
        return Int(exp(log(Double(epochs)) * position).rounded()) == epoch
      }
    }
    return false
  }
}
