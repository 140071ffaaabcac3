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

  /// What `collapse analyze` was told that is not of a part, of threads or of what is said.
  static var wholeAnalysis: [String] {
    var words: [String] = []
    var arguments = CommandLine.arguments.dropFirst(2)
    while let word = arguments.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      switch name {
      case "--part", "--partial", "--threads": if name == word { _ = arguments.popFirst() }
      case "--after":
        if name == word { arguments = arguments.drop { !$0.hasPrefix("-") } }
      case "--quiet", "-q", "--verbose", "-v": break
      default: words.append(word)
      }
    }
    return words
  }
}
