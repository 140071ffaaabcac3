import ArgumentParser
import CollapseCore
import Networks
import Pipeline
import Reporting
import Training

struct Profile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Show what the layers of a training step cost on this machine.",
    discussion: """
      Every part of a step is timed on random samples. A rate counts the
      multiplications and additions of the definition, whatever algorithm computes
      them (Winograd's takes fewer, and may pass 100 %); the share is that of a
      product of two 2048×2048 matrices.

        collapse profile vgg11
        collapse profile resnet18 --precision bfloat16 --by kind
        collapse profile mlp --widths 512,512,512 --input 1x28x28 --threads 1
      """)

  enum Grouping: String, ExpressibleByArgument, CaseIterable { case layer, kind }

  @Argument(help: "The kind of network.")
  var network: String

  @Option(
    parsing: .unconditional, help: "Widths of an mlp's hidden layers.", transform: Profile.numbers)
  var widths = [512, 512, 512]

  @Option(help: "The shape of a sample: 3x32x32.")
  var input: Shape = [3, 32, 32]

  @Option(parsing: .unconditional, help: "Samples per step.")
  var batchSize = 128

  @Option(help: "What a step is computed in: float32 or bfloat16.")
  var precision = Precision.float32

  @Option(help: "Algorithms of convolutions: fast or exact.")
  var algorithms = AlgorithmPolicy.fast

  @OptionGroup var cache: AlgorithmCacheOptions

  @Option(parsing: .unconditional, help: "Threads to compute with; by default one per core.")
  var threads: Int?

  @Option(help: "What makes a row: layer or kind.")
  var by = Grouping.layer

  private static func numbers(_ text: String) throws -> [Int] {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Int($0) }
    guard numbers.count == words.count, numbers.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("expected positive numbers with commas between, found '\(text)'")
    }
    return numbers
  }

  func validate() throws {
    if input.rank != 3 {
      throw ValidationError("--input is \(input), expected channels, height and width")
    }
    if batchSize < 1 {
      throw ValidationError("--batch-size is \(batchSize), expected at least 1")
    }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), expected 1 to 1024")
    }
  }

  func run() throws {
    var options = TrainingOptions()
    options.batchSize = batchSize
    options.precision = precision
    options.algorithms = algorithms
    options.threads = threads
    let known = (try? cache.cache?.read()) ?? AlgorithmChoices()
    let profile = try StepProfile(
      NetworkDescription(kind: network, widths: network == "mlp" ? widths : nil),
      options: options, input: input, classes: 10, algorithms: known)
    try? cache.cache?.add(profile.algorithms)
    let productRate = try StepProfile.productRate(precision, threads: threads)
    print(table(profile, productRate: productRate).plainText)
    let total = profile.stepSeconds
    let rate = NumberFormat.significant(3)
    print(
      """

      step         \(NumberFormat.fixed(2).text(1e3 * total)) ms, \
      \(NumberFormat.fixed(0).text(Double(batchSize) / total)) samples/s
      plan         compiled in \(NumberFormat.fixed(2).text(profile.preparation)) s
      matrix product  \(rate.text(1e-9 * productRate)) GFLOP/s
      """)
  }

  private func table(_ profile: StepProfile, productRate: Double) -> Table {
    var groups: [(name: String, parts: [StepProfile.Part])] = []
    for part in profile.parts {
      let name = by == .kind ? part.kind : part.layer
      if let index = groups.firstIndex(where: { $0.name == name }) {
        groups[index].parts.append(part)
      } else {
        groups.append((name, [part]))
      }
    }
    let time = NumberFormat.fixed(2)
    return Table(
      name: "profile", caption: "",
      columns: [
        .init("name", by.rawValue, isNumeric: false), .init("forward", "forward ms", format: time),
        .init("backward_weights", "by weights ms", format: time),
        .init("backward_data", "by data ms", format: time),
        .init("total", "total ms", format: time),
        .init("rate", "GFLOP/s", format: .fixed(0)), .init("share", "share", format: .percent(0)),
      ],
      rows: groups.map { name, parts in
        func milliseconds(_ phase: String) -> Table.Cell {
          let sum = parts.filter { $0.phase == phase }.reduce(0) { $0 + 1e3 * $1.seconds }
          return sum == 0 ? .absent : .number(sum)
        }
        let total = parts.reduce(0) { $0 + $1.seconds }
        // A phase of a layer may be several parts, reorders among them; its operations count once.
        var operations: [String: Int] = [:]
        for part in parts { operations["\(part.layer) \(part.phase)"] = part.operations }
        let rate = Double(operations.values.reduce(0, +)) / total
        return [
          .text(name), milliseconds("forward"), milliseconds("backwardWeights"),
          milliseconds("backwardData"), .number(1e3 * total),
          rate == 0 ? .absent : .number(1e-9 * rate),
          rate == 0 ? .absent : .number(rate / productRate),
        ]
      })
  }
}
