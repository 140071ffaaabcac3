import CollapseCore

/// How points are given to Slurm.
public struct SlurmOptions: Sendable {
  /// Options of sbatch, a word each.
  public var words: [String] = []
  /// Points of a task, done side by side.
  public var jobsPerTask = 1

  public init() {}

  /// - Parameters:
  ///   - text: options of sbatch as a shell would read them.
  /// - Throws: ``SlurmError`` for options that the program itself sets, and for a limit of time that
  ///   leaves a point none to save its state.
  public init(_ text: String, jobsPerTask: Int) throws {
    self.jobsPerTask = jobsPerTask
    words = try ShellWords.split(text)
    for (index, word) in words.enumerated() {
      let name = String(word.prefix { $0 != "=" })
      if let reason = SlurmOptions.own[name] {
        throw SlurmError(kind: .usage, description: "--slurm-options: \(name) \(reason)")
      }
      guard name == "--time" || word.hasPrefix("-t") else { continue }
      let value =
        word.contains("=")
        ? String(word.dropFirst(name.count + 1))
        : word.count > 2 && name != "--time"
          ? String(word.dropFirst(2)) : index + 1 < words.count ? words[index + 1] : ""
      if let seconds = SlurmOptions.seconds(value), seconds <= 3 * 60, seconds > 0 {
        throw SlurmError(
          kind: .usage,
          description:
            "--slurm-options: a limit of \(value) is too short: two minutes before it a point "
            + "saves its state and goes back into the queue; give it more than three")
      }
    }
  }

  /// What the program says itself, and would be broken by another word.
  private static let own: [String: String] = {
    let points = "is what --on slurm makes of the points that are left (--point N for some of them)"
    let command = "is the program's own"
    return [
      "--array": points, "-a": points, "--wrap": command, "--parsable": command,
      "--signal": "is how points learn of the limit before it comes",
      "--no-requeue": "would lose what nodes that die had begun",
      "--dependency": "is what makes the report wait; hold the study itself back with --begin",
      "-d": "is what makes the report wait; hold the study itself back with --begin",
      "--wait": "is what --on slurm does, without --detach", "-W": "is what --on slurm does",
      "--job-name": "is what tells the jobs of a study from others",
      "-J": "is what tells the jobs of a study from others",
      "--test-only": "would submit nothing: --dry-run lists the points and what they take",
    ]
  }()

  /// `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours[:minutes[:seconds]]`; `nil` for
  /// anything else.
  package static func seconds(_ text: String) -> Int? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = (parts.last ?? "").split(separator: ":", omittingEmptySubsequences: false)
      .map { Int($0) }
    guard parts.count <= 2, !numbers.contains(nil), (1...3).contains(numbers.count) else {
      return nil
    }
    let values = numbers.compactMap(\.self)
    if parts.count == 2 {
      guard let days = Int(parts[0]) else { return nil }
      return zip([3600, 60, 1], values).reduce(days * 86400) { $0 + $1.0 * $1.1 }
    }
    let units = values.count == 3 ? [3600, 60, 1] : [60, 1]
    return zip(units, values).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// A line cut into words as a shell cuts it: at spaces that are neither quoted nor escaped.
package enum ShellWords {
  /// - Throws: ``SlurmError`` for a quote that does not end.
  package static func split(_ text: String) throws -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var characters = text[...]
    while let character = characters.popFirst() {
      switch (quote, character) {
      case (nil, "'"), (nil, "\""):
        quote = character
        word = word ?? ""
      case (.some(let open), character) where open == character: quote = nil
      case (.some("'"), _): word = (word ?? "") + String(character)
      case (_, "\\"):
        if let next = characters.popFirst() { word = (word ?? "") + String(next) }
      case (nil, _) where character.isWhitespace:
        if let whole = word { words.append(whole) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else {
      throw SlurmError(
        kind: .usage, description: "--slurm-options: a quote does not end in '\(text)'")
    }
    return words + [word].compactMap(\.self)
  }
}
