import CollapseCore
import Datasets
import Networks
import Pipeline

/// The fields of a pipeline's `training:`.
enum TrainingScope: FieldScope {
  static let path = "training"
  static var type: any Configurable.Type { TrainingOptions.self }
}

/// The fields of a pipeline's `network:`.
enum NetworkScope: FieldScope {
  static let path = "network"
  static var type: any Configurable.Type { NetworkDescription.self }
}

/// The fields of a pipeline's `curvature:`.
enum CurvatureScope: FieldScope {
  static let path = "curvature"
  static var type: any Configurable.Type { CurvatureOptions.self }
}

/// The fields of a pipeline's `dataset.shaping:`.
enum ShapingScope: FieldScope {
  static let path = "dataset.shaping"
  static var type: any Configurable.Type { Shaping.self }
}
