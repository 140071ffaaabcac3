import ArgumentParser

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
