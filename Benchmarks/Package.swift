// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the project builds without it.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Collapse", path: "..")],
  targets: [
    .executableTarget(
      name: "decoding-benchmark",
      dependencies: [
        .product(name: "Datasets", package: "Collapse"),
        .product(name: "CollapseCore", package: "Collapse"),
      ]),
    .executableTarget(
      name: "training-benchmark",
      dependencies: [
        .product(name: "Networks", package: "Collapse"),
        .product(name: "Training", package: "Collapse"),
        .product(name: "CollapseCore", package: "Collapse"),
      ]),
    .executableTarget(
      name: "parity-trace",
      dependencies: [
        .product(name: "Networks", package: "Collapse"),
        .product(name: "Training", package: "Collapse"),
        .product(name: "CollapseCore", package: "Collapse"),
      ]),
    .executableTarget(
      name: "ranks-benchmark",
      dependencies: [
        .product(name: "NeuralCollapse", package: "Collapse"),
        .product(name: "CollapseCore", package: "Collapse"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
