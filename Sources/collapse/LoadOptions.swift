import ArgumentParser

/// How much of the machine a pipeline takes.
struct LoadOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    parsing: .unconditional,
    help: "Runs at a time; by default as many as processors and memory allow.")
  var jobs: Int?

  @Option(
    parsing: .unconditional,
    help:
      "Threads of each run; by default one where there are several runs, else all processors. The bits of a result hang on it."
  )
  var threads: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is \(jobs), expected at least 1") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), expected 1 to 1024")
    }
  }
}
