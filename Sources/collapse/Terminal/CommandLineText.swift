import Pipeline

/// The command line as a user would type it again.
enum CommandLineText {
  /// What decides on the result: without threads and words about what is said on the way.
  static var repeatable: String {
    var words = ["collapse"]
    var arguments = CommandLine.arguments.dropFirst()
    while let word = arguments.popFirst() {
      switch word {
      case "--threads": _ = arguments.popFirst()
      case "--quiet", "-q", "--verbose", "-v", "--watch", "--json": break
      case _ where word.hasPrefix("--threads="): break
      default: words.append(word.quotedForShell)
      }
    }
    return words.joined(separator: " ")
  }
}
