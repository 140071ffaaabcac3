import CollapseCore
import Files

/// Reads a pickle of arrays without being a pickle machine: the instructions build plain values,
/// what a pickle asks to call is done here where it makes an array or a dictionary
/// (``PickleGlobal``), and is kept as an unknown object everywhere else. Nothing is ever called,
/// imported or run.
struct PickleInterpreter {
  private var input: PickleBytes
  private var stack: [PickleValue] = []
  /// Heights of the stack at the marks that are open.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var instructions = 0

  private(set) var tuples: [[PickleValue]] = []
  private(set) var lists: [[PickleValue]] = []
  /// Keys and values in the order they were set.
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private(set) var tensors: [PickledTensor] = []
  private(set) var arrays: [PickledArray] = []
  private(set) var elementTypes: [String] = []
  private(set) var objects: [PickledObject] = []

  private static let mostInstructions = 1 << 26
  private static let mostContainers = 1 << 20
  private static let deepestStack = 1 << 22
  /// Longer texts are no names.
  private static let longestText = 64 << 10

  init(_ bytes: RandomAccessBytes, from offset: Int = 0) {
    input = PickleBytes(bytes, from: offset)
  }

  /// Where the pickle ended.
  var end: Int { input.offset }

  /// Runs to the end and returns the value the pickle holds.
  ///
  /// - Throws: ``PickleFault`` with the byte of the instruction at fault, `FileError`.
  mutating func load() throws -> PickleValue {
    while true {
      let start = input.offset
      do {
        if let value = try step() { return value }
      } catch let fault as ArrayFault {
        throw PickleFault(offset: start, problem: fault.problem)
      } catch is PickleBytes.End {
        throw PickleFault(offset: start, problem: "a pickle that is cut short")
      }
    }
  }

  /// One instruction; the value at the end.
  private mutating func step() throws -> PickleValue? {
    instructions += 1
    guard instructions <= Self.mostInstructions, stack.count <= Self.deepestStack,
      marks.count <= Self.mostContainers, memo.count <= Self.deepestStack
    else { throw ArrayFault("a pickle of more instructions than any file of arrays needs") }
    let code = try input.byte()
    switch code {
    case 0x80:  // PROTO
      let version = try input.byte()
      guard version <= 5 else { throw ArrayFault("pickle protocol \(version), expected 0 to 5") }
    case 0x95: _ = try input.skip(8)  // FRAME, for readers of streams
    case UInt8(ascii: "."):  // STOP
      let value = try pop()
      guard stack.isEmpty, marks.isEmpty else {
        throw ArrayFault("a pickle that ends with values left over")
      }
      return value
    case UInt8(ascii: "("): marks.append(stack.count)  // MARK
    case UInt8(ascii: "0"):  // POP, also of a mark
      if stack.count == floor, !marks.isEmpty { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()  // POP_MARK
    case UInt8(ascii: "2"): stack.append(try top())  // DUP
    case UInt8(ascii: "N"), 0x88, 0x89, UInt8(ascii: "J"), UInt8(ascii: "K"), UInt8(ascii: "M"),
      0x8a, 0x8b, UInt8(ascii: "G"), UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "F"):
      stack.append(try number(code))
    case 0x8c, UInt8(ascii: "X"), 0x8d, UInt8(ascii: "U"), UInt8(ascii: "T"), UInt8(ascii: "V"),
      UInt8(ascii: "S"), UInt8(ascii: "C"), UInt8(ascii: "B"), 0x8e, 0x96:
      stack.append(try text(code))
    case UInt8(ascii: "q"), UInt8(ascii: "r"), UInt8(ascii: "p"), 0x94, UInt8(ascii: "h"),
      UInt8(ascii: "j"), UInt8(ascii: "g"):
      try remember(code)
    case UInt8(ascii: "c"):  // GLOBAL
      let module = try line()
      stack.append(.global(PickleGlobal(module, try line())))
    case 0x93:  // STACK_GLOBAL
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw ArrayFault("a global named by \(names[0].kind) and \(names[1].kind)")
      }
      stack.append(.global(PickleGlobal(module, name)))
    case 0x82, 0x83, 0x84:  // EXT: a global by a number that means something elsewhere
      _ = try input.skip(code == 0x82 ? 1 : code == 0x83 ? 2 : 4)
      stack.append(.global(.other("an extension")))
    case UInt8(ascii: "Q"): stack.append(try persistent(try pop()))  // BINPERSID
    case UInt8(ascii: "P"): stack.append(try persistent(.string(try line())))  // PERSID
    case UInt8(ascii: "R"), 0x81, 0x92, UInt8(ascii: "i"), UInt8(ascii: "o"): try make(code)
    case UInt8(ascii: "b"): try build(try pop())
    default: try container(code)
    }
    return nil
  }

  /// The instructions that make tuples, lists, dictionaries and sets, and fill them.
  private mutating func container(_ code: UInt8) throws {
    switch code {
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
    case 0x8f: stack.append(try object("set"))
    case 0x90: try append(try popToMark())  // ADDITEMS
    case 0x91:  // FROZENSET
      _ = try popToMark()
      stack.append(try object("frozenset"))
    default:
      throw ArrayFault(
        "0x\(String(code, radix: 16)) is no pickle instruction of a file of arrays")
    }
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

  private mutating func remember(_ code: UInt8) throws {
    switch code {
    case 0x94: memo[memo.count] = try top()  // MEMOIZE
    case UInt8(ascii: "q"): memo[Int(try input.byte())] = try top()
    case UInt8(ascii: "r"): memo[Int(try input.integer(UInt32.self))] = try top()
    case UInt8(ascii: "p"): memo[try decimal()] = try top()
    default:
      let place: Int =
        switch code {
        case UInt8(ascii: "h"): Int(try input.byte())
        case UInt8(ascii: "j"): Int(try input.integer(UInt32.self))
        default: try decimal()
        }
      guard let value = memo[place] else { throw ArrayFault("a pickle that recalls nothing") }
      stack.append(value)
    }
  }

  // MARK: - Plain values

  private mutating func number(_ code: UInt8) throws -> PickleValue {
    switch code {
    case 0x88: return .boolean(true)
    case 0x89: return .boolean(false)
    case UInt8(ascii: "J"): return .integer(Int64(try input.integer(Int32.self)))
    case UInt8(ascii: "K"): return .integer(Int64(try input.byte()))
    case UInt8(ascii: "M"): return .integer(Int64(try input.integer(UInt16.self)))
    case 0x8a: return try long(Int(try input.byte()))
    case 0x8b: return try long(Int(try input.integer(Int32.self)))
    case UInt8(ascii: "G"):  // BINFLOAT, the one big-endian field
      return .double(Double(bitPattern: try input.integer(UInt64.self).byteSwapped))
    case UInt8(ascii: "N"): return .none
    default:
      // INT, LONG and FLOAT, written out.
      let text = try line()
      if code == UInt8(ascii: "I"), text == "00" || text == "01" { return .boolean(text == "01") }
      let digits = text.hasSuffix("L") ? String(text.dropLast()) : text
      if code != UInt8(ascii: "F"), let value = Int64(digits) { return .integer(value) }
      guard let value = Double(digits) else { throw ArrayFault("'\(text)' is no number") }
      return code == UInt8(ascii: "F") ? .double(value) : try object("int")
    }
  }

  /// A two's-complement integer of `count` bytes; one of more than 64 bits is kept unknown.
  private mutating func long(_ count: Int) throws -> PickleValue {
    guard 0...8 ~= count else {
      _ = try input.skip(count)
      return try object("int")
    }
    let bits = try input.bytes(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let unused = 64 - 8 * count
    return .integer(unused == 64 ? 0 : Int64(bitPattern: bits << unused) >> unused)
  }

  private mutating func text(_ code: UInt8) throws -> PickleValue {
    if code == UInt8(ascii: "V") || code == UInt8(ascii: "S") {  // UNICODE, STRING
      let text = try line()
      let isQuoted = code == UInt8(ascii: "S") && text.count > 1 && text.first == text.last
      return .string(isQuoted ? String(text.dropFirst().dropLast()) : text)
    }
    let count: Int =
      switch code {
      case 0x8c, UInt8(ascii: "U"), UInt8(ascii: "C"): Int(try input.byte())
      case UInt8(ascii: "X"), UInt8(ascii: "B"): Int(try input.integer(UInt32.self))
      case UInt8(ascii: "T"): Int(try input.integer(Int32.self))
      default: Int(clamping: try input.integer(UInt64.self))
      }
    let isText = [0x8c, UInt8(ascii: "X"), 0x8d].contains(code)
    guard count <= Self.longestText else {
      let range = try input.skip(count)
      return .bytes(isText ? .latin1(range) : .range(range))
    }
    let bytes = try input.bytes(count)
    if isText || code == UInt8(ascii: "U") || code == UInt8(ascii: "T") {
      if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
      // Python 2's strings are bytes.
      if isText { throw ArrayFault("a string that is not UTF-8") }
    }
    return .bytes(.held(bytes))
  }

  private mutating func line() throws -> String {
    guard let text = String(validating: try input.line(), as: UTF8.self) else {
      throw ArrayFault("a line that is not UTF-8")
    }
    return text
  }

  private mutating func decimal() throws -> Int {
    guard let value = Int(try line()), value >= 0 else {
      throw ArrayFault("a place in the memo that is no number")
    }
    return value
  }
}

// MARK: - Containers

extension PickleInterpreter {
  private func room() throws {
    guard
      tuples.count + lists.count + dictionaries.count + tensors.count + arrays.count
        + elementTypes.count + objects.count < Self.mostContainers
    else { throw ArrayFault("a pickle of more than \(Self.mostContainers) containers") }
  }

  mutating func tuple(_ values: [PickleValue]) throws -> PickleValue {
    try room()
    tuples.append(values)
    return .tuple(tuples.count - 1)
  }

  mutating func list(_ values: [PickleValue]) throws -> PickleValue {
    try room()
    lists.append(values)
    return .list(lists.count - 1)
  }

  mutating func dictionary() throws -> PickleValue {
    try room()
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func object(_ type: String) throws -> PickleValue {
    try room()
    objects.append(PickledObject(type: type))
    return .object(objects.count - 1)
  }

  mutating func insert(_ tensor: PickledTensor) throws -> PickleValue {
    try room()
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  mutating func insert(_ array: PickledArray) throws -> PickleValue {
    try room()
    arrays.append(array)
    return .array(arrays.count - 1)
  }

  mutating func elementType(_ descriptor: String) throws -> PickleValue {
    try room()
    elementTypes.append(descriptor)
    return .elementType(elementTypes.count - 1)
  }

  private mutating func append(_ values: [PickleValue]) throws {
    switch try top() {
    case .list(let index): lists[index].append(contentsOf: values)
    case .object: break  // a set, or a list of a class of its own
    default: throw ArrayFault("appending to \(try top().kind)")
    }
  }

  mutating func set(_ items: [PickleValue]) throws {
    guard items.count.isMultiple(of: 2) else { throw ArrayFault("a dictionary key without value") }
    let place: Int
    switch try top() {
    case .dictionary(let index): place = index
    case .object(let index):
      if objects[index].items == nil, case .dictionary(let made) = try dictionary() {
        objects[index].items = made
      }
      place = objects[index].items!
    default: throw ArrayFault("setting items of \(try top().kind)")
    }
    for item in stride(from: 0, to: items.count, by: 2) {
      dictionaries[place].append((items[item], items[item + 1]))
    }
  }

  mutating func append(
    _ item: (key: PickleValue, value: PickleValue), toDictionary place: Int
  ) { dictionaries[place].append(item) }

  /// NEWOBJ, REDUCE and their kin: what is called, with its arguments.
  private mutating func make(_ code: UInt8) throws {
    var callee: PickleValue
    var arguments: [PickleValue]
    switch code {
    case UInt8(ascii: "i"):  // INST: named in the instruction, arguments from a mark on
      let module = try line()
      callee = .global(PickleGlobal(module, try line()))
      arguments = try popToMark()
    case UInt8(ascii: "o"):  // OBJ: both from a mark on
      arguments = try popToMark()
      guard !arguments.isEmpty else { throw ArrayFault("an object of no class") }
      callee = arguments.removeFirst()
    default:
      if code == 0x92 { _ = try pop() }  // NEWOBJ_EX: arguments by name
      let operands = try pop(2)
      callee = operands[0]
      guard case .tuple(let index) = operands[1] else {
        throw ArrayFault("calling \(callee.kind) with \(operands[1].kind)")
      }
      arguments = tuples[index]
    }
    stack.append(try result(of: callee, arguments))
  }

  /// BUILD: the state of what is on top of the stack.
  private mutating func build(_ state: PickleValue) throws {
    switch try top() {
    case .array(let index): try setState(ofArray: index, state)
    case .elementType(let index): setState(ofType: index, state)
    case .object(let index): objects[index].state = state
    // The attributes of a state dictionary, its versions, are beside the tensors.
    default: break
    }
  }

  private mutating func setState(ofArray index: Int, _ state: PickleValue) throws {
    // (version, shape, type, is Fortran order, bytes)
    guard case .tuple(let place) = state, tuples[place].count == 5,
      let shape = integers(tuples[place][1]), case .elementType(let type) = tuples[place][2]
    else { throw ArrayFault("the state of an array that is none") }
    arrays[index].shape = shape
    arrays[index].descriptor = elementTypes[type]
    arrays[index].isFortranOrder = isTrue(tuples[place][3])
    arrays[index].bytes = bytes(tuples[place][4])
  }

  private mutating func setState(ofType index: Int, _ state: PickleValue) {
    // (version, byte order, …)
    guard case .tuple(let place) = state, tuples[place].count > 1,
      case .string(let order) = tuples[place][1], order == "<" || order == ">"
    else { return }
    elementTypes[index] = order + elementTypes[index]
  }
}
