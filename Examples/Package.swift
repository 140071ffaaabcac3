// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as a user of the library has one.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "Collapse", path: "..")],
  targets: [
    .executableTarget(
      name: "train-layers",
      dependencies: [
        .product(name: "CollapseCore", package: "Collapse"),
        .product(name: "Networks", package: "Collapse"),
        .product(name: "Training", package: "Collapse"),
      ]),
    .executableTarget(
      name: "measure-features",
      dependencies: [
        .product(name: "FeatureStore", package: "Collapse"),
        .product(name: "NeuralCollapse", package: "Collapse"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
