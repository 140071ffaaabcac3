import FeatureStore
import Foundation
import TestSupport
import Testing

/// Networks of operators that no layer here does, from PyTorch's exporters through ONNX Runtime to
/// features: those that PyTorch itself gives.
@Suite struct GraphExporterTests {
  private static let environment: PythonEnvironment? =
    ProcessInfo.processInfo.environment["COLLAPSE_TEST_PYTORCH"] == "1"
    ? .with(["torch", "torchvision", "numpy", "onnx", "onnxruntime", "onnxscript"]) : nil

  /// Writes 70 images as a CIFAR set, the graphs, and what PyTorch gives.
  private static let script = """
    import pathlib, sys, warnings
    import numpy, torch
    from torchvision.models import convnext, densenet121, mobilenet_v2, vision_transformer
    warnings.simplefilter("ignore")
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(1)
    models = {
        "vit": vision_transformer.VisionTransformer(
            image_size=32, patch_size=8, num_layers=3, num_heads=3, hidden_dim=48, mlp_dim=96, num_classes=10),
        "convnext": convnext.ConvNeXt(
            [convnext.CNBlockConfig(16, 32, 1), convnext.CNBlockConfig(32, None, 1)], num_classes=10),
        "mobilenet": mobilenet_v2(num_classes=10, width_mult=0.5), "densenet": densenet121(num_classes=10)}
    torch.nn.init.normal_(models["vit"].heads[-1].weight, std=0.1)
    records = numpy.random.default_rng(2).integers(0, 256, (70, 3073), dtype=numpy.uint8)
    records[:, 0] = numpy.arange(70) % 10
    (folder / "data").mkdir()
    records.tofile(folder / "data/data_batch_1.bin")
    records[:10].tofile(folder / "data/test_batch.bin")
    (folder / "data/batches.meta.txt").write_text("".join(f"c{i}\\n" for i in range(10)))
    x = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32)).float() / 255
    for name, model in models.items():
        model.eval()
        last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
        taken = []
        hook = last.register_forward_hook(lambda module, inputs, output: taken.append(inputs[0]))
        with torch.no_grad():
            logits = model(x)
        hook.remove()
        numpy.savez(folder / f"{name}.npz", logits=logits[:64].numpy(), features=taken[0].numpy(), labels=records[:, 0])
        # By tracing for any number of samples, or by graphs for exactly 16; data in a file of its own for one.
        options = dict(dynamo=False, dynamic_axes={"input": {0: "n"}}) if name in ("mobilenet", "densenet") else dict(
            dynamo=True, external_data=name == "vit")
        torch.onnx.export(model, (x[:16],), str(folder / f"{name}.onnx"), input_names=["input"], output_names=["logits"],
                          verbose=False, **options)
    import onnxruntime
    print(next(pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.*[0-9]*")))
    """

  @Test(
    .enabled("needs COLLAPSE_TEST_PYTORCH=1, which installs PyTorch") {
      environment?.isAvailable == true
    })
  func featuresAreThoseOfPyTorch() throws {
    let folder = TemporaryFolder()
    let output = try Self.environment!.run(Self.script, [folder.path])
    let library = String(output.split(separator: "\n").last ?? "")
    for name in ["vit", "convnext", "mobilenet", "densenet"] {
      let result = try CollapseCommand.run(
        [
          "extract", "\(name).onnx", "data", "\(name).h5", "--preset", "none", "--check",
          "\(name).npz",
        ], in: folder.path, environment: ["COLLAPSE_ONNXRUNTIME": library])
      try #require(result.exitCode == 0, "\(name): \(result.errors)")
      #expect(result.errors.contains("run by ONNX Runtime: no layer here does what "), "\(name)")
      let ours = try FeatureSet(folder("\(name).h5")).layers[0].rows
      let theirs = try FeatureSet(folder("\(name).npz")).layers[0].rows
      let (a, b) = (try ours.floats(0..<70), try theirs.floats(0..<70))
      try #require(a.count == b.count)
      let largest = b.map(\.magnitude).max()!
      let difference = zip(a, b).map { ($0 - $1).magnitude }.max()!
      #expect(difference <= 1e-5 * largest, "\(name)")
    }
  }
}
