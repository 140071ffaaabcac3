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

  static let disallowed: [MalformedFile] = [
    .init(
      "a shell", pickle("cos\nsystem\n(X\u{2}\0\0\0idtR."), at: "\(entry), byte 2",
      "global 'os.system' is not allowed"),
    .init(
      "a shell in protocol 4",
      PickleWriter.archive(
        pickle: [0x80, 4, 0x8c, 5] + Array("posix".utf8) + [0x8c, 6] + Array("system".utf8)
          + [0x93, 0x8c, 2] + Array("id".utf8) + [0x85, 0x52, 0x2e], storages: []
      ).bytes, at: "\(entry), byte 17", "global 'posix.system' is not allowed"),
    .init(
      "a function of Python", pickle("c__builtin__\neval\n."), at: "\(entry), byte 2",
      "global '__builtin__.eval' is not allowed"),
    .init(
      "another function of torch", pickle("ctorch._utils\n_rebuild_sparse_tensor\n."),
      at: "\(entry), byte 2", "global 'torch._utils._rebuild_sparse_tensor' is not allowed"),
    .init(
      "a NumPy array", pickle("cnumpy._core.multiarray\n_reconstruct\n."), at: "\(entry), byte 2",
      "global 'numpy._core.multiarray._reconstruct' is not allowed"),
    .init(
      "a class of its own", pickle("c__main__\nNet\n)\u{81}."), at: "\(entry), byte 2",
      "global '__main__.Net' is not allowed"),
    .init(
      "an instance", pickle("(X\u{2}\0\0\0idios\nsystem\n."), at: "\(entry), byte 10",
      "global 'os.system' is not allowed to be called by INST"),
    .init(
      "an object", pickle("(ccollections\nOrderedDict\no."), at: "\(entry), byte 28",
      "pickle instruction 0x6f is not allowed, it builds no tensor"),
    .init(
      "a new object", pickle(Array("ccollections\nOrderedDict\n)".utf8) + [0x81, 0x2e]),
      at: "\(entry), byte 28", "pickle instruction 0x81 is not allowed, it builds no tensor"),
    .init(
      "an extension", pickle([0x82, 1, 0x2e]), at: "\(entry), byte 2",
      "pickle instruction 0x82 is not allowed, it builds no tensor"),
    .init(
      "a set", pickle([0x8f, 0x2e]), at: "\(entry), byte 2",
      "pickle instruction 0x8f is not allowed, it builds no tensor"),
    .init(
      "a text integer", pickle("I1\n."), at: "\(entry), byte 2",
      "pickle instruction 0x49 is not allowed, it builds no tensor"),
    .init(
      "a string called", pickle("X\u{1}\0\0\0a)R."), at: "\(entry), byte 9",
      "calling a string is not allowed"),
    .init(
      "a storage called", pickle("ctorch\nFloatStorage\n)R."), at: "\(entry), byte 23",
      "calling 'torch.FloatStorage' with these 0 arguments"),
    .init(
      "a dictionary from arguments", pickle("ccollections\nOrderedDict\n(K\u{1}tR."),
      at: "\(entry), byte 31", "calling 'collections.OrderedDict' with these 1 arguments"),
    .init(
      "the state of a list", pickle("]}b."), at: "\(entry), byte 4",
      "setting the state of a list is not allowed"),
    .init(
      "a persistent name of another kind", pickle("X\u{1}\0\0\0aQ."), at: "\(entry), byte 8",
      "a persistent name that is not that of a storage"),
  ]

  @Test(arguments: disallowed) func codeIsRefusedByName(_ file: MalformedFile) {
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
      "a list as key", pickle("}(]K\u{1}u."), at: entry,
      "a list as a dictionary key, expected a string"),
    .init(
      "an integer of 9 bytes", pickle([0x8a, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x2e]),
      at: "\(entry), byte 2", "an integer of 9 bytes"),
    .init(
      "a newer protocol",
      PickleWriter.archive(pickle: [0x80, 6, 0x7d, 0x2e], storages: []).bytes,
      at: "\(entry), byte 0", "pickle protocol 6, expected 2 to 5"),
    .init(
      "a number", pickle("K\u{1}."), at: entry,
      "the pickle holds an integer, expected a dictionary of tensors"),
    .init(
      "a dictionary inside itself", pickle("}q\0X\u{1}\0\0\0ah\0s."), at: entry,
      "dictionaries nested more than 32 deep"),
    .init(
      "a million tuples in each other",
      pickle([0x29] + [UInt8](repeating: 0x85, count: 900_000) + [0x2e]), at: entry,
      "dictionaries nested more than 32 deep"),
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
      }, at: entry, "two tensors are named 'features'"),
  ]

  @Test(arguments: tensors) func tensorIsRefused(_ file: MalformedFile) {
    file.expectRefusal("a.pt")
  }
}
