// swift-tools-version: 6.2
import PackageDescription

// A package of its own: its flags would make the project unusable as a dependency. `Fuzz/run`
// adds the toolchain's -sanitize=fuzzer,address, which instruments the decoders too.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "Collapse", path: "..")],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "CFuzzer",
        .product(name: "Arrays", package: "Collapse"),
        .product(name: "Datasets", package: "Collapse"),
        .product(name: "FeatureStore", package: "Collapse"),
        .product(name: "Files", package: "Collapse"),
        .product(name: "Networks", package: "Collapse"),
        .product(name: "CollapseCore", package: "Collapse"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
