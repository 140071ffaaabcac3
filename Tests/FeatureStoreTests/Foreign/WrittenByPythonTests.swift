import Arrays
import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// Every array NumPy and safetensors write, of any type and order, reads back as the numbers it
/// was made of.
@Suite(.enabled("needs Python with NumPy", { ForeignPython.numpy.isAvailable }))
struct WrittenByPythonTests {
  let folder = TemporaryFolder()

  static let types = [
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8",
    "uint16", "uint32", "uint64", "bool", ">f2", ">f4", ">f8", ">i2", ">i4", ">u8",
  ]

  /// Element i of each array is i mod 50, or i mod 2 of truth values; all types hold it exactly.
  private static let script = """
    import sys, os, numpy as np, ml_dtypes
    from safetensors.numpy import save_file
    os.chdir(sys.argv[1])
    labels = np.arange(1000, dtype=np.int32) % 7
    for name in sys.argv[2:]:
        dtype = ml_dtypes.bfloat16 if name == "bfloat16" else np.dtype(name)
        numbers = np.arange(5000) % (2 if name == "bool" else 50)
        rows = numbers.reshape(1000, 5).astype(dtype)
        file = name.replace(">", "big-")
        np.save(file + "-C.npy", rows)
        np.save(file + "-F.npy", np.asfortranarray(rows))
        np.savez(file + "-stored.npz", features=rows, labels=labels)
        np.savez_compressed(file + "-deflated.npz", features=np.asfortranarray(rows), labels=labels)
        if not name.startswith(">"):
            save_file({"labels": labels, "features": rows}, file + ".safetensors",
                      metadata={"epoch": "12", "weight_decay": "0.0005", "split": "test"})
    """

  @Test func everyTypeInEveryFile() throws {
    _ = try ForeignPython.numpy.run(Self.script, [folder.path] + Self.types)
    for type in Self.types {
      let expected = (0..<5000).map { Double($0 % (type == "bool" ? 2 : 50)) }
      let name = type.replacing(">", with: "big-")
      var options = FeatureFileOptions()
      options.uint16Meaning = .integer
      options.requiresLabels = false
      for suffix in ["-C.npy", "-F.npy", "-stored.npz", "-deflated.npz", ".safetensors"] {
        if type.hasPrefix(">") && suffix == ".safetensors" { continue }
        let file = try FeatureSet(folder(name + suffix), options: options)
        let rows = file.layers[0].rows
        #expect(rows.rowCount == 1000 && rows.columnCount == 5)
        #expect(try rows.doubles(0..<1000) == expected, "\(name + suffix)")
        #expect(try rows.doubles(3..<5) == Array(expected[15..<25]), "\(name + suffix)")
        if suffix.hasSuffix("z") || suffix == ".safetensors" {
          #expect(try file.labels.all() == (0..<1000).map { $0 % 7 })
        }
        if suffix == ".safetensors" {
          #expect(file.metadata.epoch == 12)
          #expect(file.metadata.facts.weightDecay == 0.0005)
          #expect(file.metadata.split == "test")
        }
      }
    }
  }

  /// An archive whose members need more memory than is spent on them goes through the disk.
  @Test func largeCompressedMember() throws {
    let script = """
      import sys, numpy as np
      rows = (np.arange(100_000 * 64) % 251).astype(np.float32).reshape(100_000, 64)
      np.savez_compressed(sys.argv[1], features=rows, labels=np.arange(100_000) % 10)
      """
    _ = try ForeignPython.numpy.run(script, [folder("large.npz")])
    let file = try FeatureSet(folder("large.npz"))
    for first in [0, 50_000, 99_990] {
      let expected = (first * 64..<(first + 10) * 64).map { Float($0 % 251) }
      #expect(try file.layers[0].rows.floats(first..<first + 10) == expected)
    }
  }

  @Test func objectArraysAreNeverLoaded() throws {
    let script = """
      import sys, numpy as np
      np.savez(sys.argv[1], features=np.array([{"a": 1}, None], dtype=object), labels=[0, 1])
      """
    _ = try ForeignPython.numpy.run(script, [folder("objects.npz")])
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSet(folder("objects.npz"))
    }
    #expect(
      error?.description
        == "\(folder("objects.npz")), array 'features': elements of type '|O', pickled Python "
        + "objects, which are never loaded: expected real numbers")
  }
}
