// swift-tools-version: 6.2
import PackageDescription

// In a release for Linux the command holds Swift's runtime and Foundation itself: found in a dozen
// libraries at every start, their symbols take longer than a small analysis. What Foundation is
// made of has to be said, and that it downloads by libcurl, which HDF5 brings.
let staticRuntime: [LinkerSetting] =
  [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux], configuration: .release))]
  + [
    "CoreFoundation", "_FoundationICU", "_CFURLSessionInterface", "_FoundationCShims",
    "_FoundationCollections", "curl",
  ].map { .linkedLibrary($0, .when(platforms: [.linux], configuration: .release)) }

// The library for C shows its own functions and nothing of the runtime that is inside.
let cLibrary: [LinkerSetting] =
  [
    .unsafeFlags(
      [
        "-static-stdlib", "-Xlinker", "--exclude-libs=ALL", "-Xlinker",
        "--version-script=\(Context.packageDirectory)/Sources/CollapseC/collapse.map",
      ], .when(platforms: [.linux], configuration: .release))
  ]
  + ["_FoundationCShims", "_FoundationCollections"].map {
    .linkedLibrary($0, .when(platforms: [.linux], configuration: .release))
  }

let package = Package(
  name: "Collapse",
  products: [
    .executable(name: "collapse", targets: ["collapse"]),
    .library(name: "NeuralCollapse", targets: ["NeuralCollapse"]),
    .library(name: "Datasets", targets: ["Datasets"]),
    .library(name: "FeatureStore", targets: ["FeatureStore"]),
    .library(name: "Networks", targets: ["Networks"]),
    .library(name: "Training", targets: ["Training"]),
    // Their values and errors stand in the signatures of the rooms above.
    .library(name: "CollapseCore", targets: ["CollapseCore"]),
    .library(name: "Files", targets: ["Files"]),
    .library(name: "Arrays", targets: ["Arrays"]),
    // For C and all that calls it: one file with Swift's runtime inside.
    .library(name: "CollapseC", type: .dynamic, targets: ["CollapseLibrary"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // One C library each, imported by exactly one Swift target.
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate",
      providers: [.apt(["libdeflate-dev"]), .brew(["libdeflate"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    // Debian ships no dnnl.pc: with `pkgConfig:` every build would print a warning.
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),

    // The rooms, lowest first; imports point down only.
    // The one door to the system's C library.
    .target(name: "LibC"),
    .target(name: "CollapseCore", dependencies: ["LibC"]),
    .target(
      name: "Files", dependencies: ["LibC", "CollapseCore", "CZlib", "CDeflate", "CZip", "CCrypto"]),
    // Named arrays of numbers in files of any format.
    .target(name: "Arrays", dependencies: ["LibC", "CollapseCore", "Files", "CHDF5"]),
    .target(
      name: "Datasets",
      dependencies: [
        "LibC", "CollapseCore", "Files", "Arrays", "CPNG", "CTurboJPEG",
      ]),
    // Networks, losses, optimizers and their options as values; how they are computed is Training's.
    .target(name: "Networks", dependencies: ["LibC", "CollapseCore"]),
    // Training's convolutions in C, for the instruction set the processor turns out to have.
    .target(name: "CMaps"),
    .target(
      name: "Training",
      dependencies: ["LibC", "CollapseCore", "Networks", "COneDNN", "CMaps"]),
    // ONNX Runtime by the places in its table; loaded when it is first asked for, never linked.
    .target(name: "COnnxRuntime"),
    .target(name: "GraphRuntime", dependencies: ["LibC", "CollapseCore", "COnnxRuntime"]),
    .target(name: "FeatureStore", dependencies: ["CollapseCore", "Files", "Arrays"]),
    // MPI by a table of functions that an adapter fills, compiled by a site's own mpicc; loaded, never
    // linked.
    .target(name: "CMessages", exclude: ["adapter"]),
    .target(name: "Messages", dependencies: ["LibC", "CollapseCore", "CMessages"]),
    // OpenBLAS and LAPACKE by their headers alone; loaded when the first is called.
    .target(name: "COpenBLAS"),
    // Products for the instruction set the processor turns out to have.
    .target(name: "CProducts"),
    .target(name: "LinearAlgebra", dependencies: ["CollapseCore", "COpenBLAS", "CProducts"]),
    // Closed forms of what papers say of optima.
    .target(name: "Predictions", dependencies: ["LibC", "CollapseCore"]),
    // Clp by the functions that are called; loaded when the first is, never linked.
    .target(name: "CClp"),
    // Models of unconstrained features in double precision, and what minimizes them.
    .target(
      name: "Laboratory",
      dependencies: ["LibC", "CollapseCore", "LinearAlgebra", "Predictions", "CClp"]),
    // Second derivatives of networks in double precision, and what is asked of them.
    .target(
      name: "Curvature", dependencies: ["LibC", "CollapseCore", "LinearAlgebra", "Networks"]),
    // The analysis's row loops in C, for the instruction set the processor turns out to have.
    .target(name: "CRowKernels"),
    .target(
      name: "NeuralCollapse",
      dependencies: ["LibC", "CollapseCore", "LinearAlgebra", "CRowKernels"]),
    // The header of the C interface, and the functions it declares.
    .systemLibrary(name: "CCollapse"),
    .target(
      name: "CollapseC",
      dependencies: ["CCollapse", "CollapseCore", "LinearAlgebra", "NeuralCollapse"],
      exclude: ["collapse.map"]),
    // The same as a file: what is said to the linker here is not said to tests that link CollapseC.
    .target(name: "CollapseLibrary", dependencies: ["CollapseC"], linkerSettings: cLibrary),
    .target(
      name: "Reporting",
      dependencies: [
        "LibC", "CollapseCore", "Files", "NeuralCollapse", "Predictions",
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .target(
      name: "Pipeline",
      dependencies: [
        "LibC", "CollapseCore", "LinearAlgebra", "Files", "Arrays", "Datasets", "Networks",
        "Training", "GraphRuntime", "FeatureStore", "NeuralCollapse", "Reporting", "Predictions",
        "Laboratory", "Messages", "Curvature",
        .product(name: "Yams", package: "Yams"),
      ]),
    .executableTarget(
      name: "collapse",
      dependencies: [
        "LibC", "CollapseCore", "Messages", "Files", "Arrays", "Datasets", "Networks", "Training",
        "FeatureStore", "NeuralCollapse", "Reporting", "Pipeline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], linkerSettings: staticRuntime),

    .target(
      name: "TestSupport", dependencies: ["LibC", "CollapseCore", "Files", "Networks"],
      path: "Tests/TestSupport"),
    .testTarget(name: "CollapseCoreTests", dependencies: ["CollapseCore", "TestSupport"]),
    .testTarget(
      name: "LinearAlgebraTests", dependencies: ["LinearAlgebra", "CollapseCore", "TestSupport"]),
    .testTarget(
      name: "PredictionsTests",
      dependencies: ["Predictions", "LinearAlgebra", "LibC", "CollapseCore"]),
    .testTarget(
      name: "LaboratoryTests",
      dependencies: ["Laboratory", "LinearAlgebra", "Predictions", "LibC", "CollapseCore"]),
    .testTarget(
      name: "CurvatureTests",
      dependencies: ["Curvature", "LinearAlgebra", "Networks", "LibC", "CollapseCore"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "FilesTests", dependencies: ["Files", "LibC", "CollapseCore", "TestSupport"]),
    .testTarget(
      name: "ArraysTests", dependencies: ["Arrays", "Files", "CollapseCore", "TestSupport"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["Datasets", "Arrays", "Files", "LibC", "CollapseCore", "TestSupport"],
      exclude: ["Fixtures", "Goldens"]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "LibC", "CollapseCore", "TestSupport"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "CMaps", "Networks", "LibC", "CollapseCore", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "FeatureStoreTests",
      dependencies: ["FeatureStore", "Arrays", "Files", "LibC", "CollapseCore", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "NeuralCollapseTests",
      dependencies: ["NeuralCollapse", "LibC", "CollapseCore", "TestSupport"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "CollapseCTests",
      dependencies: ["CollapseC", "CCollapse", "CollapseCore", "NeuralCollapse", "Reporting"]),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Reporting", "NeuralCollapse", "Predictions", "Files", "LibC", "CollapseCore",
        "TestSupport",
      ]),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Pipeline", "LibC", "CollapseCore", "Files", "Arrays", "Datasets", "Networks", "Training",
        "FeatureStore", "NeuralCollapse",
        "Reporting", "LinearAlgebra", "Predictions", "Laboratory", "TestSupport",
      ], exclude: ["Fixtures", "Version1"]),
    // Run the built command, which every build makes, and do not link it.
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "FeatureStore", "Arrays", "Files", "CollapseCore", "TestSupport",
      ], exclude: ["Fixtures"]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}

// Named here, these tests alone are built, with what they stand on: a sanitizer is for a few rooms.
if let names = Context.environment["COLLAPSE_TESTS"] {
  var kept = Set(names.split(separator: " ").map(String.init))
  var count = 0
  while kept.count > count {
    count = kept.count
    for target in package.targets where kept.contains(target.name) {
      for case .byNameItem(let name, _) in target.dependencies { kept.insert(name) }
    }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products = []
}
