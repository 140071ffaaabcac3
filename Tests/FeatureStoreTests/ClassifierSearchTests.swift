import Arrays
import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// W is found by usual names, never guessed among several, and never for a layer before the last.
@Suite struct ClassifierSearchTests {
  let folder = TemporaryFolder()

  static let features: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
  static let labels: [Int64] = [1, 0, 2, 1]

  /// An array of float32, row by row 0, 1, 2, ….
  struct Named: Sendable {
    let name: String
    let shape: [Int]
    var first: Float = 0

    init(_ name: String, _ shape: [Int], first: Float = 0) {
      (self.name, self.shape, self.first) = (name, shape, first)
    }

    var entry: ZipWriter.Entry {
      let values = (0..<shape.reduce(1, *)).map { Float($0) + first }
      return .init("\(name).npy", NPYWriter.file(values, shape))
    }
  }

  private func write(_ arrays: [Named], to name: String = "a.npz", own: Bool = true) -> String {
    let own: [ZipWriter.Entry] =
      own
      ? [
        .init("features.npy", NPYWriter.file(Self.features, [4, 2])),
        .init("labels.npy", NPYWriter.file(Self.labels)),
      ] : []
    return folder.write(ZipWriter(own + arrays.map(\.entry)).bytes, to: name)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let arrays: [Named]
    /// The array that is W, by the first of its numbers; `nil` where there is none.
    var first: Double?
    var hasBias = false
    var warning: String?
  }

  static let found: [Case] = [
    Case(testDescription: "fc", arrays: [.init("fc.weight", [3, 2], first: 5)], first: 5),
    Case(
      testDescription: "a wrapped model",
      arrays: [
        .init("module.conv.weight", [3, 2]), .init("module.fc.weight", [3, 2], first: 5),
        .init("module.fc.bias", [3]),
      ], first: 5, hasBias: true),
    Case(
      testDescription: "a state dictionary",
      arrays: [.init("state_dict.model.head.fc.weight", [3, 2], first: 5)], first: 5),
    Case(
      testDescription: "a convolution over one pixel",
      arrays: [.init("fc.weight", [3, 2, 1, 1], first: 5)], first: 5),
    Case(
      testDescription: "under a name of its own, with a row per class",
      arrays: [.init("backbone.fc.weight", [3, 2], first: 5)], first: 5),
    Case(
      testDescription: "the same under two names",
      arrays: [.init("fc.weight", [3, 2], first: 5), .init("head.weight", [3, 2], first: 5)],
      first: 5),
    Case(
      testDescription: "inside a block, with other rows than classes",
      arrays: [.init("layer4.se.fc.weight", [7, 2])], first: nil),
    Case(
      testDescription: "a weight per sample", arrays: [.init("weights", [4])], first: nil,
      warning: "'weights' of shape 4 is no classifier for 2 features: left out"),
    Case(
      testDescription: "the size of an image", arrays: [.init("W", [])], first: nil,
      warning: "'W' of shape scalar is no classifier for 2 features: left out"),
    Case(
      testDescription: "that of another layer", arrays: [.init("fc.weight", [3, 5])], first: nil,
      warning: "'fc.weight' of shape 3×5 is no classifier for 2 features: left out"),
  ]

  @Test(arguments: found) func whatIsFound(_ found: Case) throws {
    let set = try FeatureSet(write(found.arrays))
    #expect(set.classifier?.weights.elements.first == found.first)
    #expect((set.classifier?.bias != nil) == found.hasBias)
    #expect(set.warnings == (found.warning.map { ["\(set.name): \($0)"] } ?? []))
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let arrays: [Named]
    let problem: String
    var choice = MissingChoice.classifier
  }

  static let refused: [Refusal] = [
    Refusal(
      testDescription: "a model and its average",
      arrays: [
        .init("state_dict.fc.weight", [3, 2]), .init("state_dict_ema.fc.weight", [3, 2], first: 1),
      ],
      problem: "'state_dict.fc.weight' and 'state_dict_ema.fc.weight' may both be the classifier: "
        + "say which"),
    Refusal(
      testDescription: "only a block",
      arrays: [.init("layer4.se.fc.weight", [7, 2]), .init("output.weight", [3, 2])],
      problem: "it has no classifier for features of 2 numbers by a usual name; of that width are "
        + "'layer4.se.fc.weight' 7×2, 'output.weight' 3×2"),
    Refusal(
      testDescription: "nothing of the width", arrays: [.init("other", [9])],
      problem: "it has no classifier for features of 2 numbers by a usual name; it has 'other'"),
  ]

  @Test(arguments: refused) func aFileForTheClassifierIsRefused(_ refused: Refusal) {
    var options = FeatureFileOptions()
    options.classifierFile = write(refused.arrays, to: "model.npz", own: false)
    let path = write([])
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path, options: options) }
    #expect(error?.description == "\(options.classifierFile!): \(refused.problem)")
    #expect(error?.choice == refused.choice)
  }

  @Test func theOtherWayRoundIsSaid() {
    let path = write([.init("fc.weight", [2, 3])])
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(path) }
    #expect(
      error?.problem
        == "expected weights of shape C×2, found 2×3: they are stored the other way round")
    #expect(error?.choice == .transposedWeights)
  }

  /// A square W fits both ways, and nothing in the file tells which: what was taken is said.
  @Test func aSquareClassifierIsTakenAsItStandsAndSaid() throws {
    let path = write([.init("fc.weight", [2, 2], first: 5)])
    let set = try FeatureSet(path)
    #expect(set.classifier?.weights.elements == [5, 6, 7, 8])
    let sentence =
      "\(path): 'fc.weight' has as many rows as columns: W is taken as it stands, a row for each class"
    #expect(set.notes == ["\(path): taken by their names: W 'fc.weight'"])
    #expect(set.warnings == [sentence])
    var options = FeatureFileOptions()
    options.weightsAreTransposed = true
    let turned = try FeatureSet(path, options: options)
    #expect(turned.classifier?.weights.elements == [5, 7, 6, 8])
    #expect(turned.warnings == [])
  }

  @Test func theBiasBesideWeightsIsTaken() throws {
    let path = write([.init("last.weight", [3, 2], first: 5), .init("last.bias", [3], first: 1)])
    var options = FeatureFileOptions()
    options.weights = "last.weight"
    let set = try FeatureSet(path, options: options)
    #expect(set.classifier?.bias == [1, 2, 3])
    #expect(set.notes == ["\(path): taken by their names: b 'last.bias'"])
  }

  /// `fc1` and `fc2` of one width: the classifier fits either, and acts on the last.
  @Test func aChosenHiddenLayerHasNone() throws {
    let path = folder.write(
      ZipWriter(
        [
          Named("layers/fc1", [4, 2], first: 9), Named("layers/fc2", [4, 2]),
          Named("fc.weight", [3, 2]),
        ].map(\.entry) + [.init("labels.npy", NPYWriter.file(Self.labels))]
      ).bytes, to: "layers.npz")
    let all = try FeatureSet(path)
    #expect(all.layers.map { $0.classifier == nil } == [true, false])
    var options = FeatureFileOptions()
    options.features = ["layers/fc1"]
    #expect(try FeatureSet(path, options: options).classifier == nil)
    options.features = ["layers/fc2"]
    #expect(try FeatureSet(path, options: options).classifier != nil)
  }

  /// Nothing says which of two layers is the last: none is taken, and that is said.
  @Test func whatMayActOnTwoActsOnNone() throws {
    let path = write([
      .init("one", [4, 2], first: 3), .init("two", [4, 2], first: 9), .init("fc.weight", [3, 2]),
    ])
    var options = FeatureFileOptions()
    options.features = ["one"]
    let own = try FeatureSet(path, options: options)
    #expect(own.classifier == nil)  // 'features' is the last by its name
    #expect(own.warnings == [])
    let other = folder.write(
      ZipWriter(
        [
          Named("one", [4, 2], first: 3), Named("two", [4, 2], first: 9),
          Named("fc.weight", [3, 2]),
        ].map(\.entry) + [.init("labels.npy", NPYWriter.file(Self.labels))]
      ).bytes, to: "other.npz")
    let set = try FeatureSet(other, options: options)
    #expect(set.classifier == nil)
    #expect(
      set.warnings == [
        "\(other): 'fc.weight' may act on 'one' or on 'two': left out; name it to say that it acts on "
          + "what was chosen"
      ])
  }
}
