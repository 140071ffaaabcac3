import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// Files of the versions that were ever written, kept as they were: they are read for ever.
@Suite struct FormatVersionTests {
  @Test func featuresOfVersion1() throws {
    let set = try FeatureSet(H5pyFiles.fixture("collapse-features-1.h5"))
    #expect(set.layers.map(\.name) == ["features.2", "features.5"])
    #expect(set.layers.map(\.rows.columnCount) == [6, 5])
    #expect(set.layers.map { $0.classifier?.dimension } == [nil, 5])
    // Sums by h5py and NumPy.
    for (layer, sum) in zip(set.layers, [30.463983211666346, 9.766036075074226]) {
      #expect(abs(try layer.rows.doubles(0..<24).reduce(0, +) - sum) < 1e-12)
    }
    #expect(try set.labels.all() == (0..<24).map { $0 % 3 })
    #expect(try set.sampleIndices?.all() == (0..<24).map { $0 })
    #expect(set.classifier?.bias?.first == -0.011695623397827148)
    #expect(set.metadata.facts.network == "mlp-6-5")
    #expect(set.metadata.epoch == 2)
    #expect(set.metadata.classNames == ["0", "1", "2"])
    #expect(set.metadata.trainAccuracy == 1.0 / 3)
    #expect(set.notes == [] && set.warnings == [])
  }

  @Test func checkpointOfVersion1() throws {
    let content = try CheckpointFile.read(H5pyFiles.fixture("collapse-checkpoint-1.h5"))
    #expect(content.count == 24)
    #expect(content.names.first == "parameters/features.0/weight")
    #expect(content["parameters/features.0/weight"]?.shape == [6, 4])
    #expect(content["statistics/features.1/running_var"]?.values.first == 0.8148959)
    #expect(content.attributes["epoch"] == .integer(2))
    #expect(content.attributes["version"] == .integer(1))
  }
}
