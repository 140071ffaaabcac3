import COneDNN
import CollapseCore
import Networks

/// One trained array: its values, and their gradient in the same layout.
final class Parameter {
  /// `features.0/weight`.
  let name: String
  let description: LayerParameter
  /// Whether the layer is the classifier.
  let isClassifier: Bool
  let values: Memory
  let gradients: Memory

  init(name: String, description: LayerParameter, isClassifier: Bool, layout: Layout) throws {
    self.name = name
    self.description = description
    self.isClassifier = isClassifier
    values = try Memory(unbound: layout)
    gradients = try Memory(unbound: layout)
  }

  /// Whether it keeps its values.
  var isFixed: Bool { description.fixedValues != nil }
  var layout: Layout { values.layout }
  /// `features.0`.
  var layer: String { String(name.dropLast(description.name.count + 1)) }
  /// Where the parameter lies in the store's flat arrays, in floats; set by `settle`.
  fileprivate(set) var range = 0..<0
}

/// All trained arrays of a network, one after another in one flat buffer, so an optimizer's step
/// is one sweep. Plans of several batch sizes share one store.
///
/// Each array keeps the layout the first plan chose, padding included: padding has gradient zero
/// and starts as zero, and every optimizer here leaves it there.
final class ParameterStore {
  private(set) var parameters: [Parameter] = []
  private var byName: [String: Parameter] = [:]
  /// Running moments by name, in the order of the layers; plain vectors.
  private(set) var statistics: [(name: String, values: Memory)] = []
  private(set) var values = AlignedBuffer(byteCount: 0)
  private(set) var gradients = AlignedBuffer(byteCount: 0)
  private var isSettled = false
  /// Another one when parameters or running moments may have changed.
  private(set) var revision = 0

  /// Says that parameters or running moments have changed.
  func noteChange() { revision += 1 }

  func existing(_ name: String) -> Parameter? { byName[name] }

  func declare(
    _ name: String, _ description: LayerParameter, isClassifier: Bool, layout: Layout
  ) throws -> Parameter {
    precondition(!isSettled && byName[name] == nil, "parameter \(name) declared twice")
    let parameter = try Parameter(
      name: name, description: description, isClassifier: isClassifier, layout: layout)
    parameters.append(parameter)
    byName[name] = parameter
    return parameter
  }

  /// The running moment called `name`, made on first use.
  func statistic(_ name: String, _ description: LayerStatistic) throws -> Memory {
    if let found = statistics.first(where: { $0.name == name }) { return found.values }
    let memory = try Memory(.plain([description.count]))
    memory.floats.update(repeating: description.initial)
    statistics.append((name, memory))
    return memory
  }

  /// Allocates the flat buffers and places every array in them; once, after the first plan.
  ///
  /// - Parameter trainable: whether gradients are needed.
  func settle(trainable: Bool) throws {
    guard !isSettled else { return }
    isSettled = true
    var size = 0
    for parameter in parameters {
      let alignment = AlignedBuffer.alignment
      let next = size + (parameter.layout.byteCount + alignment - 1) / alignment * alignment
      parameter.range = size / 4..<next / 4
      size = next
    }
    values = AlignedBuffer(byteCount: size)
    if trainable { gradients = AlignedBuffer(byteCount: size) }
    for parameter in parameters {
      try parameter.values.bind(to: values, offset: parameter.range.lowerBound * 4)
      if trainable {
        try parameter.gradients.bind(to: gradients, offset: parameter.range.lowerBound * 4)
      }
    }
  }

  /// Whether every parameter and every running moment is a finite number.
  var isFinite: Bool {
    values.floats.allSatisfy(\.isFinite)
      && statistics.allSatisfy { $0.values.isFinite }
  }

  /// Floats in the flat buffers, padding included.
  var flatCount: Int { parameters.last?.range.upperBound ?? 0 }

  /// Reads a parameter, or its part of another flat buffer of the same arrangement (gradients,
  /// an optimizer's moments), as a plain array.
  func tensor(_ parameter: Parameter, in buffer: AlignedBuffer) throws -> Tensor {
    let shape = parameter.description.shape
    let stored = try Memory(unbound: parameter.layout)
    try stored.bind(to: buffer, offset: parameter.range.lowerBound * 4)
    let plain = try Memory(.plain(shape.dimensions))
    try Reorder.run(from: stored, to: plain)
    return Tensor(shape: shape, values: Array(plain.floats.prefix(shape.elementCount)))
  }

  /// The opposite of ``tensor(_:in:)``.
  ///
  /// - Throws: when `tensor` has another shape than the parameter.
  func set(_ parameter: Parameter, to tensor: Tensor, in buffer: AlignedBuffer) throws {
    guard tensor.shape == parameter.description.shape else {
      throw TrainingError(
        kind: .badInput, operation: "load '\(parameter.name)'",
        reason: "expected shape \(parameter.description.shape), found \(tensor.shape)")
    }
    let plain = try Memory(.plain(tensor.shape.dimensions))
    _ = plain.floats.update(fromContentsOf: tensor.values)
    noteChange()
    let stored = try Memory(unbound: parameter.layout)
    try stored.bind(to: buffer, offset: parameter.range.lowerBound * 4)
    try Reorder.run(from: plain, to: stored)
  }
}

/// Copies between layouts.
enum Reorder {
  static func descriptor(
    from source: Layout, to destination: Layout, accumulates: Bool = false
  ) throws -> PrimitiveDescriptor {
    try PrimitiveDescriptor(
      "reorder \(Shape(source.dimensions))", .init(accumulates: accumulates)
    ) {
      conednn_reorder($0, $1, source.handle, destination.handle)
    }
  }

  /// A copy for use in a plan.
  ///
  /// - Parameter accumulates: whether it is added to what the destination holds.
  static func primitive(
    from source: Memory, to destination: Memory, accumulates: Bool = false,
    scratchpad: Scratchpad
  ) throws -> Primitive {
    try Primitive(
      descriptor(from: source.layout, to: destination.layout, accumulates: accumulates),
      [DNNL_ARG_FROM: source, DNNL_ARG_TO: destination], scratchpad: scratchpad)
  }

  /// A copy made once.
  static func run(from source: Memory, to destination: Memory) throws {
    let scratchpad = Scratchpad()
    let copy = try primitive(from: source, to: destination, scratchpad: scratchpad)
    try scratchpad.settle()
    try copy.execute(on: Stream())
  }
}
