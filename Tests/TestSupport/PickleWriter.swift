/// Pickles of protocol 2 made instruction by instruction, as `torch.save` makes them and as it
/// never would.
public struct PickleWriter: Sendable {
  public private(set) var bytes: [UInt8] = [0x80, 2]

  public init() {}

  /// Adds instructions as they are.
  public mutating func raw(_ instructions: [UInt8]) { bytes += instructions }

  public mutating func string(_ text: String) {
    raw([UInt8(ascii: "X")] + LittleEndian.bytes([UInt32(text.utf8.count)]) + Array(text.utf8))
  }

  public mutating func integer(_ value: Int) {
    raw([UInt8(ascii: "J")] + LittleEndian.bytes([Int32(value)]))
  }

  public mutating func tuple(_ values: [Int]) {
    raw([UInt8(ascii: "(")])
    for value in values { integer(value) }
    raw([UInt8(ascii: "t")])
  }

  public mutating func global(_ module: String, _ name: String) {
    raw(Array("c\(module)\n\(name)\n".utf8))
  }

  /// `collections.OrderedDict()`.
  public mutating func orderedDictionary() {
    global("collections", "OrderedDict")
    raw(Array(")R".utf8))
  }

  /// A tensor on the storage `key`, as `torch._utils._rebuild_tensor_v2` is asked for it.
  public mutating func tensor(
    storage: String = "FloatStorage", key: String, count: Int, offset: Int = 0, shape: [Int],
    strides: [Int], hasView: Bool = false
  ) {
    global("torch._utils", "_rebuild_tensor_v2")
    raw(Array("((".utf8))
    string("storage")
    global("torch", storage)
    string(key)
    string("cpu")
    integer(count)
    // Old files say whether the storage is a view of another.
    raw(Array((hasView ? "NtQ" : "tQ").utf8))
    integer(offset)
    tuple(shape)
    tuple(strides)
    raw([0x89])
    orderedDictionary()
    raw(Array("tR".utf8))
  }

  /// A NumPy array, as protocol 2 has it: its bytes are text of Latin-1.
  public mutating func numpy(_ type: String, shape: [Int], fortran: Bool = false, content: [UInt8])
  {
    global("numpy._core.multiarray", "_reconstruct")
    global("numpy", "ndarray")
    raw([UInt8(ascii: "K"), 0, 0x85])
    latin1([UInt8(ascii: "b")])
    raw([0x87, UInt8(ascii: "R"), UInt8(ascii: "("), UInt8(ascii: "K"), 1])
    tuple(shape)
    global("numpy", "dtype")
    string(type)
    raw([0x89, 0x88, 0x87, UInt8(ascii: "R"), UInt8(ascii: "("), UInt8(ascii: "K"), 3])
    string("<")
    raw(Array("NNN".utf8))
    integer(-1)
    integer(-1)
    raw([UInt8(ascii: "K"), 0] + Array("tb".utf8) + [fortran ? 0x88 : 0x89])
    latin1(content)
    raw(Array("tb".utf8))
  }

  /// Bytes before protocol 3: `_codecs.encode(text, 'latin1')`.
  public mutating func latin1(_ bytes: [UInt8]) {
    global("_codecs", "encode")
    string(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
    string("latin1")
    raw([0x86, UInt8(ascii: "R")])
  }

  /// A dictionary whose items `body` writes, key and value by turns.
  public mutating func dictionary(_ body: (inout PickleWriter) -> Void) {
    raw(Array("}(".utf8))
    body(&self)
    raw([UInt8(ascii: "u")])
  }

  /// The whole of a pickle that `body` writes the value of.
  public static func pickle(_ body: (inout PickleWriter) -> Void) -> [UInt8] {
    var writer = PickleWriter()
    body(&writer)
    return writer.bytes + [UInt8(ascii: ".")]
  }

  /// A file as `torch.save` writes it.
  public static func archive(pickle: [UInt8], storages: [[UInt8]]) -> ZipWriter {
    ZipWriter(
      [.init("archive/data.pkl", pickle), .init("archive/byteorder", Array("little".utf8))]
        + storages.enumerated().map { .init("archive/data/\($0)", $1) })
  }
}
