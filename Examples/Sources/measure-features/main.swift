// Measures every layer of a file of features that any framework wrote, by the convention of Papyan,
// Han & Donoho.
//
//   swift run -c release --package-path Examples measure-features features.h5
import FeatureStore
import NeuralCollapse

guard CommandLine.arguments.count == 2 else {
  fatalError("usage: measure-features FILE, of HDF5, NPZ, safetensors or PyTorch")
}

var options = AnalysisOptions()
options.convention = .papyan
options.spectrum = true
let features = try FeatureSet(CommandLine.arguments[1])
for layer in features.layers {  // the last layer has the classifier, where there is one
  let report = try CollapseAnalyzer(options: options).analyze(
    features: layer.rows, labels: features.labels, classifier: layer.classifier)
  for (key, measurement) in report.measures { print(layer.name, key, measurement) }
}
