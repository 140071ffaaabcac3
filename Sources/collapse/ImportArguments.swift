import ArgumentParser
import CollapseCore
import Datasets
import FoundationEssentials
import Networks
import Pipeline

/// How a checkpoint of another framework is read; the same for all who take one.
struct ImportArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network, where its arrays do not tell its structure: a kind, or a YAML file as 'collapse networks' takes it.",
      valueName: "kind|file"),
    completion: .list(NetworkCatalog.entries.map(\.name)))
  var network: String?

  @Option(
    help: ArgumentHelp(
      "Where the network is in a file that holds several: ema, model_ema.", valueName: "name"))
  var stateDict: String?

  @Option(
    help: ArgumentHelp(
      "The classifier of an ONNX graph, where it is not the last affine map before its only output: the name of its operator, or of the tensor it gives.",
      valueName: "name"))
  var head: String?

  @Option(
    parsing: .unconditional,
    help: "ε of its batch normalizations, which checkpoints do not hold.")
  var epsilon = 1e-5

  @Option(
    help: ArgumentHelp(
      "A file with the network's own outputs for the first samples, to compare with: 'logits' of shape [n, C].",
      valueName: "file"),
    completion: .file())
  var check: String?

  @Flag(help: "Take what cannot be checked, or does not fit.")
  var trust = false

  func validate() throws {
    if !(epsilon > 0 && epsilon < 1) {
      throw ValidationError("--epsilon is \(epsilon), expected a number between 0 and 1")
    }
  }

  /// What the options say, for images prepared as `preprocessing` says.
  ///
  /// - Throws: `WrongUsage` where nothing says how they are prepared.
  func options(
    _ preprocessing: Preprocessing?, classes: String?, threads: Int?
  ) throws -> ImportOptions {
    guard let preprocessing, preprocessing.normalization != nil else {
      throw WrongUsage(
        "how were the samples prepared for this network? Nothing in its file says so: --preset "
          + Preprocessing.presets.map(\.name).joined(separator: "|")
          + ", or --mean and --std (pixels from 0 to 1), with --resize and --crop if need be")
    }
    var options = ImportOptions(preprocessing: preprocessing)
    options.place = stateDict
    options.network = try network.map(description)
    options.epsilon = epsilon
    options.head = head
    options.classNames = try classes.map(ClassNames.read)
    options.isTrusted = trust
    options.logits = check
    options.threads = threads
    return options
  }

  private func description(_ argument: String) throws -> NetworkDescription {
    if NetworkCatalog.entry(named: argument) != nil { return NetworkDescription(kind: argument) }
    guard FileManager.default.fileExists(atPath: argument) else {
      throw WrongUsage(
        "--network is '\(argument)': there is no such kind or file; 'collapse networks' lists the "
          + "kinds")
    }
    var settings = try Settings(file: argument)
    settings.nest(under: "network")
    return try settings.networkDescription()
  }
}
