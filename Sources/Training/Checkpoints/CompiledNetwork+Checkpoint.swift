package import CollapseCore

// Names in a checkpoint: `parameters/features.0/weight`, `statistics/features.1/running_mean`,
// `optimizer/momentum/features.0/weight`.

extension CompiledNetwork {
  /// Adds parameters and running moments to `checkpoint`.
  func save(to checkpoint: inout NamedTensors) throws {
    for (name, tensor) in try parameters() { checkpoint["parameters/\(name)"] = tensor }
    for (name, tensor) in statistics() { checkpoint["statistics/\(name)"] = tensor }
  }

  /// Takes parameters and running moments from `checkpoint`.
  ///
  /// - Throws: ``TrainingError`` of kind `badInput` when one is missing, is there beyond the
  ///   network's, or has another shape.
  func load(_ checkpoint: NamedTensors) throws {
    for parameter in store.parameters {
      let tensor = try checkpoint.expecting("parameters/\(parameter.name)")
      try store.set(parameter, to: tensor, in: store.values)
    }
    for (name, memory) in store.statistics {
      let tensor = try checkpoint.expecting("statistics/\(name)")
      let shape = Shape(memory.layout.dimensions)
      guard tensor.shape == shape else {
        throw TrainingError(
          kind: .badInput, operation: "load 'statistics/\(name)'",
          reason: "expected shape \(shape), found \(tensor.shape)")
      }
      _ = memory.floats.update(fromContentsOf: tensor.values)
    }
    let expected = Set(
      store.parameters.map { "parameters/\($0.name)" }
        + store.statistics.map { "statistics/\($0.name)" })
    for name in checkpoint.names
    where (name.hasPrefix("parameters/") || name.hasPrefix("statistics/"))
      && !expected.contains(name)
    {
      throw TrainingError(
        kind: .badInput, operation: "load '\(name)'", reason: "the network has no such array")
    }
  }
}

extension Optimizer {
  func save(to checkpoint: inout NamedTensors) throws {
    for (moment, values) in moments {
      for parameter in store.parameters {
        checkpoint["optimizer/\(moment)/\(parameter.name)"] =
          try store.tensor(parameter, in: values)
      }
    }
  }

  func load(_ checkpoint: NamedTensors, steps: Int) throws {
    for (moment, values) in moments {
      for parameter in store.parameters {
        let tensor = try checkpoint.expecting("optimizer/\(moment)/\(parameter.name)")
        try store.set(parameter, to: tensor, in: values)
      }
    }
    resume(after: steps)
  }
}

extension NamedTensors {
  /// The tensor called `name`.
  package func expecting(_ name: String) throws -> Tensor {
    guard let tensor = self[name] else {
      throw TrainingError(
        kind: .badInput, operation: "load '\(name)'", reason: "the checkpoint does not have it")
    }
    return tensor
  }
}
