public import CollapseCore
import Datasets
import GraphRuntime
import Networks
import Training

/// A network of another framework, checked, and what runs it.
public enum ForeignModel {
  /// As layers of ours.
  case layers(ImportedNetwork)
  /// As the graph it is.
  case graph(ImportedGraph)

  /// Reads the network in the file at `path` and checks it on `samples`.
  ///
  /// Arrays become layers of ours, and graphs of operators that layers here are; any other graph is
  /// run by ONNX Runtime.
  ///
  /// - Parameters: see ``ImportedNetwork/init(_:_:samples:input:)``.
  public init(
    _ path: String, _ options: ImportOptions, samples: (any LabeledSamples)?, input: Shape
  ) throws {
    let file = try ForeignFile(path, at: options.place)
    self = try Self.located(path) {
      try Self(file, options, samples, samples?.sampleShape ?? input)
    }
  }

  private init(
    _ file: ForeignFile, _ options: ImportOptions, _ samples: (any LabeledSamples)?, _ input: Shape
  ) throws {
    guard case .graph(let graph) = file.structure else {
      self = .layers(try ImportedNetwork(file, options, samples, input))
      return
    }
    // What is wrong with the classifier, or the samples, is wrong whoever runs it.
    _ = try GraphHead(graph, named: options.head)
    _ = try graph.sampleInput.check(input)
    do {
      _ = try NetworkMapping(graph, input: input, head: options.head)
    } catch let refusal as NetworkError {
      do {
        self = .graph(try ImportedGraph(file, graph, options, samples, input, refusal))
      } catch let error as GraphRuntimeError where error.kind == .missingInput {
        throw NetworkError(
          kind: .missingInput, operation: refusal.operation,
          reason: "\(refusal.reason); \(error.reason)")
      }
      return
    }
    self = .layers(try ImportedNetwork(file, options, samples, input))
  }

  /// What was found and checked, for other checkpoints of the structure on any thread.
  enum Finding: Sendable {
    case layers(ImportedNetwork)
    case graph(ImportedGraph.Finding)
  }

  var finding: Finding {
    switch self {
    case .layers(let network): .layers(network)
    case .graph(let graph): .graph(graph.finding)
    }
  }

  /// Another checkpoint of a structure that was checked.
  init(_ file: ForeignFile, _ options: ImportOptions, like finding: Finding) throws {
    self = try Self.located(file.path) {
      switch finding {
      case .layers(let network): .layers(try ImportedNetwork(file, options, like: network))
      case .graph(let graph): .graph(try ImportedGraph(file, options, like: graph))
      }
    }
  }

  private static func located(_ path: String, _ body: () throws -> Self) throws -> Self {
    do {
      return try body()
    } catch let error as NetworkError {
      throw error.located(in: path)
    } catch let error as GraphRuntimeError {
      throw ImportedNetwork.refuse("\(path): \(error.reason)")
    }
  }

  /// What was found, for people.
  public var summary: [String] {
    switch self {
    case .layers(let network): network.summary
    case .graph(let graph): graph.summary
    }
  }

  /// The network, ready to be run.
  public func extraction(threads: Int? = nil) throws -> FeatureExtraction {
    switch self {
    case .layers(let network): try FeatureExtraction(network.checkpoint, threads: threads)
    case .graph(let graph): FeatureExtraction(graph)
    }
  }
}

/// A graph that ONNX Runtime runs, and what speaks for it.
public struct ImportedGraph {
  /// What is the same for all checkpoints of the graph.
  struct Finding: Sendable {
    let structure: OperatorGraph
    let confirmation: ImportedNetwork.Confirmation
    let preparation: PreprocessingRecord
    let reason: String
    let inputShape: Shape
    let classNames: [String]
  }

  let network: GraphNetwork
  let path: String
  let finding: Finding
  private let headDifference: Double?
  /// Why no layers of ours do it.
  public var reason: String { finding.reason }

  fileprivate init(
    _ file: ForeignFile, _ graph: OperatorGraph, _ options: ImportOptions,
    _ samples: (any LabeledSamples)?, _ input: Shape, _ refusal: NetworkError
  ) throws {
    path = file.path
    let head = try GraphHead(graph, named: options.head)
    let weight = graph.constants[head.weight]!.shape
    let classNames = try ImportedNetwork.classNames(
      of: head.isTransposed ? weight[1] : weight[0], options, samples)
    network = try GraphNetwork(file, graph, options, input: input, classNames: classNames)
    func found(_ confirmation: ImportedNetwork.Confirmation) -> Finding {
      Finding(
        structure: graph, confirmation: confirmation,
        preparation: PreprocessingRecord(options.preprocessing), reason: refusal.reason,
        inputShape: input, classNames: classNames)
    }
    guard let samples, samples.count > 0 else {
      guard options.isTrusted else { throw ImportedNetwork.unchecked }
      (finding, headDifference) = (found(.none), nil)
      return
    }
    let named = try? samples.matched(to: classNames, of: "the checkpoint", name: "the samples")
    let some = (named ?? samples).spread(ImportedNetwork.sampleCount(samples.sampleShape))
    let stated = try options.logits.map { try LogitsCheck($0, classes: classNames.count) }
    let (accuracy, difference) = try network.check(some, isLabelled: named != nil)
    guard difference <= 1e-3 || options.isTrusted else {
      throw ImportedNetwork.refuse(
        "'\(head.features)' times its classifier is off '\(head.logits)' by "
          + "\(difference.shortestText) of the largest logit")
    }
    headDifference = difference
    let comparison = try stated?.comparison(with: network, samples)
    if let stated, let comparison, !comparison.agrees, !options.isTrusted {
      throw stated.refusal(comparison)
    }
    finding = found(
      try ImportedNetwork.confirmation(
        accuracy: accuracy, comparison, stated, options, some,
        assumptions: ["nothing shows how samples are prepared"]))
  }

  fileprivate init(
    _ file: ForeignFile, _ options: ImportOptions, like finding: Finding
  ) throws {
    path = file.path
    self.finding = finding
    headDifference = nil
    network = try GraphNetwork(
      file, finding.structure, options, input: finding.inputShape, classNames: finding.classNames)
  }

  var summary: [String] {
    var lines = [
      "run by ONNX Runtime: \(reason)",
      "\(finding.structure.nodes.count) operators; features '\(network.head.features)', logits "
        + "'\(network.head.logits)', \(network.classNames.count) classes, samples of shape "
        + "\(network.inputShape)",
      finding.preparation.text,
    ]
    if let headDifference {
      lines.append(
        "features times the classifier give the logits within \(headDifference.shortestText)")
    }
    return lines + [finding.confirmation.line]
  }
}
