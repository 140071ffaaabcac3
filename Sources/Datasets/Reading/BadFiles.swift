import CollapseCore

/// Several files at fault as one error.
enum BadFiles {
  private static let mostListed = 20

  /// The error itself where there is one; else one that lists them, a line each.
  static func error(_ errors: [any Error]) -> any Error {
    guard errors.count > 1 else {
      guard var only = errors[0] as? DatasetError else { return errors[0] }
      only.remedy = .leaveOutBadFiles
      return only
    }
    let lines = errors.prefix(mostListed).map { "\n  \($0)" }.joined()
    let rest = errors.count > mostListed ? "\n  … and \(errors.count - mostListed) more" : ""
    let kinds = errors.map { ($0 as? any ClassifiedError)?.kind ?? .badInput }
    return DatasetError(
      file: "", problem: "\(errors.count) files cannot be read:\(lines)\(rest)",
      kind: FailureKind.gravest(of: kinds) ?? .badInput, remedy: .leaveOutBadFiles)
  }
}
