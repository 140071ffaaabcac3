import Files
import FoundationEssentials
import TestSupport
import Testing

/// What a user who mistypes or misplaces something is told, and with which code.
struct Mistake: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let arguments: [String]
  let exitCode: Int32
  let expected: String
}

@Suite struct CommandTests {
  let folder = TemporaryFolder()

  @Test(arguments: [
    Mistake(
      testDescription: "no such data set", arguments: ["inspect", "mnits"], exitCode: 66,
      expected:
        "error: mnits: no such file or folder, and no data set of that name; did you mean 'mnist'?"
    ),
    Mistake(
      testDescription: "not fetched yet",
      arguments: ["inspect", "kmnist", "--data-folder", "no-data"], exitCode: 66,
      expected: "error: no-data/kmnist: the data set is not here: run 'collapse fetch kmnist'"),
    Mistake(
      testDescription: "no such feature file", arguments: ["analyze", "no/such.h5"], exitCode: 66,
      expected: "error: cannot read 'no/such.h5': it does not exist"),
    Mistake(
      testDescription: "no file matches", arguments: ["analyze", "no/**/*.h5"], exitCode: 66,
      expected: "error: cannot analyze 'no/**/*.h5': no file matches"),
    Mistake(
      testDescription: "not a feature file", arguments: ["analyze", "README.md"], exitCode: 65,
      expected: "error: README.md"),
    Mistake(
      testDescription: "no such pipeline", arguments: ["run", "no.yaml"], exitCode: 66,
      expected: "error: cannot read 'no.yaml': it does not exist"),
    Mistake(
      testDescription: "mistyped field",
      arguments: ["run", "pipelines/quickstart.yaml", "--set", "training.epoch=3"], exitCode: 64,
      expected:
        "error: --set training.epoch=3: unknown key 'epoch' in training: did you mean 'epochs'?\n"
    ),
    Mistake(
      testDescription: "field of another place",
      arguments: ["run", "pipelines/quickstart.yaml", "--set", "epochs=20"], exitCode: 64,
      expected: "error: --set epochs=20: unknown key 'epochs': did you mean 'training.epochs'?\n"),
    Mistake(
      testDescription: "field of the network, which a paper's experiment has as well",
      arguments: ["run", "pipelines/quickstart.yaml", "--set", "widths=20"], exitCode: 64,
      expected: "error: --set widths=20: unknown key 'widths': did you mean 'network.widths'?\n"),
    Mistake(
      testDescription: "field of a part of the data",
      arguments: ["run", "pipelines/quickstart.yaml", "--set", "perClass=20"], exitCode: 64,
      expected:
        "error: --set perClass=20: unknown key 'perClass': did you mean 'dataset.shaping.perClass'?\n"
    ),
    Mistake(
      testDescription: "no such field to explain", arguments: ["options", "training.epoch"],
      exitCode: 64,
      expected: "error: training.epoch: there is no such field: did you mean 'training.epochs'?\n"),
    Mistake(
      testDescription: "wrong value set",
      arguments: ["run", "pipelines/quickstart.yaml", "--dry-run", "--set", "training.epochs=0"],
      exitCode: 64,
      expected:
        "error: --set training.epochs=0: training.epochs: expected a positive number, found 0\n"),
    Mistake(
      testDescription: "wrong parameter set",
      arguments: ["synthesize", "conic-hull", "--describe", "--set", "dimensoin=3"], exitCode: 64,
      expected: "error: --set dimensoin=3: unknown key 'dimensoin': did you mean 'dimension'?\n"),
    Mistake(
      testDescription: "no such data set to fetch", arguments: ["fetch", "fashon-mnist"],
      exitCode: 64, expected: "error: no data set 'fashon-mnist'; did you mean 'fashion-mnist'?\n"),
    Mistake(
      testDescription: "a format that cannot hold the images",
      arguments: ["convert", "data/sample/idx", "/tmp/none.bin", "--to", "cifar"], exitCode: 65,
      expected: "error: /tmp/none.bin: CIFAR images have shape 3×32×32, found 1×28×28\n"),
    Mistake(
      testDescription: "labels there are not",
      arguments: ["inspect", "data/sample/idx", "--labels", "coarse"], exitCode: 64,
      expected: "error: data/sample/idx: it has no 'coarse' labels to choose; those of CIFAR-100 "
        + "are fine and coarse\n"),
    Mistake(
      testDescription: "negative threads",
      arguments: ["inspect", "data/sample/idx", "--threads", "-1"],
      exitCode: 64, expected: "error: --threads is -1, expected 1 to 1024\n"),
    Mistake(
      testDescription: "no threads", arguments: ["profile", "mlp", "--threads", "0"],
      exitCode: 64, expected: "error: --threads is 0, expected 1 to 1024\n"),
    Mistake(
      testDescription: "no samples in a step", arguments: ["profile", "mlp", "--batch-size", "0"],
      exitCode: 64, expected: "error: --batch-size is 0, expected at least 1\n"),
    Mistake(
      testDescription: "a sample that is no image",
      arguments: ["profile", "mlp", "--input", "784"],
      exitCode: 64, expected: "error: --input is 784, expected channels, height and width\n"),
    Mistake(
      testDescription: "negative number of runs at a time",
      arguments: ["run", "pipelines/quickstart.yaml", "--jobs", "-1"],
      exitCode: 64, expected: "error: --jobs is -1, expected at least 1\n"),
    Mistake(
      testDescription: "negative weight decay",
      arguments: ["analyze", "x.h5", "--weight-decay", "-1"],
      exitCode: 64, expected: "error: --weight-decay is -1.0, expected no negative number\n"),
    Mistake(
      testDescription: "a file in the place of a folder",
      arguments: ["run", "pipelines/quickstart.yaml", "--runs", "README.md", "--quiet"],
      exitCode: 73, expected: "': 'README.md' is a file\n"),
    Mistake(
      testDescription: "cannot write",
      arguments: ["convert", "data/sample/png", "/proc/no/folder", "--to", "idx"], exitCode: 73,
      expected: "error: cannot make the folder '/proc/no'"),
  ]) func mistakes(_ mistake: Mistake) throws {
    let result = try CollapseCommand.run(mistake.arguments)
    #expect(result.exitCode == mistake.exitCode)
    #expect(result.errors.contains(mistake.expected), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test func saysWhichFilesWereWritten() throws {
    let made = try CollapseCommand.run([
      "synthesize", "conic-hull", folder("hull.h5"), "--set", "dimension=8",
    ])
    #expect(made.exitCode == 0, "\(made.errors)")
    let places = made.errors.split(separator: "\n").map { $0.split(separator: " → ").last ?? "" }
    let expected = [
      "drawing the samples of conic-hull", folder("hull.train.h5"), folder("hull.test.h5"),
    ]
    #expect(places == expected.map { Substring($0) })
    #expect(folder.names == ["hull.test.h5", "hull.train.h5"])
  }

  @Test(arguments: ["1x28x28", "1×28×28", "1,28,28"]) func shapesAreWrittenInThreeWays(
    _ shape: String
  ) throws {
    let listed = try CollapseCommand.run(["networks", "mlp", "--input", shape])
    #expect(listed.output.hasPrefix("mlp: input 1×28×28, 10 classes, "), "\(listed.errors)")
  }

  @Test func unknownOptionIsWrongUsage() throws {
    #expect(try CollapseCommand.run(["inspect", "--no-such-option"]).exitCode == 64)
  }

  @Test func inspectCountsTheSample() throws {
    let result = try CollapseCommand.run(["inspect", "data/sample/idx", "--json"])
    #expect(result.exitCode == 0)
    struct Inspection: Decodable {
      struct Split: Decodable {
        let samples: Int
        let countsPerClass: [Int]
      }
      let splits: [Split]
    }
    let inspection = try JSONDecoder().decode(Inspection.self, from: Data(result.output.utf8))
    #expect(inspection.splits.first?.samples == 2000)
    #expect(inspection.splits.first?.countsPerClass == Array(repeating: 200, count: 10))
  }

  @Test func committedSampleIsWhatItsCommandMakes() throws {
    let made = try CollapseCommand.run([
      "synthesize", "glyphs", folder("glyphs"), "--to", "png", "--seed", "1",
      "--set", "trainPerClass=200", "--set", "testPerClass=40", "--quiet",
    ])
    #expect(made.exitCode == 0, "\(made.errors)")
    let committed = CollapseCommand.projectRoot + "/data/sample/png/3"
    let names = try FileManager.default.contentsOfDirectory(atPath: committed)
    #expect(names.count == 40)
    for name in names {
      let one = try Data(contentsOf: URL(filePath: "\(committed)/\(name)"))
      let two = try Data(contentsOf: URL(filePath: folder("glyphs/test/3/\(name)")))
      #expect(one == two, "\(name)")
    }
  }

  @Test(.enabled(if: SharedData.has("data/mnist"), "needs the real MNIST in ../shared"))
  func convertGivesTheOriginalBytesOfMNIST() throws {
    let result = try CollapseCommand.run([
      "convert", SharedData.path("data/mnist"), folder("plain"), "--to", "idx",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let expected = [
      "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
      "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
      "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
      "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    ]
    for (name, sum) in expected {
      let bytes = try Data(contentsOf: URL(filePath: folder("plain/\(name)")))
      let digest = try #require(Digest(.md5))
      digest.update(bytes)
      #expect(digest.digits == sum, "\(name)")
    }
  }

  /// Branches cannot be seen in arrays: one checkpoint or many, the message says what the user can say.
  @Test func structuresThatCannotBeSeenCanBeStated() throws {
    let sizes = [("a.weight", [4, 784]), ("b.weight", [4, 784]), ("c.weight", [10, 8])]
    var (entries, end) = ([String](), 0)
    for (name, shape) in sizes {
      let next = end + 4 * shape.reduce(1, *)
      entries.append(
        "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(end),\(next)]}")
      end = next
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    folder.write(
      length + header + [UInt8](repeating: 0, count: end), to: "branches.safetensors")
    let path = folder("branches.safetensors")
    let refusal =
      "error: cannot tell the network's structure from its arrays: \(path): 'b' takes 784 numbers "
      + "where 4 come (--network FILE states it, where a pipeline can; any other network is read "
      + "from ONNX)\n"
    let options = ["data/sample/idx", "--split", "train", "--preset", "none"]
    let one = try CollapseCommand.run(["import", path] + options)
    #expect(one.exitCode == 65 && one.errors.hasSuffix(refusal), "\(one.errors)")
    let many = try CollapseCommand.run(
      ["measure", path] + options + ["-o", folder("m.csv")])
    #expect(many.exitCode == 65 && many.errors.contains(refusal), "\(many.errors)")
  }

  @Test func dataSetsAreFoundWhereTheEnvironmentSays() throws {
    let folder = TemporaryFolder()
    let sample = CollapseCommand.projectRoot + "/data/sample/idx"
    try FileManager.default.createSymbolicLink(
      atPath: folder("mnist"), withDestinationPath: sample)
    let found = try CollapseCommand.run(
      ["inspect", "mnist"], environment: ["COLLAPSE_DATA": folder.path])
    #expect(found.exitCode == 0, "\(found.errors)")
    let given = try CollapseCommand.run(
      ["inspect", "mnist", "--data-folder", folder("none")],
      environment: ["COLLAPSE_DATA": folder.path])
    #expect(given.exitCode == 66)
  }

  @Test func aProxyIsAskedInPlaceOfTheMirror() throws {
    let (folder, proxy) = (TemporaryFolder(), LoopbackServer())
    let result = try CollapseCommand.run(
      ["fetch", "mnist", "--mirror", "http://mirror.invalid/mnist/"],
      environment: [
        "COLLAPSE_DATA": folder.path, "http_proxy": proxy.address, "no_proxy": "",
      ])
    #expect(result.exitCode != 0)
    #expect(
      proxy.requests.first?.path == "http://mirror.invalid/mnist/train-images-idx3-ubyte.gz")
  }
}
