/// What a pickle's stack holds.
///
/// Containers are numbers of places in the interpreter's table and not values inside values: a
/// pickle may nest them a million deep or make one contain itself, and neither must cost a
/// recursion.
enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int64)
  case double(Double)
  case string(String)
  case global(PickleGlobal)
  case storage(TensorStorage)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case tensor(Int)

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .boolean: "a truth value"
    case .integer: "an integer"
    case .double: "a float"
    case .string: "a string"
    case .global(let global): "'\(global.name)'"
    case .storage: "a storage"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .tensor: "a tensor"
    }
  }
}

/// The one thing that code may be named for in a pickle here: rebuilding tensors and the
/// dictionaries they are in. Each is done by this project; no Python exists to run.
enum PickleGlobal: Sendable, Hashable {
  /// An empty dictionary that remembers the order of insertion.
  case orderedDictionary
  /// A tensor from a storage, an offset, sizes and strides.
  case rebuildTensor
  /// The same with the element type beside an untyped storage.
  case rebuildTensorWithType
  /// A tensor that was a parameter.
  case rebuildParameter
  /// A tensor's shape, a tuple.
  case size
  /// The type of a storage; `nil` for bytes without a type.
  case storage(ElementType.Format?)
  /// An element type by itself.
  case elementType(ElementType.Format)

  /// - Returns: `nil` for everything that is not allowed.
  init?(_ module: String, _ name: String) {
    guard let global = PickleGlobal.allowed["\(module).\(name)"] else { return nil }
    self = global
  }

  var name: String { PickleGlobal.allowed.first { $0.value == self }!.key }

  private static let allowed: [String: PickleGlobal] = {
    var table: [String: PickleGlobal] = [
      "collections.OrderedDict": .orderedDictionary,
      "torch._utils._rebuild_tensor_v2": .rebuildTensor,
      "torch._utils._rebuild_tensor_v3": .rebuildTensorWithType,
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch.Size": .size,
      "torch.storage.UntypedStorage": .storage(nil),
    ]
    let storages: [(String, ElementType.Format)] = [
      ("Float", .float32), ("Double", .float64), ("Half", .float16), ("BFloat16", .bfloat16),
      ("Long", .int64), ("Int", .int32), ("Short", .int16), ("Char", .int8), ("Byte", .uint8),
      ("Bool", .uint8),
    ]
    for (name, format) in storages { table["torch.\(name)Storage"] = .storage(format) }
    let types: [(String, ElementType.Format)] = [
      ("float32", .float32), ("float64", .float64), ("float16", .float16),
      ("bfloat16", .bfloat16), ("int64", .int64), ("int32", .int32), ("int16", .int16),
      ("int8", .int8), ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32),
      ("uint64", .uint64), ("bool", .uint8),
    ]
    for (name, format) in types { table["torch.\(name)"] = .elementType(format) }
    return table
  }()
}

/// The bytes a tensor's elements lie in, one entry of the archive.
struct TensorStorage: Sendable, Hashable {
  /// The entry's name under `data/`.
  let key: String
  /// The type of its elements; `nil` for bytes without a type.
  let format: ElementType.Format?
  /// How many elements, or bytes without a type, it says it has.
  let count: Int64
}

/// A view of a storage as an array, as the pickle states it: not checked against anything yet.
struct PickledTensor: Sendable, Hashable {
  let storage: TensorStorage
  let format: ElementType.Format
  /// In elements.
  let offset: Int64
  let shape: [Int64]
  let strides: [Int64]
}
