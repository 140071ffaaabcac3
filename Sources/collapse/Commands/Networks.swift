import ArgumentParser
import CollapseCore
import FoundationEssentials
import Networks
import Pipeline
import Training

struct Networks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the networks there are, with parameters and FLOPs.",
    discussion: """
      Without an argument: every kind of network. With kinds, or with files that
      describe one (YAML or JSON, by itself or under network:, as the
      configuration.yaml of a run does): their layers with output shapes, parameters
      and FLOPs.

      FLOPs are the multiplications and additions of one sample forward, two per
      product.

        collapse networks
        collapse networks vgg11 --batch-normalization none
        collapse networks resnet18 --input 1x28x28 --classes 47 --json
        collapse networks runs/mlp/configuration.yaml --input 1x28x28
      """)

  @Argument(
    help: "Kinds of networks, or files that describe one.",
    completion: .list(NetworkCatalog.entries.map(\.name)))
  var networks: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The shape of a sample: 3x32x32, or 784.", valueName: "shape"))
  var input: Shape = [3, 32, 32]

  @Option(parsing: .unconditional, help: "How many classes there are.")
  var classes = 10

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Network") var fields: NetworkArguments
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if classes < 1 { throw ValidationError("--classes is \(classes), expected at least 1") }
  }

  func run() throws {
    verbosity.apply()
    if networks.isEmpty {
      let rows = try NetworkCatalog.entries.filter { $0.name != "custom" }.map(row)
      print(json ? try JSONText.pretty(rows) : NetworkText.list(rows))
    } else {
      let summaries = try networks.map {
        try NetworkSummary(of: description($0), input: input, classes: classes)
      }
      print(
        json
          ? try JSONText.pretty(summaries)
          : summaries.map(NetworkText.layers).joined(separator: "\n\n"))
    }
  }

  /// A kind of network in the list; one that cannot be built for the input says why.
  struct Row: Encodable {
    let network: String
    let summary: String
    var parameters: Int?
    var flops: Int?
    var refusal: String?
  }

  private func row(_ entry: NetworkCatalog.Entry) throws -> Row {
    var row = Row(network: entry.name, summary: entry.summary)
    do {
      let summary = try NetworkSummary(
        of: description(entry.name), input: input, classes: classes)
      row.parameters = summary.parameters
      row.flops = summary.flops
    } catch let error as NetworkError {
      row.refusal = error.description
    }
    return row
  }

  private func description(_ argument: String) throws -> NetworkDescription {
    if NetworkCatalog.entry(named: argument) != nil {
      var settings = Settings(origin: "options")
      try fields.apply(kind: argument, statedBy: "network", to: &settings)
      return try settings.networkDescription()
    }
    let isPath = argument.contains("/") || argument.contains(".")
    guard isPath || FileManager.default.fileExists(atPath: argument) else {
      let nearest = Spelling.nearest(to: argument, among: NetworkCatalog.entries.map(\.name))
      throw WrongUsage(
        "cannot list network '\(argument)': there is no such kind or file"
          + (nearest.map { "; did you mean '\($0)'?" } ?? "; 'collapse networks' lists the kinds"))
    }
    var settings = try Settings(file: argument)
    settings.nest(under: "network")
    try fields.apply(kind: nil, to: &settings)
    return try settings.networkDescription()
  }
}

/// Networks as tables for a terminal.
enum NetworkText {
  static func list(_ rows: [Networks.Row]) -> String {
    table(
      [["network", "parameters", "FLOPs", ""]]
        + rows.map { row in
          [
            row.network, row.parameters.map(String.init) ?? "–",
            row.flops.map(String.init) ?? "–", row.refusal ?? row.summary,
          ]
        }, rightAligned: [1, 2])
  }

  static func layers(_ summary: NetworkSummary) -> String {
    let head =
      "\(summary.network): input \(Shape(summary.input)), \(summary.classes) classes, "
      + "\(summary.parameters) parameters, \(summary.flops) FLOPs\n\n"
    return head
      + table(
        [["layer", "kind", "output", "parameters", "FLOPs"]]
          + summary.layers.map { layer in
            [
              String(repeating: "  ", count: layer.depth) + layer.name, layer.kind,
              Shape(layer.output).description, String(layer.parameters), String(layer.flops),
            ]
          }, rightAligned: [3, 4])
  }

  private static func table(_ rows: [[String]], rightAligned: Set<Int>) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return rightAligned.contains(column) ? space + cell : cell + space
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
