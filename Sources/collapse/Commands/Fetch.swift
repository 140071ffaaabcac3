import ArgumentParser
import CollapseCore
import Datasets
import Pipeline

struct Fetch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download a public data set, verify it and put it in place.",
    discussion: """
      A download that broke off goes on where it stopped; a file stands under its
      name only when its size and checksums are right. What is there already is left
      alone.

        collapse fetch --list
        collapse fetch mnist
        collapse fetch cifar-10 --mirror https://my.mirror/cifar/
        COLLAPSE_DATA=/scratch/data collapse fetch cifar-100

      $COLLAPSE_DATA names the folder of data sets for every command; $HTTPS_PROXY and
      $NO_PROXY are honoured.
      """)

  @Argument(help: "The data set.", completion: .list(Catalog.entries.map(\.name)))
  var name: String?

  @OptionGroup var dataFolder: DataFolderArguments

  @Option(help: "An address to fetch the files from instead of the known ones.")
  var mirror: String?

  @Flag(help: "List the data sets there are.")
  var list = false

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if name == nil && !list { throw ValidationError("say which data set, or --list") }
  }

  func run() throws {
    verbosity.apply()
    if list {
      let width = Catalog.entries.map(\.name.count).max() ?? 0
      for entry in Catalog.entries {
        print(
          entry.name + String(repeating: " ", count: width + 2 - entry.name.count) + entry.title)
      }
      return
    }
    let name = name ?? ""
    guard let entry = Catalog.entry(named: name) else {
      let nearest = Spelling.nearest(to: name, among: Catalog.entries.map(\.name))
      throw WrongUsage(
        "no data set '\(name)'"
          + (nearest.map { "; did you mean '\($0)'?" } ?? "; --list shows what there is"))
    }
    let display = FetchDisplay()
    let path = try DatasetFetcher(mirror: mirror).fetch(entry, into: dataFolder.path) {
      display.show($0)
    }
    Terminal.shared.endProgress()
    print(path)
  }
}
