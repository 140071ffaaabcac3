import Arrays
import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// What `torch.save` writes, of any type and layout, reads back as the numbers it was made of;
/// what is not tensors is refused by name.
@Suite(
  .enabled("needs COLLAPSE_TEST_PYTORCH=1, which installs PyTorch") {
    ForeignPython.torch?.isAvailable == true
  })
struct WrittenByTorchTests {
  let folder = TemporaryFolder()

  private static let script = """
    import sys, os, argparse, torch
    os.chdir(sys.argv[1])
    labels = torch.arange(1000) % 7
    model = torch.nn.Sequential(torch.nn.Linear(5, 5), torch.nn.Linear(5, 7))
    with torch.no_grad():
        model[1].weight.copy_((torch.arange(35) % 50).reshape(7, 5))
        model[1].bias.copy_(torch.arange(7))
    for name in ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64",
                 "uint8", "uint16", "uint32", "uint64"]:
        rows = (torch.arange(5000) % 50).reshape(1000, 5).to(getattr(torch, name))
        torch.save({"features": rows, "labels": labels}, name + ".pt")
    rows = (torch.arange(5000) % 50).reshape(1000, 5).float()
    wide = torch.zeros(1000, 20); wide[:, 3:13:2] = rows
    layouts = {
        "transposed": rows.t().contiguous().t(),
        "columns": wide[:, 3:13:2],
        "every-second-row": rows.repeat_interleave(2, dim=0)[::2],
        "parameter": torch.nn.Parameter(rows),
        "list": rows,
    }
    for name, view in layouts.items():
        torch.save({"features": view, "labels": labels.tolist() if name == "list" else labels,
                    "epoch": 3, "weight_decay": 5e-4, "class_names": list("abcdefg")},
                   name + ".pt")
    for protocol in [2, 3, 4, 5]:
        torch.save({"features": rows, "labels": labels}, f"protocol{protocol}.pt",
                   pickle_protocol=protocol)
    maps = (torch.arange(6000) % 50).float().reshape(50, 5, 4, 6)
    torch.save({"features": maps.to(memory_format=torch.channels_last), "labels": labels[:50]},
               "maps.pt")
    torch.save({"features": rows, "labels": labels, "state_dict": model.state_dict()}, "model.pt")
    torch.save(rows, "tensor.pt")
    torch.save(labels, "labels.pt")
    torch.save(model.state_dict(), "state.pth")
    torch.save(model, "whole-model.pt")
    torch.save({"features": rows, "args": argparse.Namespace(lr=0.1)}, "namespace.pt")
    torch.save({"features": rows.to_sparse()}, "sparse.pt")
    torch.save({"features": rows.numpy()}, "numpy.pt")
    """

  static let expected = (0..<5000).map { Double($0 % 50) }

  @Test func whateverTorchSaves() throws {
    _ = try ForeignPython.torch!.run(Self.script, [folder.path])
    for name in [
      "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8",
      "uint16", "uint32", "uint64", "transposed", "columns", "every-second-row", "parameter",
      "list", "protocol2", "protocol3", "protocol4", "protocol5", "model",
    ] {
      var options = FeatureFileOptions()
      options.uint16Meaning = .integer
      let file = try FeatureSet(folder("\(name).pt"), options: options)
      let rows = file.layers[0].rows
      #expect(try rows.doubles(0..<1000) == Self.expected, "\(name)")
      #expect(try rows.doubles(3..<5) == Array(Self.expected[15..<25]), "\(name)")
      #expect(try file.labels.all() == (0..<1000).map { $0 % 7 }, "\(name)")
      if name == "list" {
        #expect(file.metadata.epoch == 3)
        #expect(file.metadata.facts.weightDecay == 5e-4)
        #expect(file.metadata.classNames == ["a", "b", "c", "d", "e", "f", "g"])
      }
    }
    try checkPooledMaps()
    try checkSeparateFiles()
    try checkRefusals()
  }

  private func checkPooledMaps() throws {
    var options = FeatureFileOptions()
    (options.reduction, options.featureAxis) = (.pool, 1)
    let pooled = try FeatureSet(folder("maps.pt"), options: options).layers[0].rows
    let means = (0..<250).map { (map: Int) -> Double in
      var sum = 0.0
      for position in 0..<24 { sum += Double((map * 24 + position) % 50) }
      return sum / 24
    }
    #expect(try pooled.doubles(0..<50) == means)
  }

  /// Features, labels and a saved model, a file each.
  private func checkSeparateFiles() throws {
    var options = FeatureFileOptions()
    options.labelsFile = folder("labels.pt")
    options.classifierFile = folder("state.pth")
    options.weights = "1.weight"
    options.bias = "1.bias"
    let file = try FeatureSet(folder("tensor.pt"), options: options)
    #expect(try file.layers[0].rows.doubles(0..<1000) == Self.expected)
    #expect(try file.labels.all() == (0..<1000).map { $0 % 7 })
    #expect(file.classifier?.weights.elements == Array(Self.expected[..<35]))
    #expect(file.classifier?.bias == (0..<7).map { Double($0) })
  }

  private func checkRefusals() throws {
    // Objects beside the arrays cost nothing, and are never made.
    var options = FeatureFileOptions()
    options.requiresLabels = false
    for name in ["namespace", "numpy"] {
      let rows = try FeatureSet(folder("\(name).pt"), options: options).layers[0].rows
      #expect(try rows.doubles(0..<1000) == Self.expected, "\(name)")
    }
    let error = #expect(throws: ArrayFileError.self) { try FeatureSet(folder("sparse.pt")) }
    #expect(
      error?.problem == "it is an object of 'torch._utils._rebuild_sparse_tensor', which is never "
        + "made: expected numbers")
    // Of a whole module the parameters are read as its state dictionary names them.
    options.labelsFile = folder("labels.pt")
    options.classifierFile = folder("whole-model.pt")
    options.weights = "1.weight"
    let set = try FeatureSet(folder("tensor.pt"), options: options)
    #expect(set.classifier?.weights.elements == Array(Self.expected[..<35]))
    #expect(set.classifier?.bias == (0..<7).map { Double($0) })
  }
}
