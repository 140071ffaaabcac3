package import CollapseCore

// Names in a checkpoint: `parameters/features.0/weight`, `statistics/features.1/running_mean`,
// `optimizer/momentum/features.0/weight`.

extension CompiledNetwork {
  /// Adds parameters and running moments to `checkpoint`.
  package func save(to checkpoint: inout NamedTensors) throws {
    for (name, tensor) in try parameters() { checkpoint["parameters/\(name)"] = tensor }
    for (name, tensor) in statistics() { checkpoint["statistics/\(name)"] = tensor }
  }

  /// Takes parameters and running moments from `checkpoint`.
  ///
  /// - Throws: ``TrainingError`` of kind `badInput` when one is missing, is there beyond the
  ///   network's, or has another shape.
  package func load(_ checkpoint: NamedTensors) throws {
    defer { store.noteChange() }
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

extension CompiledNetwork {
  /// Takes what `arrays` has, by the names of a checkpoint or without their first part, with a slash or
  /// a point before the last: `parameters/features.0/weight`, `features.0.weight`. Moments of an
  /// optimizer are passed over.
  ///
  /// - Returns: the names of the parameters that it lacks.
  /// - Throws: ``TrainingError`` of kind `badInput` for an array that the network does not have, or not
  ///   in that shape, and where there is none.
  func begin(with arrays: NamedTensors) throws -> [String] {
    defer { store.noteChange() }
    var wanted: [String: (name: String, set: (Tensor) throws -> Void)] = [:]
    for parameter in store.parameters {
      wanted[Self.plainName("parameters/\(parameter.name)")] = (
        parameter.name, { [store] in try store.set(parameter, to: $0, in: store.values) }
      )
    }
    for (name, memory) in store.statistics {
      let shape = Shape(memory.layout.dimensions)
      wanted[Self.plainName("statistics/\(name)")] = (
        name,
        { tensor in
          guard tensor.shape == shape else {
            throw TrainingError(
              kind: .badInput, operation: "load '\(name)'",
              reason: "expected shape \(shape), found \(tensor.shape)")
          }
          _ = memory.floats.update(fromContentsOf: tensor.values)
        }
      )
    }
    var taken: Set<String> = []
    for name in arrays.names where !name.hasPrefix("optimizer/") {
      guard let place = wanted[Self.plainName(name)], let tensor = arrays[name] else {
        throw TrainingError(
          kind: .badInput, operation: "begin with '\(name)'",
          reason: "the network has no such array; it has "
            + store.parameters.map(\.name).joined(separator: ", "))
      }
      guard taken.insert(place.name).inserted else {
        throw TrainingError(
          kind: .badInput, operation: "begin with '\(name)'",
          reason: "'\(place.name)' is there by two names")
      }
      try place.set(tensor)
    }
    guard !taken.isEmpty else {
      throw TrainingError(
        kind: .badInput, operation: "begin with arrays of a file", reason: "it has none")
    }
    return store.parameters.map(\.name).filter { !taken.contains($0) }
  }

  private static func plainName(_ name: String) -> String {
    let first = ["parameters/", "statistics/"].first { name.hasPrefix($0) }
    return String(name.dropFirst(first?.count ?? 0)).replacing("/", with: ".")
  }
}

extension Optimizer {
  package func save(to checkpoint: inout NamedTensors) throws {
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
