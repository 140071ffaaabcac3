import ArgumentParser
import Pipeline

/// How much is said on standard error; the same for every command.
struct VerbosityOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more: every file and every decision.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  func apply() {
    Terminal.shared.setLevel(quiet ? .quiet : verbose ? .verbose : .normal)
  }
}

/// Where the algorithms found fastest on this machine are kept; the same for all who train.
struct AlgorithmCacheOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Time algorithms anew and keep nothing.",
      discussion: "Else they are kept in ~/.cache/collapse, or where COLLAPSE_ALGORITHM_CACHE says."
    ))
  var noAlgorithmCache = false

  var cache: AlgorithmCache? { noAlgorithmCache ? nil : .standard }
}
