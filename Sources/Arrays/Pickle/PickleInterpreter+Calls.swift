import CollapseCore

/// What is done here for what a pickle asks to call.
extension PickleInterpreter {
  /// The value of a call: an array or a container where that is known, else an unknown object.
  mutating func result(of callee: PickleValue, _ arguments: [PickleValue]) throws -> PickleValue {
    guard case .global(let global) = callee else { return try object("a call of \(callee.kind)") }
    return try known(global, arguments) ?? object(global.name)
  }

  private mutating func known(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws -> PickleValue? {
    switch global {
    case .orderedDictionary: return try dictionary(ofPairs: arguments)
    case .defaultDictionary: return try dictionary()
    case .counter:
      if case .dictionary? = arguments.first { return arguments[0] }
      return try dictionary()
    case .rebuildTensor: return try tensor(arguments, type: nil)
    case .rebuildTensorWithType:
      return arguments.count >= 7 ? try tensor(arguments, type: arguments[6]) : nil
    case .rebuildParameter:
      if case .tensor? = arguments.first { return arguments[0] }
      return nil
    case .rebuildFromType:
      guard arguments.count >= 3, case .tuple(let index) = arguments[2] else { return nil }
      return try result(of: arguments[0], tuples[index])
    case .size:
      if case .tuple? = arguments.first { return arguments[0] }
      return nil
    case .reconstructArray: return try insert(PickledArray())
    case .arrayFromBuffer: return try array(arguments)
    case .scalar: return scalar(arguments)
    case .elementType:
      guard case .string(let name)? = arguments.first else { return nil }
      return try elementType(name)
    case .encode:
      guard let text = arguments.first else { return nil }
      return bytes(text).map { .bytes($0) }
    case .bytes:
      if arguments.isEmpty { return .bytes(.held([])) }
      return bytes(arguments[0]).map { .bytes($0) }
    case .storage, .tensorType, .other: return nil
    }
  }

  /// The dictionary that a list of pairs makes.
  private mutating func dictionary(ofPairs arguments: [PickleValue]) throws -> PickleValue? {
    let made = try dictionary()
    guard let first = arguments.first else { return made }
    guard case .list(let index) = first, case .dictionary(let place) = made else { return nil }
    for pair in lists[index] {
      let parts: [PickleValue]
      switch pair {
      case .tuple(let index): parts = tuples[index]
      case .list(let index): parts = lists[index]
      default: return nil
      }
      guard parts.count == 2 else { return nil }
      append((parts[0], parts[1]), toDictionary: place)
    }
    return made
  }

  /// A storage by its persistent name: `('storage', type, key, device, count)`, in old files with
  /// a view, `(key, offset, count)`, as the sixth.
  func persistent(_ identifier: PickleValue) throws -> PickleValue {
    guard case .tuple(let index) = identifier, tuples[index].count >= 5,
      case .string("storage") = tuples[index][0],
      case .global(let global) = tuples[index][1],
      case .string(let key) = tuples[index][2],
      case .integer(let count) = tuples[index][4]
    else { throw ArrayFault("a persistent name that is not that of a storage") }
    let element: StorageElement =
      if case .storage(let element) = global { element } else { .other(global.name) }
    var storage = TensorStorage(key: key, element: element, count: count)
    if tuples[index].count > 5, case .tuple(let view) = tuples[index][5], tuples[view].count == 3,
      case .integer(let offset) = tuples[view][1]
    {
      storage.offset = offset
    }
    return .storage(storage)
  }

  /// `(storage, offset, sizes, strides, …)`.
  private mutating func tensor(
    _ arguments: [PickleValue], type: PickleValue?
  ) throws -> PickleValue? {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { return nil }
    var element = storage.element
    if let type {
      guard case .global(let global) = type else { return nil }
      element =
        if case .tensorType(let format) = global { .format(format) } else { .other(global.name) }
    }
    let (start, overflow) = offset.addingReportingOverflow(storage.offset)
    guard !overflow else { return nil }
    return try insert(
      PickledTensor(
        storage: storage, element: element, offset: start, shape: shape, strides: strides))
  }

  /// `(buffer, type, shape, order)`.
  private mutating func array(_ arguments: [PickleValue]) throws -> PickleValue? {
    guard arguments.count == 4, let bytes = bytes(arguments[0]),
      case .elementType(let type) = arguments[1], let shape = integers(arguments[2]),
      case .string(let order) = arguments[3]
    else { return nil }
    return try insert(
      PickledArray(
        descriptor: elementTypes[type], shape: shape, isFortranOrder: order == "F", bytes: bytes))
  }

  /// The number that a type and its bytes are.
  private func scalar(_ arguments: [PickleValue]) -> PickleValue? {
    guard arguments.count == 2, case .elementType(let type) = arguments[0],
      case .held(let bytes)? = bytes(arguments[1]),
      let element = try? NPYHeader.element(elementTypes[type]), bytes.count == element.size
    else { return nil }
    if elementTypes[type].hasSuffix("b1") { return .boolean(bytes[0] != 0) }
    switch element.value(of: bytes) {
    case .some(.integer(let value)): return .integer(value)
    case .some(.double(let value)): return .double(value)
    default: return nil
    }
  }

  // MARK: - Arguments

  /// The integers of a tuple, as a shape is.
  func integers(_ value: PickleValue) -> [Int64]? {
    guard case .tuple(let index) = value, tuples[index].count <= 64 else { return nil }
    var integers: [Int64] = []
    for case .integer(let value) in tuples[index] { integers.append(value) }
    return integers.count == tuples[index].count ? integers : nil
  }

  func bytes(_ value: PickleValue) -> PickledBytes? {
    switch value {
    case .bytes(let bytes): bytes
    case .string(let text): PickledBytes.latin1(text)
    default: nil
    }
  }

  func isTrue(_ value: PickleValue) -> Bool {
    switch value {
    case .boolean(let truth): truth
    case .integer(let number): number != 0
    default: false
    }
  }
}
