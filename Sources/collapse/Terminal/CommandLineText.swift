import Pipeline

/// The command line as a user would type it again.
enum CommandLineText {
  /// What decides on the result: without threads and words about what is said on the way.
  static var repeatable: String {
    var words = ["collapse"]
    var arguments = CommandLine.arguments.dropFirst()
    while let word = arguments.popFirst() {
      switch word {
      case "--threads", "--share": _ = arguments.popFirst()
      case "--earlier": arguments = arguments.drop { !$0.hasPrefix("-") }
      case "--quiet", "-q", "--verbose", "-v", "--watch", "--json": break
      case _ where word.hasPrefix("--threads="): break
      default: words.append(word.quotedForShell)
      }
    }
    return words.joined(separator: " ")
  }

  /// What a task of a cluster is told of a batch: files and options, without tables, threads, what is
  /// said, and that it is on a cluster.
  static var wholeBatch: [String] {
    var words: [String] = []
    var arguments = CommandLine.arguments.dropFirst()
    while let word = arguments.popFirst() {
      let name = String(word.prefix { $0 != "=" })
      switch name {
      case "--threads", "--on", "--slurm-options", "--jobs-per-task", "-o", "--output":
        if name == word { _ = arguments.popFirst() }
      case "--detach", "--quiet", "-q", "--verbose", "-v", "--json", "--all": break
      default: words.append(word)
      }
    }
    return words
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
