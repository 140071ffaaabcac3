import CollapseCore
import FeatureStore
import Foundation
import TestSupport
import Testing

/// `collapse curvature` as a user runs it.
@Suite(.serialized) struct CurvatureCommandTests {
  let folder = TemporaryFolder()
  private var checkpoint: String { folder("run/checkpoints/epoch-00001.h5") }

  private func train(_ arguments: [String] = []) throws {
    let result = try CollapseCommand.run(
      [
        "train", "data/sample/idx", folder("run"), "--per-class", "6", "--widths", "5",
        "--epochs", "1", "--batch-size", "20", "--learning-rate", "0.05", "--threads", "1",
      ] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  private func curvature(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(["curvature", checkpoint, "data/sample/idx"] + arguments)
  }

  private let few = [
    "--per-class", "3", "--eigenvalues", "4", "--trace", "12", "--density", "2",
    "--density-steps", "5", "--steps", "40",
  ]

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The same bytes on any number of threads, and as a file.
  @Test func document() throws {
    try train()
    let one = try curvature(few + ["--json", "--threads", "1", "--layer-blocks"])
    #expect(one.exitCode == 0, "\(one.errors)")
    let two = try curvature(few + ["--json", "--threads", "2", "--layer-blocks"])
    #expect(two.output == one.output)
    let document = try object(one.output)
    #expect(document["format"] as? String == "collapse-curvature")
    #expect((document["command"] as? String)?.hasPrefix("collapse curvature ") == true)
    let found = try #require(document["curvature"] as? [String: Any])
    #expect(found["samples"] as? Int == 30)
    #expect(found["epoch"] as? Int == 1)
    #expect(found["loss"] as? String == "crossEntropy")
    #expect(found["statistics"] as? String == "running")
    #expect(found["penalties"] as? Bool == false)
    let spectra = try #require(found["spectra"] as? [[String: Any]])
    #expect(spectra.map { $0["matrix"] as? String } == ["hessian", "gauss-newton"])
    for spectrum in spectra {
      let largest = try #require(spectrum["largest"] as? [[String: Double]])
      let values = largest.compactMap { $0["value"] }
      #expect(values.count == 4)
      #expect(values == values.sorted(by: >))
      #expect((spectrum["smallest"] as? [Any])?.count == 2)
      #expect((spectrum["density"] as? [Any])?.count == 2)
    }
    let parts = try #require(found["decomposition"] as? [String: Any])
    #expect((parts["traces"] as? [Double])?.count == 3)
    #expect((parts["overlap"] as? [String: Double])?.keys.sorted() == ["gauss-newton", "hessian"])
    #expect((found["layers"] as? [Any])?.count == 3)

    let file = folder("curvature.json")
    let written = try curvature(few + ["-o", file, "--threads", "2", "--layer-blocks"])
    #expect(written.exitCode == 0)
    #expect(written.output.isEmpty)
    #expect(written.errors.hasSuffix("30 samples → \(file)\n"))
    let other = try object(try String(contentsOfFile: file, encoding: .utf8))
    #expect(NSDictionary(dictionary: found) == (other["curvature"] as? NSDictionary))
  }

  @Test func summary() throws {
    try train(["--batch-normalization", "none"])
    let result = try curvature(few + ["--matrices", "gauss-newton", "--seed", "3"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(
      result.output.hasPrefix(
        """
        crossEntropy over 30 samples of split train, 3985 parameters
        penalties out, seed 3
        loss 
        """), "\(result.output)")
    for expected in [
      "gauss-newton", "standard", "trace of G0", "trace of G3", "overlap by chance",
    ] { #expect(result.output.contains(expected), "\(expected) in \(result.output)") }
  }

  /// Moments of batches make another matrix, and penalties too.
  @Test func whatIsIn() throws {
    try train(["--weight-decay", "0.5"])
    func value(_ arguments: [String]) throws -> (Double, [String: Any]) {
      let result = try curvature(
        [
          "--per-class", "3", "--matrices", "hessian", "--eigenvalues", "1", "--smallest", "1",
          "--trace", "0", "--density", "0", "--no-decomposition", "--json",
        ] + arguments)
      #expect(result.exitCode == 0, "\(result.errors)")
      let found = try #require(try object(result.output)["curvature"] as? [String: Any])
      let spectra = try #require(found["spectra"] as? [[String: Any]])
      let smallest = try #require(spectra[0]["smallest"] as? [[String: Double]])
      return (try #require(smallest[0]["value"]), found)
    }
    let (plain, _) = try value([])
    let (penalized, record) = try value(["--penalties"])
    #expect(record["penalties"] as? Bool == true)
    #expect(abs(penalized - plain - 0.5) < 1e-3)
    let (batched, batch) = try value(["--statistics", "batch", "--batch-size", "15"])
    #expect(batched != plain)
    #expect(batch["batchSize"] as? Int == 15)
    #expect(batch["statistics"] as? String == "batch")
    let (squared, loss) = try value(["--loss", "meanSquaredError"])
    #expect(squared != plain)
    #expect(loss["loss"] as? String == "meanSquaredError")
  }

  /// What says no, and how.
  @Test func refusals() throws {
    try train()
    func expectRefusal(_ arguments: [String], _ code: Int32, _ message: String) throws {
      let result = try curvature(arguments)
      #expect(result.exitCode == code, "\(arguments)")
      #expect(result.errors == "error: \(message)\n")
      #expect(result.output.isEmpty)
    }
    try expectRefusal(
      ["--trace", "3"], 64, "--trace 3: curvature.trace: expected 0 or at least 6, found 3")
    try expectRefusal(
      ["--batch-size", "5"], 64,
      "--batch-size 5: curvature.batchSize: goes with 'statistics: batch'")
    try expectRefusal(
      ["--tolerance", "-1"], 64,
      "--tolerance -1: curvature.tolerance: expected a positive number, found -1")
    try expectRefusal(
      ["--loss", "supervisedContrastive"], 64,
      "cannot take the curvature of the loss 'supervised_contrastive': it compares the samples of "
        + "a batch with each other, and has no Hessian by logits")
    let missing = try CollapseCommand.run(["curvature", folder("no.h5"), "data/sample/idx"])
    #expect(missing.exitCode == 66)
    let place = try curvature(["-o", folder("no/such/folder/c.json")])
    #expect(place.exitCode == 73)
  }

  /// Losses that Papyan's decomposition is not of are told, and the rest is there.
  @Test func decompositionOfAnotherLoss() throws {
    try train()
    let result = try curvature(few + ["--loss", "meanSquaredError"])
    #expect(result.exitCode == 0)
    let note =
      "note: cannot decompose the Gauss–Newton matrix by classes: it is done for cross-entropy, the "
      + "loss is 'mean_squared_error'\n"
    #expect(result.errors.hasSuffix(note))
  }

  /// The arrays of a perceptron as PyTorch names them have the curvature of our checkpoint.
  @Test func networkOfAnotherFramework() throws {
    try train(["--batch-normalization", "none"])
    let content = try CheckpointFile.read(checkpoint)
    let arrays = content.names.filter { $0.hasPrefix("parameters/") }
    #expect(arrays.count == 4)
    let tensors = zip(arrays, ["1.weight", "1.bias", "3.weight", "3.bias"]).map { own, theirs in
      let tensor = content[own]!
      let bytes = tensor.values.flatMap { value in
        withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
      }
      return (name: theirs, type: "F32", shape: tensor.shape.dimensions, data: bytes)
    }
    let model = folder.write(SafetensorsWriter.file(tensors), to: "model.safetensors")
    let options =
      few + ["--json", "--mean", "0.2", "--std", "0.4", "--statistics", "running", "--no-shaping"]
    let own = try curvature(options)
    #expect(own.exitCode == 0, "\(own.errors)")
    let other = try CollapseCommand.run(
      ["curvature", model, "data/sample/idx", "--trust"] + options)
    #expect(other.exitCode == 0, "\(other.errors)")
    #expect(
      other.errors.contains(
        "note: nothing says what loss the network was trained with: cross-entropy is taken\n"))
    func spectra(_ text: String) throws -> NSArray? {
      (try object(text)["curvature"] as? [String: Any])?["spectra"] as? NSArray
    }
    #expect(try spectra(own.output) != nil)
    #expect(try spectra(own.output) == spectra(other.output))
  }

  @Test func interruption() throws {
    try train()
    let file = folder("never.json")
    let running = try CollapseCommand.start([
      "curvature", checkpoint, "data/sample/idx", "--tolerance", "1e-300", "--steps", "100000",
      "--density", "100000", "-o", file,
    ])
    Thread.sleep(forTimeInterval: 3)
    running.interrupt()
    let result = running.finish()
    #expect(result.exitCode == 130)
    #expect(result.errors.hasSuffix("stopped; nothing was written\n"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: file))
  }
}
