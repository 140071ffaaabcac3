import Arrays
import FeatureStore
import Networks
import Pipeline

/// The options of the command that say what a file does not.
enum Advice {
  /// What to append to a message: " (--flatten or --pool)".
  static func text(for choice: MissingChoice?) -> String {
    guard let choice, let options = options[choice] else { return "" }
    return " (\(options))"
  }

  private static let options: [MissingChoice: String] = [
    .features: "--features, --labels",
    .labels: "--labels, or --labels-file",
    .labelsFile: "--labels-file",
    .classifier: "--weights and --bias",
    .transposedWeights: "--transposed-weights",
    .ignoredLabel: "--ignore-label",
    .reduction: "--flatten, --pool or --token",
    .featureAxis: "--feature-axis",
    .uint16Meaning: "--uint16 bfloat16 or --uint16 integer",
    .shards: "--shards",
    MissingChoice(.network):
      "--network FILE states it, where a pipeline can; any other network is read from ONNX",
    MissingChoice(.stateDictionary): "--state-dict",
    MissingChoice(.classes): "--classes FILE; of many checkpoints --class-names FILE",
    MissingChoice(.trust): "--trust",
  ]
}
