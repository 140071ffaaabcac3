import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// Pickles that ask for more than tensors, or are damaged, and the sentence each is refused with.
@Suite struct PickleRefusalTests {
  /// An archive whose pickle is the instructions given, after the protocol's.
  static func pickle(_ instructions: [UInt8]) -> [UInt8] {
    PickleWriter.archive(pickle: [0x80, 2] + instructions, storages: []).bytes
  }

  static func pickle(_ instructions: String) -> [UInt8] { pickle(Array(instructions.utf8)) }

  static func features(_ body: (inout PickleWriter) -> Void) -> [UInt8] {
    let pickle = PickleWriter.pickle { writer in
      writer.dictionary {
        $0.string("features")
        body(&$0)
      }
    }
    return PickleWriter.archive(
      pickle: pickle, storages: [[UInt8](repeating: 0, count: 24)]
    ).bytes
  }

  static let entry = "entry 'archive/data.pkl'"

  /// Pickles that are nothing but an object: named, and never made.
  static let objects: [MalformedFile] = [
    .init(
      "a shell", pickle("cos\nsystem\n(X\u{2}\0\0\0idtR."), at: entry, object("os.system")),
    .init(
      "a shell in protocol 4",
      PickleWriter.archive(
        pickle: [0x80, 4, 0x8c, 5] + Array("posix".utf8) + [0x8c, 6] + Array("system".utf8)
          + [0x93, 0x8c, 2] + Array("id".utf8) + [0x85, 0x52, 0x2e], storages: []
      ).bytes, at: entry, object("posix.system")),
    .init(
      "an instance", pickle("(X\u{2}\0\0\0idios\nsystem\n."), at: entry, object("os.system")),
    .init(
      "an old object", pickle("(c__main__\nNet\nK\u{1}o."), at: entry, object("__main__.Net")),
    .init(
      "a new object", pickle(Array("c__main__\nNet\n)".utf8) + [0x81, 0x2e]), at: entry,
      object("__main__.Net")),
    .init(
      "a storage called", pickle("ctorch\nFloatStorage\n)R."), at: entry,
      object("torch.FloatStorage")),
    .init("a string called", pickle("X\u{1}\0\0\0a)R."), at: entry, object("a call of a string")),
    .init("a set", pickle([0x8f, 0x2e]), at: entry, object("set")),
    .init(
      "an extension called", pickle([0x82, 1, 0x29, 0x52, 0x2e]), at: entry, object("an extension")),
    .init(
      "a function of Python", pickle("c__builtin__\neval\n."), at: entry,
      "the pickle holds '__builtin__.eval', expected a dictionary of arrays"),
  ]

  static func object(_ type: String) -> String {
    "the pickle holds an object of '\(type)', which is never made: expected a dictionary of arrays"
  }

  @Test(arguments: objects) func objectsAreNamedAndNeverMade(_ file: MalformedFile) {
    file.expectRefusal("a.pt")
  }

  /// What a pickle holds in place of an array, asked for as one.
  static let unknown: [MalformedFile] = [
    .init(
      "an object", features { $0.raw(Array("cargparse\nNamespace\n)R".utf8)) },
      at: "tensor 'features'",
      "it is an object of 'argparse.Namespace', which is never made: expected numbers"),
    .init(
      "a sparse tensor",
      features { $0.raw(Array("ctorch._utils\n_rebuild_sparse_tensor\n)R".utf8)) },
      at: "tensor 'features'",
      "it is an object of 'torch._utils._rebuild_sparse_tensor', which is never made: expected "
        + "numbers"),
    .init(
      "complex numbers",
      features {
        $0.tensor(
          storage: "ComplexFloatStorage", key: "0", count: 3, shape: [3, 1], strides: [1, 1])
      }, at: "tensor 'features'", "elements of type 'torch.ComplexFloatStorage' are not read"),
    .init(
      "an array of objects",
      features {
        $0.numpy("O8", shape: [3, 2], content: [UInt8](repeating: 0, count: 48))
      }, at: "tensor 'features'",
      "elements of type '<O8', pickled Python objects, which are never loaded: expected real numbers"
    ),
    .init(
      "an array of another size",
      features { $0.numpy("f4", shape: [3, 2], content: [UInt8](repeating: 0, count: 20)) },
      at: "tensor 'features'", "shape [3, 2] of float32 does not fit its 20 bytes"),
    .init(
      "batches of different width",
      features {
        $0.raw([0x5d, 0x28])
        $0.tensor(key: "0", count: 6, shape: [3, 2], strides: [2, 1])
        $0.tensor(key: "0", count: 6, shape: [2, 3], strides: [3, 1])
        $0.raw([0x65])
      }, at: "tensor 'features'",
      "batch 1 is float32 of shape 2×3, the first float32 of shape 3×2"),
  ]

  @Test(arguments: unknown) func whatIsNoArrayIsNamed(_ file: MalformedFile) {
    file.expectRefusal("a.pt")
  }

  static let damaged: [MalformedFile] = [
    .init("nothing", pickle([]), at: "\(entry), byte 2", "a pickle that is cut short"),
    .init("no stop", pickle("}"), at: "\(entry), byte 3", "a pickle that is cut short"),
    .init(
      "cut in a string", pickle("X\u{ff}\0\0\0a"), at: "\(entry), byte 2",
      "a pickle that is cut short"),
    .init(
      "a string longer than any file", pickle([0x8d] + [UInt8](repeating: 0xff, count: 8)),
      at: "\(entry), byte 2", "a pickle that is cut short"),
    .init(
      "a string of negative length", pickle([0x54, 0xff, 0xff, 0xff, 0xff]),
      at: "\(entry), byte 2", "a pickle that is cut short"),
    .init(
      "no UTF-8", pickle([0x8c, 1, 0xff, 0x2e]), at: "\(entry), byte 2",
      "a string that is not UTF-8"),
    .init(
      "an empty stack", pickle("."), at: "\(entry), byte 2",
      "a pickle that takes from an empty stack"),
    .init(
      "taking from below a mark", pickle("}(K\u{1}s."), at: "\(entry), byte 6",
      "a pickle that takes from an empty stack"),
    .init("no mark", pickle("}u."), at: "\(entry), byte 3", "a pickle without an open mark"),
    .init(
      "a value left over", pickle("}}."), at: "\(entry), byte 4",
      "a pickle that ends with values left over"),
    .init(
      "nothing recalled", pickle("h\u{7}."), at: "\(entry), byte 2",
      "a pickle that recalls nothing"),
    .init(
      "a key without value", pickle("}(K\u{1}u."), at: "\(entry), byte 6",
      "a dictionary key without value"),
    .init(
      "a persistent name of another kind", pickle("X\u{1}\0\0\0aQ."), at: "\(entry), byte 8",
      "a persistent name that is not that of a storage"),
    .init(
      "an instruction there is not", pickle([0xff, 0x2e]), at: "\(entry), byte 2",
      "0xff is no pickle instruction of a file of arrays"),
    .init(
      "appending to a number", pickle("K\u{1}K\u{1}a."), at: "\(entry), byte 6",
      "appending to an integer"),
    .init(
      "items of a list", pickle("]K\u{1}K\u{1}s."), at: "\(entry), byte 7",
      "setting items of a list"),
    .init(
      "called with a list", pickle("cos\nsystem\n]R."), at: "\(entry), byte 14",
      "calling 'os.system' with a list"),
    .init(
      "an array with another state", pickle("cnumpy._core.multiarray\n_reconstruct\n)R}b."),
      at: "\(entry), byte 42", "the state of an array that is none"),
    .init(
      "a newer protocol",
      PickleWriter.archive(pickle: [0x80, 6, 0x7d, 0x2e], storages: []).bytes,
      at: "\(entry), byte 0", "pickle protocol 6, expected 0 to 5"),
    .init(
      "a number", pickle("K\u{1}."), at: entry,
      "the pickle holds an integer, expected a dictionary of arrays"),
    .init(
      "a dictionary inside itself", pickle("}q\0X\u{1}\0\0\0ah\0s."), at: entry,
      "dictionaries nested more than 64 deep"),
    .init(
      "a million tuples in each other",
      pickle([0x29] + [UInt8](repeating: 0x85, count: 900_000) + [0x2e]), at: entry,
      "dictionaries nested more than 64 deep"),
    .init(
      "a dictionary twice in each of thirty", pickle(laughs), at: entry,
      "dictionaries that spread out to more than 4000000 values"),
  ]

  /// Thirty dictionaries, each holding the one before under two names.
  static let laughs: [UInt8] = {
    var bytes: [UInt8] = [0x7d, 0x71, 0, 0x30]
    for level in UInt8(0)..<30 {
      bytes += [0x7d, 0x4b, 0, 0x68, level, 0x73, 0x4b, 1, 0x68, level, 0x73]
      bytes += [0x71, level + 1, 0x30]
    }
    return bytes + [0x68, 30, 0x2e]
  }()

  @Test(arguments: damaged) func damageIsNamed(_ file: MalformedFile) {
    file.expectRefusal("a.pt")
  }

  static let tensors: [MalformedFile] = [
    .init(
      "a storage that is not there",
      features { $0.tensor(key: "9", count: 6, shape: [3, 2], strides: [2, 1]) },
      at: "tensor 'features'", "its storage 'archive/data/9' is not in the archive"),
    .init(
      "a storage elsewhere",
      features { $0.tensor(key: "../byteorder", count: 6, shape: [3, 2], strides: [2, 1]) },
      at: "tensor 'features'", "its storage 'archive/data/../byteorder' is not in the archive"),
    .init(
      "a storage of another size",
      features { $0.tensor(key: "0", count: 7, shape: [3, 2], strides: [2, 1]) },
      at: "tensor 'features'",
      "its storage 'archive/data/0' should hold 7 numbers of 4 bytes, found 24 bytes"),
    .init(
      "a shape past its storage",
      features { $0.tensor(key: "0", count: 6, shape: [4, 2], strides: [2, 1]) },
      at: "tensor 'features'",
      "shape 4×2 with strides [2, 1] reaches element 7 of float32, 6 are there"),
    .init(
      "a row repeated without end",
      features { $0.tensor(key: "0", count: 6, shape: [1_000_000_000, 2], strides: [0, 1]) },
      at: "tensor 'features'",
      "shape 1000000000×2 with strides [0, 1] makes 2000000000 elements of the 6 that are there: "
        + "save it contiguously"),
    .init(
      "an offset past its storage",
      features { $0.tensor(key: "0", count: 6, offset: 1, shape: [3, 2], strides: [2, 1]) },
      at: "tensor 'features'",
      "shape 3×2 with strides [2, 1] reaches element 5 of float32, 5 are there"),
    .init(
      "a negative offset",
      features { $0.tensor(key: "0", count: 6, offset: -1, shape: [3, 2], strides: [2, 1]) },
      at: "tensor 'features'", "it starts at element -1 of a storage of 24 bytes"),
    .init(
      "a negative dimension",
      features { $0.tensor(key: "0", count: 6, shape: [-3, 2], strides: [2, 1]) },
      at: "tensor 'features'",
      "shape [-3, 2] has a negative dimension, or too many elements"),
    .init(
      "a negative stride",
      features { $0.tensor(key: "0", count: 6, shape: [3, 2], strides: [-2, 1]) },
      at: "tensor 'features'", "strides [-2, 1] do not fit shape [3, 2]"),
    .init(
      "another number of strides",
      features { $0.tensor(key: "0", count: 6, shape: [3, 2], strides: [1]) },
      at: "tensor 'features'", "strides [1] do not fit shape [3, 2]"),
    .init(
      "two tensors of one name",
      features {
        $0.tensor(key: "0", count: 6, shape: [3, 2], strides: [2, 1])
        $0.string("features")
        $0.tensor(key: "0", count: 6, shape: [3, 2], strides: [2, 1])
      }, at: "tensor 'features'", "two arrays are called so"),
  ]

  @Test(arguments: tensors) func tensorIsRefused(_ file: MalformedFile) {
    file.expectRefusal("a.pt")
  }
}
