import ArgumentParser

/// How much of the machine a pipeline takes.
struct LoadOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: "Runs at a time; by default as many as processors and memory allow.")
  var jobs: Int?

  @Option(
    help:
      "Threads of each run; by default one where there are several runs, else all processors. The bits of a result hang on it."
  )
  var threads: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1 on") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024")
    }
  }
}
