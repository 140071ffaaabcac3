/// What a pickle names by module and name. What is done for it is done by this project; no Python
/// exists to run.
enum PickleGlobal: Sendable, Hashable {
  /// A dictionary that remembers the order of insertion.
  case orderedDictionary
  /// A dictionary that makes what is missing.
  case defaultDictionary
  /// A dictionary of counts.
  case counter
  /// A tensor from a storage, an offset, sizes and strides.
  case rebuildTensor
  /// The same with the element type beside an untyped storage.
  case rebuildTensorWithType
  /// A tensor that was a parameter.
  case rebuildParameter
  /// A tensor with attributes of its own, by the function that makes the plain one.
  case rebuildFromType
  /// A tensor's shape, a tuple.
  case size
  /// The type of a storage.
  case storage(StorageElement)
  /// An element type of PyTorch by itself.
  case tensorType(ElementType.Format)
  /// An empty NumPy array, whose state follows.
  case reconstructArray
  /// A NumPy array from a buffer, a type, a shape and an order.
  case arrayFromBuffer
  /// A NumPy scalar from a type and its bytes.
  case scalar
  /// A NumPy element type.
  case elementType
  /// Text to bytes.
  case encode
  /// Bytes, or a byte array, of bytes.
  case bytes
  /// Anything else: `argparse.Namespace`.
  case other(String)

  init(_ module: String, _ name: String) {
    let full = "\(module).\(name)"
    // NumPy 2 moved its core.
    let key = full.hasPrefix("numpy._core.") ? "numpy.core." + full.dropFirst(12) : full
    self = PickleGlobal.known[key] ?? .other(full)
  }

  var name: String {
    if case .other(let name) = self { return name }
    return PickleGlobal.known.filter { $0.value == self }.keys.min() ?? "?"
  }

  private static let known: [String: PickleGlobal] = {
    var table: [String: PickleGlobal] = [
      "collections.OrderedDict": .orderedDictionary,
      "collections.defaultdict": .defaultDictionary,
      "collections.Counter": .counter,
      "torch._utils._rebuild_tensor": .rebuildTensor,
      "torch._utils._rebuild_tensor_v2": .rebuildTensor,
      "torch._utils._rebuild_tensor_v3": .rebuildTensorWithType,
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
      "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
      "torch.Size": .size,
      "torch.storage.UntypedStorage": .storage(.untyped),
      "torch.storage._UntypedStorage": .storage(.untyped),
      "numpy.core.multiarray._reconstruct": .reconstructArray,
      "numpy.core.numeric._frombuffer": .arrayFromBuffer,
      "numpy.core.multiarray.scalar": .scalar,
      "numpy.dtype": .elementType,
      "_codecs.encode": .encode,
      "__builtin__.bytes": .bytes, "builtins.bytes": .bytes,
      "__builtin__.bytearray": .bytes, "builtins.bytearray": .bytes,
    ]
    let storages: [(String, ElementType.Format)] = [
      ("Float", .float32), ("Double", .float64), ("Half", .float16), ("BFloat16", .bfloat16),
      ("Long", .int64), ("Int", .int32), ("Short", .int16), ("Char", .int8), ("Byte", .uint8),
      ("Bool", .uint8),
    ]
    for (name, format) in storages {
      table["torch.\(name)Storage"] = .storage(.format(format))
      table["torch.cuda.\(name)Storage"] = .storage(.format(format))
    }
    for name in ["ComplexFloat", "ComplexDouble", "QInt8", "QUInt8", "QInt32", "QUInt4x2"] {
      table["torch.\(name)Storage"] = .storage(.other("torch.\(name)Storage"))
    }
    let types: [(String, ElementType.Format)] = [
      ("float32", .float32), ("float64", .float64), ("float16", .float16),
      ("bfloat16", .bfloat16), ("int64", .int64), ("int32", .int32), ("int16", .int16),
      ("int8", .int8), ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32),
      ("uint64", .uint64), ("bool", .uint8),
    ]
    for (name, format) in types { table["torch.\(name)"] = .tensorType(format) }
    return table
  }()
}
