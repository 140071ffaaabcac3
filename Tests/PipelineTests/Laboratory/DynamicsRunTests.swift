import CollapseCore
import FoundationEssentials
import Pipeline
import TestSupport
import Testing

/// Experiments on how networks are trained: what holds exactly is found to hold in small ones too.
@Suite struct DynamicsRunTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let yaml: String
    /// Claims that do not hang on how much was trained.
    let exact: [String]
    /// Files of observations, and how each begins.
    let tables: [(name: String, columns: String)]
  }

  static let cases = [
    Case(
      testDescription: "pezeshki-2020-starvation",
      yaml: "{ kind: pezeshki-2020-starvation, pointCount: 40, testPointCount: 50, width: 8, "
        + "seeds: 2, steps: 20, longSteps: 30, digits: { synthetic: { kind: glyphs, "
        + "trainPerClass: 3 } }, digitCount: 20, digitTestCount: 10, digitWidth: 4, "
        + "digitSwitch: 3, digitSteps: 8, digitSeeds: 2 }",
      exact: ["coupled-responses", "starved-response", "decoupled-responses"],
      tables: [
        ("responses", "features,s1,z1,predicted_z1"),
        (
          "moons",
          "training,κ,steps,seed,loss,train_accuracy,size,size_spread,accuracy_0.1,accuracy_-0.1,"
            + "accuracy_-0.2,mode_1"
        ),
        (
          "coloured",
          "training,seed,step,loss,square,decoupled_loss,train_accuracy,familiar_accuracy,"
            + "reversed_accuracy"
        ),
      ]),
    Case(
      testDescription: "shilton-2023-rkbs",
      yaml: "{ kind: shilton-2023-rkbs, sampleCount: 6, inputCount: 3, wideInputCount: 4, "
        + "width: 5, steps: 10, widths: [8, 16], kernelWidths: [100, 1000], seeds: 2 }",
      exact: [
        "step-kernel", "sum-of-steps", "finite-series", "nodes", "rectified-kernel", "linear-model",
      ],
      tables: [
        ("steps", "activation,layers,seed,error,held_out_error,telescoped_error"),
        ("quadrature", "activation,layers,nodes,seed,error"),
        ("series", "activation,layers,‖Δ‖/R,seed,radius"),
        ("rates", "activation,layers,η,seed,error"), ("widths", "inputs,width,seed"),
        ("rectified-kernel", "width,seed"), ("linear", "steps,error"),
      ]),
    Case(
      testDescription: "skorski-2020-initialization",
      yaml: "{ kind: skorski-2020-initialization, perClass: 2, width: 8, depths: [2, 3], "
        + "scales: [0.01, 0.1], initializations: [he], firstScales: [1e-3, 1e-2], "
        + "descentScales: [0.1, 1, 3], rates: [0.1], steps: 60, seeds: 2 }",
      exact: ["scale-laws", "blocks", "single-sample", "norm-bounds", "first-layer"],
      tables: [
        ("scales", "initialization,L,s,seed,loss,gradient,hessian,negative,gauss_newton"),
        ("blocks", "initialization,L,layer,seed,block"), ("first-layer", "s1,layer,seed,block"),
        ("path", "s,η,step,seed,loss,sharpness"), ("descent", "s,η,seed,sharpness,ηλ"),
      ]),
    Case(
      testDescription: "wang-2023-ubn",
      yaml: "{ kind: wang-2023-ubn, perClass: 15, testPerClass: 2, widths: [12, 10], "
        + "thresholds: [-1, 1], rates: [0.1], batchSizes: [20], steps: 10, probeCount: 150, depth: 3, "
        + "startWidths: [256], plainWidth: 1024, starts: 6, seeds: 2 }",
      exact: ["start-without", "start-rectified", "start-normalized"],
      tables: [
        ("start", "normalization,width,layer,seed,rectified,predicted,normalized"),
        (
          "training",
          "normalization,η,batch,seed,τ,first_accuracy,accuracy,loss,condensation,gated,gated_1,gated_2"
        ),
        (
          "probes",
          "normalization,η,batch,seed,layer,step,τ,entering_batch,normalized_batch,rectified_batch,"
            + "entering_running"
        ),
      ]),
  ]

  @Test(arguments: cases)
  func exactClaimsAreSupported(_ item: Case) throws {
    let folder = TemporaryFolder()
    let pipeline = try PipelineFile(
      yaml: "name: small\nlaboratory: \(item.yaml)\n", file: "small.yaml")
    let runner = try #require(
      LaboratoryRunner(pipeline: pipeline, runsFolder: folder("runs"), threads: 2))
    let outcome = try runner.run()
    let lines = outcome.verdictText.split(separator: "\n")
    for claim in item.exact {
      let line = try #require(lines.first { $0.hasPrefix("\(claim) ") }, "\(claim)")
      #expect(line.contains("supported"), "\(line)")
    }
    for (name, columns) in item.tables {
      let path = folder("runs/small/report/\(name).csv")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.hasPrefix(columns), "\(name): \(text.prefix(120))")
    }
  }
}
