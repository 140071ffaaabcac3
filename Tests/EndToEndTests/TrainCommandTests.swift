import CollapseCore
import FeatureStore
import Foundation
import TestSupport
import Testing

/// `collapse train` and `collapse networks` as a user runs them.
@Suite(.serialized) struct TrainCommandTests {
  let folder = TemporaryFolder()

  private func train(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(
      ["train", "data/sample/idx", folder("run"), "--per-class", "8", "--widths", "8"] + arguments)
  }

  private var configuration: String {
    (try? String(contentsOfFile: folder("run/configuration.yaml"), encoding: .utf8)) ?? ""
  }

  /// Every option reaches the field it names.
  @Test func optionsBecomeTheConfiguration() throws {
    let result = try train([
      "--epochs", "1", "--batch-size", "20", "--seed", "7", "--last-layer", "withoutShift",
      "--no-classifier-bias", "--initialization", "orthogonal", "--initial-scale", "1.5",
      "--loss", "supervisedContrastive", "--temperature", "0.5", "--spectral-decoupling", "0.25",
      "--feature-decay", "0.125", "--optimizer", "adamw", "--learning-rate", "0.01", "--steps",
      "1,2", "--step-factor", "0.5", "--warm-up", "1", "--weight-decay", "0.0625",
      "--classifier-decay", "0.5", "--normalization-decay", "0", "--decay-scope", "weights",
      "--clip-gradient", "2", "--crop", "1", "--flip", "--stop-error", "0", "--stop-loss", "0",
      "--checkpoint-every", "3", "--checkpoints", "4", "--algorithms", "exact", "--pad", "32",
      "--threads", "1",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = configuration.split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    for expected in [
      "epochs: 1", "batchSize: 20", "seed: 7", "lastLayerBatchNormalization: withoutShift",
      "classifierBias: false", "kind: orthogonal", "scale: 1.5", "kind: supervisedContrastive",
      "temperature: 0.5", "spectralDecoupling: 0.25", "featureDecay: 0.125", "kind: adamw",
      "initial: 0.01", "kind: steps", "factor: 0.5", "warmUpEpochs: 1", "coefficient: 0.0625",
      "classifier: 0.5", "mode: decoupled", "appliesTo: weights", "gradientClipping: 2",
      "cropPadding: 1", "horizontalFlip: true", "everyEpochs: 3", "logarithmic: 4",
      "algorithms: exact", "padTo: 32", "perClass: 8", "threads: 1",
    ] { #expect(lines.contains(expected), "\(expected) in \(configuration)") }
    let checkpoint = try CheckpointFile.read(folder("run/checkpoints/epoch-00001.h5"))
    #expect(checkpoint.attributes["input_shape"] == .string("[1,32,32]"))
  }

  /// A file of options, options beside it, and --set over both.
  @Test func precedence() throws {
    let options = folder.write(
      Array(
        """
        network: { kind: mlp, widths: [5], batchNormalization: none }
        training: { epochs: 2, learningRate: 0.02, weightDecay: 0.5, seed: 3, batchSize: 40 }
        dataset: { name: mnist, shaping: { perClass: 4 } }
        """.utf8), to: "options.yaml")
    let result = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--options", options, "--learning-rate", "0.03",
      "--decay-mode", "decoupled", "--epochs", "3", "--set", "training.epochs=1",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    for expected in [
      "epochs: 1", "initial: 0.03", "coefficient: 0.5", "mode: decoupled", "seed: 3",
      "batchSize: 40", "batchNormalization: none", "perClass: 4",
    ] { #expect(configuration.contains(expected), "\(expected) in \(configuration)") }
    #expect(!configuration.contains("mnist"))
  }

  /// Going on takes the options of the beginning; what is said anew counts, and what would make
  /// another training is refused.
  @Test func resumesWithItsOwnOptions() throws {
    #expect(try train(["--epochs", "2", "--batch-size", "16", "--seed", "5"]).exitCode == 0)
    let again = try CollapseCommand.run(["train", "data/sample/idx", folder("run")])
    #expect(again.exitCode == 64)
    #expect(again.errors.contains("holds a training already: --resume continues it"))

    let more = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--resume", "--epochs", "3",
    ])
    #expect(more.exitCode == 0, "\(more.errors)")
    #expect(more.errors.contains("done after epoch 3"))
    for expected in ["batchSize: 16", "seed: 5", "perClass: 8"] {
      #expect(configuration.contains(expected))
    }

    for (arguments, message, code) in [
      (["--network", "convnet"], "its network is another than the options say", 64),
      (
        ["--seed", "6"],
        "error: cannot resume training: seed was 5, is 6; a training goes on as it began\n", 64
      ),
      (
        ["--optimizer", "adam"],
        "optimizer was {kind: sgd, momentum: 0.9, nesterov: false}, is "
          + "{kind: adam, beta1: 0.9, beta2: 0.999, epsilon: 1e-8};", 64
      ),
      (["--per-class", "9"], "it was trained or tested on other samples", 65),
    ] as [([String], String, Int32)] {
      let refused = try CollapseCommand.run(
        ["train", "data/sample/idx", folder("run"), "--resume", "--epochs", "4"] + arguments)
      #expect(refused.exitCode == code, "\(refused.errors)")
      #expect(refused.errors.contains(message), "\(refused.errors)")
    }
  }

  /// Nothing can be resumed where nothing is; what was stopped before its first checkpoint begins
  /// again with the options it had begun with, not with those by default.
  @Test func resumesOnlyWhatIsThere() throws {
    let refused = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--per-class", "8", "--resume",
    ])
    #expect(refused.exitCode == 64)
    #expect(
      refused.errors == "error: cannot resume: '\(folder("run"))' holds no training; without "
        + "--resume one begins\n")
    #expect(folder.names == [])

    #expect(try train(["--epochs", "1", "--seed", "5", "--batch-size", "16"]).exitCode == 0)
    let first = try CheckpointFile.read(folder("run/checkpoints/epoch-00001.h5"))
    for name in ["checkpoints", "metrics.csv"] {
      try FileManager.default.removeItem(atPath: folder("run/\(name)"))
    }
    let again = try CollapseCommand.run(["train", "data/sample/idx", folder("run"), "--resume"])
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(again.errors.contains("no checkpoint yet: it begins again with the options of"))
    let second = try CheckpointFile.read(folder("run/checkpoints/epoch-00001.h5"))
    #expect(first.names == second.names)
    for name in first.names { #expect(first[name] == second[name], "\(name)") }
  }

  /// A training that explodes ends with one message, and what it kept before can be read.
  @Test func divergenceKeepsTheLastCheckpoint() throws {
    let result = try train([
      "--epochs", "6", "--batch-size", "16", "--batch-normalization", "none", "--learning-rate",
      "0.01", "--steps", "3", "--step-factor", "1e30", "--checkpoint-every", "1", "--optimizer",
      "sgd",
    ])
    #expect(result.exitCode == 65)
    let pattern = #/error: training diverged in epoch 4, step \d+: the loss is .*/#
    #expect(result.errors.contains(pattern), "\(result.errors)")
    #expect(result.errors.contains(#/first layer that is not finite is '[a-z0-9.]+'/#))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder("run/checkpoints"))
    #expect(names.sorted() == ["epoch-00001.h5", "epoch-00002.h5", "epoch-00003.h5"])
    let last = try CheckpointFile.read(folder("run/checkpoints/epoch-00003.h5"))
    #expect(last.names.allSatisfy { last[$0]!.values.allSatisfy(\.isFinite) })
  }

  /// Features are of the samples a network was trained on, in the form it was trained on.
  @Test func extractsWhatWasTrainedOn() throws {
    #expect(try train(["--epochs", "1", "--pad", "32"]).exitCode == 0)
    let arguments = [
      "extract", folder("run/checkpoints/epoch-00001.h5"), "data/sample/idx", folder("f.h5"),
    ]
    let done = try CollapseCommand.run(arguments)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("80 samples"))
    let refused = try CollapseCommand.run(arguments + ["--no-shaping"])
    #expect(refused.exitCode == 65)
    #expect(
      refused.errors.contains("the network takes samples of shape 1×32×32, found 1×28×28"),
      "\(refused.errors)")
  }

  /// A training that cannot begin leaves no folder; one that is done, none that it has no use for.
  @Test func leavesNoEmptyFolders() throws {
    let refused = try CollapseCommand.run([
      "train", "data/sample/idx", folder("run"), "--network", "vgg11", "--per-class", "8",
    ])
    #expect(refused.exitCode == 64)
    #expect(refused.errors.contains("or '--pad 32' of 'collapse train'"), "\(refused.errors)")
    #expect(folder.names == [])
    #expect(try train(["--epochs", "1"]).exitCode == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder("run")).sorted()
    #expect(left == ["checkpoints", "configuration.yaml", "metrics.csv"])
  }

  /// Progress says the loss, the accuracy, the rate and, once there is a pace and while a second is
  /// left, the time left.
  @Test func progress() throws {
    let result = try train(["--epochs", "2", "--batch-size", "40"])
    let pattern =
      #/epoch 1/2, step 2/2, loss [0-9.]+, accuracy [0-9.]+ %, \d+ samples/s(, [0-9.]+ s left)?\n/#
    #expect(result.errors.contains(pattern), "\(result.errors)")
    let last = #/epoch 2/2, step 2/2, loss [0-9.]+, accuracy [0-9.]+ %, \d+ samples/s\n/#
    #expect(result.errors.contains(last), "\(result.errors)")
  }

  /// Where OpenMP may grant fewer threads than are asked for, the work is done all the same: to the
  /// bits of the number of threads that there are.
  @Test(arguments: [
    ("OMP_THREAD_LIMIT", "1", "1"), ("OMP_MAX_ACTIVE_LEVELS", "0", "1"),
    ("OMP_DYNAMIC", "true", "2"),
  ]) func fewerThreadsThanAskedFor(_ variable: String, _ value: String, _ granted: String) throws {
    func weights(_ name: String, threads: String, _ environment: [String: String]) throws
      -> NamedTensors
    {
      let result = try CollapseCommand.run(
        [
          "train", "data/sample/idx", folder(name), "--widths", "32", "--epochs", "2",
          "--threads", threads, "--seed", "3", "--quiet",
        ], environment: environment)
      try #require(result.exitCode == 0, "\(result.errors)")
      return try CheckpointFile.read(folder("\(name)/checkpoints/epoch-00002.h5"))
    }
    let expected = try weights("granted", threads: granted, [:])
    let limited = try weights("limited", threads: "2", [variable: value])
    for name in expected.names { #expect(expected[name] == limited[name], "\(name)") }
  }

  /// The signal that schedulers send is Ctrl-C's equal: a checkpoint, exit code 130, and the
  /// training goes on from there.
  @Test(arguments: [SIGINT, SIGTERM]) func signalled(_ signal: Int32) throws {
    let arguments = [
      "train", "data/sample/idx", folder("run"), "--widths", "16", "--epochs", "1000000",
      "--quiet",
    ]
    let running = try CollapseCommand.start(arguments)
    let hasBegun = CollapseCommand.wait(for: running) {
      FileManager.default.fileExists(atPath: folder("run/metrics.csv"))
    }
    try #require(hasBegun)
    running.send(signal)
    let result = running.finish()
    #expect(result.exitCode == 130 && !result.isCutOff, "\(result.errors)")
    let epoch = try checkpointEpoch("run/checkpoints/latest.h5")
    #expect(epoch > 0)
    let resumed = try CollapseCommand.run(arguments + ["--resume", "--stop-after", "100"])
    #expect(resumed.exitCode == 130, "\(resumed.errors)")
    #expect(try checkpointEpoch("run/checkpoints/latest.h5") > epoch)
  }

  private func checkpointEpoch(_ path: String) throws -> Int64 {
    let checkpoint = try CheckpointFile.read(folder(path))
    guard case .integer(let epoch)? = checkpoint.attributes["epoch"] else { return -1 }
    return epoch
  }

  /// Stopped at any steps, a convolutional training with all that is random goes on to the bits it
  /// would have had.
  @Test func stoppedTrainingGoesOnToTheSameBits() throws {
    func arguments(_ name: String) -> [String] {
      [
        "train", "data/sample/idx", folder(name), "--per-class", "30", "--network", "convnet",
        "--widths", "16,16", "--last-layer", "withoutShift", "--optimizer", "adam",
        "--learning-rate", "0.003", "--cosine", "--crop", "2", "--flip", "--epochs", "12",
        "--batch-size", "64", "--threads", "1", "--algorithms", "exact", "--quiet",
        "--seed", "5",
      ]
    }
    // Both begin with the same first steps, as which algorithms are fastest is found by timing.
    let beginning = try CollapseCommand.run(arguments("whole") + ["--stop-after", "3"])
    try #require(beginning.exitCode == 130, "\(beginning.errors)")
    try FileManager.default.copyItem(atPath: folder("whole"), toPath: folder("parts"))
    let whole = try CollapseCommand.run(arguments("whole") + ["--resume"])
    try #require(whole.exitCode == 0, "\(whole.errors)")
    var generator = SeededGenerator(seed: 5)
    let (stops, last) = try CollapseCommand.runStopping(
      arguments("parts"), isBegun: true, after: 1..<14, using: &generator)
    #expect(last.exitCode == 0, "\(last.errors)")
    #expect(stops > 3)
    let one = try CheckpointFile.read(folder("whole/checkpoints/epoch-00012.h5"))
    let two = try CheckpointFile.read(folder("parts/checkpoints/epoch-00012.h5"))
    #expect(one.names == two.names)
    for name in one.names { #expect(one[name] == two[name], "\(name)") }
  }

  @Test(arguments: [
    Mistake(
      testDescription: "no such network", arguments: ["networks", "resnet17"], exitCode: 64,
      expected: "error: cannot list network 'resnet17': there is no such kind or file; did you "
        + "mean 'resnet18'?"),
    Mistake(
      testDescription: "input too small", arguments: ["networks", "vgg11", "--input", "1x28x28"],
      exitCode: 64,
      expected: "error: cannot build network 'vgg11' on images of 28×28: it takes them from 32×32 "
        + "on: 'dataset.shaping.padTo: 32' of a pipeline, or '--pad 32' of 'collapse train', puts "
        + "zeros around them\n"),
    Mistake(
      testDescription: "no such file of a network", arguments: ["networks", "no/mlp.yaml"],
      exitCode: 66, expected: "error: cannot read 'no/mlp.yaml': it does not exist\n"),
    Mistake(
      testDescription: "no shape", arguments: ["networks", "--input", "3x0x2"], exitCode: 64,
      expected: "The value '3x0x2' is invalid for '--input <shape>'"),
    Mistake(
      testDescription: "no such loss",
      arguments: ["train", "data/sample/idx", "/tmp/none", "--loss", "hinge"], exitCode: 64,
      expected: "training.loss.kind: unknown loss 'hinge'; there are crossEntropy, "
        + "meanSquaredError, supervisedContrastive"),
    Mistake(
      testDescription: "temperature without its loss",
      arguments: ["train", "data/sample/idx", "/tmp/none", "--temperature", "1"], exitCode: 64,
      expected: "error: --temperature needs --loss supervisedContrastive, found the loss "
        + "crossEntropy\n"),
    Mistake(
      testDescription: "label smoothing of another loss",
      arguments: [
        "train", "data/sample/idx", "/tmp/none", "--label-smoothing", "0.1", "--loss",
        "supervisedContrastive",
      ], exitCode: 64,
      expected: "error: --label-smoothing needs --loss crossEntropy, found the loss "
        + "supervisedContrastive\n"),
    Mistake(
      testDescription: "negative epochs",
      arguments: ["train", "data/sample/idx", "/tmp/none", "--epochs", "-1"], exitCode: 64,
      expected: "error: --epochs -1: training.epochs: expected a positive number, found -1\n"),
    Mistake(
      testDescription: "negative learning rate",
      arguments: ["train", "data/sample/idx", "/tmp/none", "--learning-rate", "-1"], exitCode: 64,
      expected:
        "error: --learning-rate -1: training.learningRate.initial: expected no negative number, "
        + "found -1"),
    Mistake(
      testDescription: "points cannot be padded",
      arguments: ["train", "data/sample/idx", "/tmp/none", "--pad", "8"], exitCode: 64,
      expected: "padTo: expected at least the size of the images, 28×28, found 8"),
  ]) func mistakes(_ mistake: Mistake) throws {
    let result = try CollapseCommand.run(mistake.arguments)
    #expect(result.exitCode == mistake.exitCode)
    #expect(result.errors.contains(mistake.expected), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  private struct Listed: Decodable {
    struct Layer: Decodable {
      let name: String
      let output: [Int]
      let parameters: Int
      let flops: Int
    }
    let network: String
    let parameters: Int?
    let flops: Int?
    let refusal: String?
    let layers: [Layer]?
  }

  private func list(_ arguments: [String]) throws -> [Listed] {
    let result = try CollapseCommand.run(["networks", "--json"] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try JSONDecoder().decode([Listed].self, from: Data(result.output.utf8))
  }

  @Test func listsNetworks() throws {
    let all = try list(["--input", "1x28x28", "--classes", "47"])
    #expect(
      all.map(\.network) == [
        "mlp", "convnet", "vgg11", "vgg13", "vgg16", "vgg19", "resnet18", "resnet34", "resnet50",
      ])
    #expect(all.first { $0.network == "vgg11" }?.parameters == nil)
    #expect(all.first { $0.network == "vgg11" }?.refusal?.isEmpty == false)
    // 784-512-512-512-47, each hidden layer with a batch normalization
    #expect(
      all[0].parameters == 784 * 512 + 2 * 512 * 512 + 512 * 47 + 3 * 512 + 47 + 6 * 512)

    let described = folder.write(
      Array("{\"kind\": \"mlp\", \"widths\": [4], \"batchNormalization\": \"none\"}".utf8),
      to: "network.json")
    let one = try #require(list([described, "--input", "3"]).first)
    #expect(one.parameters == 3 * 4 + 4 + 4 * 10 + 10 && one.flops == 2 * (12 + 40))
    #expect(one.layers?.map(\.name) == ["features.0", "features.1", "classifier"])
    #expect(one.layers?.map(\.output) == [[4], [4], [10]])
  }
}
