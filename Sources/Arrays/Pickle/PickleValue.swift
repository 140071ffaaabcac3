/// What a pickle's stack holds.
///
/// Containers are numbers of places in the interpreter's tables and not values inside values: a
/// pickle may nest them a million deep or make one contain itself, and neither must cost a
/// recursion.
enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int64)
  case double(Double)
  case string(String)
  case bytes(PickledBytes)
  case global(PickleGlobal)
  case storage(TensorStorage)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case tensor(Int)
  /// A NumPy array.
  case array(Int)
  /// A NumPy element type.
  case elementType(Int)
  /// Something that is neither understood nor needed, and was not made.
  case object(Int)

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .boolean: "a truth value"
    case .integer: "an integer"
    case .double: "a float"
    case .string: "a string"
    case .bytes: "bytes"
    case .global(let global): "'\(global.name)'"
    case .storage: "a storage"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .tensor: "a tensor"
    case .array: "an array"
    case .elementType: "an element type"
    case .object: "an object"
    }
  }
}

/// Bytes in a pickle, held only where they are few.
enum PickledBytes: Sendable, Hashable {
  case held([UInt8])
  /// Where they are.
  case range(Range<Int>)
  /// Where the UTF-8 text is whose characters are the bytes: before protocol 3 a pickle has no
  /// bytes, and Python 3 writes them as text of Latin-1.
  case latin1(Range<Int>)

  /// The bytes of a short text of Latin-1; `nil` where a character is none.
  static func latin1(_ text: String) -> PickledBytes? {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    return .held(bytes)
  }
}

/// The bytes a tensor's elements lie in: one entry of an archive, or one block of an old file.
struct TensorStorage: Sendable, Hashable {
  /// Its name: that of the entry under `data/`, for instance.
  let key: String
  /// The type of its elements.
  let element: StorageElement
  /// How many elements, or bytes without a type, it says it has.
  let count: Int64
  /// Where in the named storage it starts, in elements: old files have views of storages.
  var offset: Int64 = 0
}

/// The type of a storage's elements.
enum StorageElement: Sendable, Hashable {
  case format(ElementType.Format)
  /// Bytes; a tensor says what they are.
  case untyped
  /// One that is not read: complex numbers, quantized ones.
  case other(String)
}

/// A view of a storage as an array, as the pickle states it: not checked against anything yet.
struct PickledTensor: Sendable, Hashable {
  let storage: TensorStorage
  /// The type of its elements, or the name of one that is not read.
  let element: StorageElement
  /// In elements.
  let offset: Int64
  let shape: [Int64]
  let strides: [Int64]
}

/// A NumPy array as the pickle states it: not checked against anything yet.
struct PickledArray: Sendable, Hashable {
  /// What NumPy calls the type, its byte order included: `<f4`.
  var descriptor = ""
  var shape: [Int64] = []
  var isFortranOrder = false
  /// `nil` until its state has come, and where that is no block of bytes.
  var bytes: PickledBytes?
}

/// An object of a class that is not known here: never made, its parts kept as plain values.
struct PickledObject: Sendable {
  /// `argparse.Namespace`.
  let type: String
  /// What the pickle would set its attributes to.
  var state: PickleValue?
  /// The items it would hold, where it is a kind of dictionary: a place among the dictionaries.
  var items: Int?
}
