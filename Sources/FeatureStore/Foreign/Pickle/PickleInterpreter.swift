import CollapseCore

/// Reads a pickle of tensors without being a pickle machine: of the instructions of protocols 2
/// to 5 only those that build plain values are known, of all the code a pickle may name only
/// what ``PickleGlobal`` lists, and both are done here. Nothing else is ever called, imported or
/// run; a pickle that asks for more is refused with the name of what it asked for.
struct PickleInterpreter {
  private let bytes: [UInt8]
  private var cursor = ByteCursor()
  private var stack: [PickleValue] = []
  /// Heights of the stack at the marks that are open.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  private(set) var tuples: [[PickleValue]] = []
  private(set) var lists: [[PickleValue]] = []
  /// Keys and values in the order they were set.
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private(set) var tensors: [PickledTensor] = []

  /// Enough for a hundred thousand tensors.
  static let longest = 16 << 20
  private static let mostContainers = 1 << 20

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Runs to the end and returns the value the pickle holds.
  ///
  /// - Throws: ``PickleFault`` with the byte of the instruction at fault.
  mutating func load() throws(PickleFault) -> PickleValue {
    while true {
      let start = cursor.offset
      do {
        if let value = try step() { return value }
      } catch let fault as ArrayFault {
        throw PickleFault(offset: start, problem: fault.problem)
      } catch {
        throw PickleFault(offset: start, problem: "a pickle that is cut short")
      }
    }
  }

  /// One instruction; the value at the end.
  private mutating func step() throws -> PickleValue? {
    let code = try integer(UInt8.self)
    switch code {
    case 0x80:  // PROTO
      let version = try integer(UInt8.self)
      guard 2...5 ~= version else {
        throw ArrayFault("pickle protocol \(version), expected 2 to 5")
      }
    case 0x95: _ = try skip(8)  // FRAME, for readers of streams
    case UInt8(ascii: "."):  // STOP
      let value = try pop()
      guard stack.isEmpty, marks.isEmpty else {
        throw ArrayFault("a pickle that ends with values left over")
      }
      return value
    case UInt8(ascii: "("): marks.append(stack.count)  // MARK
    case UInt8(ascii: "0"): _ = try pop()  // POP
    case UInt8(ascii: "1"): _ = try popToMark()  // POP_MARK
    case UInt8(ascii: "2"): stack.append(try top())  // DUP
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))
    case 0x89: stack.append(.boolean(false))
    case UInt8(ascii: "J"): stack.append(.integer(Int64(try integer(Int32.self))))  // BININT
    case UInt8(ascii: "K"): stack.append(.integer(Int64(try integer(UInt8.self))))  // BININT1
    case UInt8(ascii: "M"): stack.append(.integer(Int64(try integer(UInt16.self))))  // BININT2
    case 0x8a: stack.append(.integer(try long(Int(try integer(UInt8.self)))))  // LONG1
    case UInt8(ascii: "G"):  // BINFLOAT, the one big-endian field
      let bits = try integer(UInt64.self).byteSwapped
      stack.append(.double(Double(bitPattern: bits)))
    case 0x8c: stack.append(.string(try string(Int(try integer(UInt8.self)))))
    case UInt8(ascii: "X"): stack.append(.string(try string(Int(try integer(UInt32.self)))))
    case 0x8d: stack.append(.string(try string(Int(clamping: try integer(UInt64.self)))))
    // Strings of Python 2: SHORT_BINSTRING, BINSTRING.
    case UInt8(ascii: "U"): stack.append(.string(try string(Int(try integer(UInt8.self)))))
    case UInt8(ascii: "T"): stack.append(.string(try string(Int(try integer(Int32.self)))))
    case UInt8(ascii: ")"): stack.append(try tuple([]))
    case 0x85: stack.append(try tuple(try pop(1)))
    case 0x86: stack.append(try tuple(try pop(2)))
    case 0x87: stack.append(try tuple(try pop(3)))
    case UInt8(ascii: "t"): stack.append(try tuple(try popToMark()))
    case UInt8(ascii: "]"): stack.append(try list([]))
    case UInt8(ascii: "l"): stack.append(try list(try popToMark()))
    case UInt8(ascii: "a"): try append(try pop(1))
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): stack.append(try dictionary())
    case UInt8(ascii: "d"):
      let items = try popToMark()
      stack.append(try dictionary())
      try set(items)
    case UInt8(ascii: "s"): try set(try pop(2))
    case UInt8(ascii: "u"): try set(try popToMark())
    case UInt8(ascii: "q"): memo[Int(try integer(UInt8.self))] = try top()
    case UInt8(ascii: "r"): memo[Int(try integer(UInt32.self))] = try top()
    case 0x94: memo[memo.count] = try top()  // MEMOIZE
    case UInt8(ascii: "h"): stack.append(try recall(Int(try integer(UInt8.self))))
    case UInt8(ascii: "j"): stack.append(try recall(Int(try integer(UInt32.self))))
    case UInt8(ascii: "c"):  // GLOBAL
      let module = try line()
      stack.append(try global(module, try line()))
    case 0x93:  // STACK_GLOBAL
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw ArrayFault("a global named by \(names[0].kind) and \(names[1].kind)")
      }
      stack.append(try global(module, name))
    case UInt8(ascii: "i"):  // INST: a global called at once
      let module = try line()
      throw ArrayFault("global '\(module).\(try line())' is not allowed to be called by INST")
    case UInt8(ascii: "Q"): stack.append(try storage(try pop()))  // BINPERSID
    case UInt8(ascii: "R"): try reduce()
    case UInt8(ascii: "b"):  // BUILD
      _ = try pop()
      // The attributes of a state dictionary, its versions, are beside the tensors.
      guard case .dictionary = try top() else {
        throw ArrayFault("setting the state of \(try top().kind) is not allowed")
      }
    default:
      let shown = String(code, radix: 16)
      throw ArrayFault("pickle instruction 0x\(shown) is not allowed, it builds no tensor")
    }
    return nil
  }

  // MARK: - Stack

  /// Below an open mark nothing may be taken.
  private var floor: Int { marks.last ?? 0 }

  private func top() throws -> PickleValue {
    guard stack.count > floor else { throw ArrayFault("a pickle that takes from an empty stack") }
    return stack[stack.count - 1]
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - floor >= count else {
      throw ArrayFault("a pickle that takes from an empty stack")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw ArrayFault("a pickle without an open mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private func recall(_ index: Int) throws -> PickleValue {
    guard let value = memo[index] else { throw ArrayFault("a pickle that recalls nothing") }
    return value
  }

  // MARK: - Arguments

  private mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws -> T {
    var ahead = cursor
    defer { cursor = ahead }
    return try ahead.readLittleEndian(T.self, in: bytes.span.bytes)
  }

  private mutating func skip(_ count: Int) throws -> Range<Int> {
    var ahead = cursor
    defer { cursor = ahead }
    return try ahead.skip(count, in: bytes.span.bytes)
  }

  /// A two's-complement integer of `count` bytes.
  private mutating func long(_ count: Int) throws -> Int64 {
    let range = try skip(count)
    guard count <= 8 else { throw ArrayFault("an integer of \(count) bytes") }
    let bits = bytes[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let unused = 64 - 8 * count
    return unused == 64 ? 0 : Int64(bitPattern: bits << unused) >> unused
  }

  private mutating func string(_ count: Int) throws -> String {
    let range = try skip(count)
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw ArrayFault("a string that is not UTF-8")
    }
    return text
  }

  /// Text up to the end of the line.
  private mutating func line() throws -> String {
    guard let end = bytes[cursor.offset...].prefix(1024).firstIndex(of: 0x0a) else {
      throw ArrayFault("a name that does not end")
    }
    let text = try string(end - cursor.offset)
    _ = try skip(1)
    return text
  }

  // MARK: - Containers

  private func room() throws {
    guard tuples.count + lists.count + dictionaries.count + tensors.count < Self.mostContainers
    else { throw ArrayFault("a pickle of more than \(Self.mostContainers) containers") }
  }

  private mutating func tuple(_ values: [PickleValue]) throws -> PickleValue {
    try room()
    tuples.append(values)
    return .tuple(tuples.count - 1)
  }

  private mutating func list(_ values: [PickleValue]) throws -> PickleValue {
    try room()
    lists.append(values)
    return .list(lists.count - 1)
  }

  private mutating func dictionary() throws -> PickleValue {
    try room()
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  private mutating func append(_ values: [PickleValue]) throws {
    guard case .list(let index) = try top() else {
      throw ArrayFault("appending to \(try top().kind) is not allowed")
    }
    lists[index].append(contentsOf: values)
  }

  private mutating func set(_ items: [PickleValue]) throws {
    guard case .dictionary(let index) = try top() else {
      throw ArrayFault("setting items of \(try top().kind) is not allowed")
    }
    guard items.count.isMultiple(of: 2) else { throw ArrayFault("a dictionary key without value") }
    for item in stride(from: 0, to: items.count, by: 2) {
      dictionaries[index].append((items[item], items[item + 1]))
    }
  }
}

// MARK: - Tensors

extension PickleInterpreter {
  private func global(_ module: String, _ name: String) throws -> PickleValue {
    guard let global = PickleGlobal(module, name) else {
      throw ArrayFault("global '\(module).\(name)' is not allowed")
    }
    return .global(global)
  }

  /// A storage by its persistent name: `('storage', type, key, device, count)`.
  private func storage(_ identifier: PickleValue) throws -> PickleValue {
    guard case .tuple(let index) = identifier, tuples[index].count == 5,
      case .string("storage") = tuples[index][0],
      case .global(.storage(let format)) = tuples[index][1],
      case .string(let key) = tuples[index][2],
      case .integer(let count) = tuples[index][4]
    else { throw ArrayFault("a persistent name that is not that of a storage") }
    return .storage(TensorStorage(key: key, format: format, count: count))
  }

  /// Calls one of the allowed globals.
  private mutating func reduce() throws {
    let operands = try pop(2)
    guard case .global(let global) = operands[0], case .tuple(let index) = operands[1] else {
      throw ArrayFault("calling \(operands[0].kind) is not allowed")
    }
    let arguments = tuples[index]
    let result: PickleValue? =
      switch global {
      case .orderedDictionary where arguments.isEmpty: try dictionary()
      case .rebuildTensor: try tensor(arguments, type: nil)
      case .rebuildTensorWithType:
        arguments.count >= 7 ? try tensor(arguments, type: arguments[6]) : nil
      case .rebuildParameter: if case .tensor? = arguments.first { arguments[0] } else { nil }
      case .size: if case .tuple? = arguments.first { arguments[0] } else { nil }
      case .storage, .elementType, .orderedDictionary: nil
      }
    guard let result else {
      throw ArrayFault("calling '\(global.name)' with these \(arguments.count) arguments")
    }
    stack.append(result)
  }

  /// `(storage, offset, sizes, strides, …)`.
  private mutating func tensor(
    _ arguments: [PickleValue], type: PickleValue?
  ) throws -> PickleValue? {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { return nil }
    var format = storage.format
    if let type {
      guard case .global(.elementType(let stated)) = type else { return nil }
      format = stated
    }
    guard let format else { return nil }
    try room()
    tensors.append(
      PickledTensor(
        storage: storage, format: format, offset: offset, shape: shape, strides: strides))
    return .tensor(tensors.count - 1)
  }

  private func integers(_ value: PickleValue) -> [Int64]? {
    guard case .tuple(let index) = value, tuples[index].count <= 64 else { return nil }
    var integers: [Int64] = []
    for case .integer(let value) in tuples[index] { integers.append(value) }
    return integers.count == tuples[index].count ? integers : nil
  }
}

/// A pickle that is damaged, or asks for what is not allowed.
struct PickleFault: Error {
  /// The byte of the instruction.
  let offset: Int
  let problem: String
}
