import CollapseCore
import LibC
import Reporting

extension BanachKernelExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let steps = observations.of("steps")
    let quadrature = observations.of("quadrature")
    let series = observations.of("series")
    let rates = observations.of("rates")
    let widths = observations.of("widths")
    let kernels = observations.of("rectified-kernel")
    var conclusions = ExperimentConclusions()
    let lengths = steps.values("path_length")
    let format = NumberFormat.significant(3)
    conclusions.facts = [
      ("Samples", "\(sampleCount)"), ("Inputs", "\(inputCount)"), ("Seeds", "\(seeds)"),
      ("Steps", "\(self.steps) of η = \(learningRate)"),
      (
        "Σ η‖g‖, on which their bound grows",
        "\(format.text(lengths.min() ?? .nan)) … \(format.text(lengths.largest))"
      ),
    ]
    conclusions.claims = [
      stepClaim(steps), sumClaim(steps), asymmetryClaim(rates), polynomialClaim(series),
      nodeClaim(quadrature), radiusClaim(series), rateClaim(rates), widthClaim(widths),
      kernelClaim(kernels), limitClaim(kernels), linearClaim(observations.of("linear")),
    ]
    conclusions.tables = [stepTable(steps)]
    conclusions.figures = [
      nodeFigure(quadrature), seriesFigure(series), rateFigure(rates), widthFigure(widths),
    ]
    conclusions.definitions = [
      .init(
        "kernel of a step", "What a step Δ of descent does to the outputs, exactly.",
        formula: "f(x;θ+Δ)−f(x;θ) = −η Σ_i K(x,x_i) ∂ℓ_i,  K = ∫₀¹ J(x;θ+sΔ) J(x_i;θ)ᵀ ds"),
      .init(
        "tangent kernel", "Its first term, with both Jacobians where the step begins.",
        formula: "Θ(x,x') = J(x;θ) J(x';θ)ᵀ"),
      .init(
        "R",
        "The radius of convergence of the outputs' power series along a direction, by the decay of "
          + "its terms.", formula: "1/R = lim sup ‖c_k‖^(1/k)"),
      .init(
        "Σ η‖g‖",
        "The length of the path of descent. The paper's bound on generalization grows with it; no "
          + "number of the bound is shown, as its constants make it say nothing here."),
    ]
    return conclusions
  }

  private func checks(
    _ observations: [Observation], _ quantities: [String], by axes: [String], tolerance: Double
  ) -> [PredictionCheck] {
    observations.groups(by: axes).map { group in
      let worst = group.map { item in quantities.map { item[$0] }.largest }
      return PredictionCheck(
        axes.map { ($0, group[0].text($0)) }, measured: worst, predicted: 0,
        deviation: worst.largest, tolerance: tolerance)
    }
  }

  private func stepClaim(_ steps: [Observation]) -> TestedClaim {
    TestedClaim(
      "step-kernel", .shilton,
      "Every step of descent is learning with a kernel: the change of outputs is exactly "
        + "−ηΣ K(x, x_i) ∂ℓ_i, on samples trained on and on others (as we read the paper).",
      test:
        "The largest relative difference over all steps, with \(nodes) nodes along the step, and "
        + "with K written out for the first step: at most 1e−10, for every seed.",
      checks: checks(
        steps, ["error", "held_out_error", "kernel_error"], by: ["activation", "layers"],
        tolerance: 1e-10), of: "relative difference", deviation: "largest",
      caption: "The kernel of every step against what the step does",
      remark: "ReLUs are not among them: their outputs have kinks along a step.")
  }

  private func sumClaim(_ steps: [Observation]) -> TestedClaim {
    TestedClaim(
      "sum-of-steps", .shilton,
      "What was learned is the sum of the kernels of all steps: f_T − f_0.",
      test: "The largest relative difference over samples and seeds: at most 1e−10.",
      checks: checks(
        steps, ["telescoped_error"], by: ["activation", "layers"], tolerance: 1e-10),
      of: "relative difference", deviation: "largest", caption: "The sum over all steps")
  }

  private func asymmetryClaim(_ rates: [Observation]) -> TestedClaim {
    TestedClaim(
      "two-feature-maps", .shilton,
      "The kernel has two different feature maps and is not symmetric: the space is a Banach space, a "
        + "Hilbert space only as η vanishes (as we read the paper).",
      test: "‖K − Kᵀ‖/‖K‖ falls with η as η¹: the 95 % interval of the exponent over seeds lies in "
        + "0.95 … 1.05.",
      intervals: rates.groups(by: "activation", "layers").map { group in
        IntervalCheck(
          group.setting("activation", "layers"),
          measured: group.exponents(of: "asymmetry", by: "η"), expected: 0.95...1.05)
      }, of: "exponent", caption: "The asymmetry of the kernel by learning rate",
      remark: "At η = \(NumberFormat.significant(3).text(self.rates.max() ?? .nan)) it is "
        + asymmetryRange(rates) + ".")
  }

  private func asymmetryRange(_ rates: [Observation]) -> String {
    let values = rates.filter { $0.number("η") == self.rates.max() }.values("asymmetry")
    let format = NumberFormat.significant(2)
    return "\(format.text(values.min() ?? .nan)) … \(format.text(values.largest))"
  }

  private func polynomialClaim(_ series: [Observation]) -> TestedClaim {
    let squares = series.filter { $0.text("activation") == "square" }
    return TestedClaim(
      "finite-series", .shilton,
      "With a polynomial activation the power series of a step ends: of squares at degree 2^L − 1 with L "
        + "layers. Its first term is the tangent kernel's.",
      test:
        "Terms beyond are 0, the sum of the others is the network to a relative 1e−13, and the first "
        + "is Jv to 1e−13, for every seed.",
      checks: squares.groups(by: "layers").map { group in
        let worst = group.map { item in
          [item["beyond_degree"], item["sum_error"], item["tangent_error"]].largest
        }
        return PredictionCheck(
          group.setting("layers"), measured: worst, predicted: 0, deviation: worst.largest,
          tolerance: 1e-13)
      }, of: "relative difference", deviation: "largest", caption: "Series of nets of squares")
  }

  private func nodeClaim(_ quadrature: [Observation]) -> TestedClaim {
    let squares = quadrature.filter { $0.text("activation") == "square" }
    return TestedClaim(
      "nodes", .shilton,
      "Of squares the integral along a step is exact with 2^(L−1) nodes (derived here).",
      test:
        "Relative difference for a step of length ½: at most 1e−12 with as many nodes, for every "
        + "seed; with one node above 1e−8.",
      checks: squares.groups(by: "layers").map { group in
        let needed = Int(exp2(group[0].number("layers") - 1))
        func errors(_ nodes: Int) -> [Double] {
          group.filter { $0.number("nodes") == Double(nodes) }.values("error")
        }
        let single = errors(1).min() ?? .nan
        return PredictionCheck(
          group.setting("layers") + [("nodes", "\(needed)")], measured: errors(needed),
          predicted: 0, deviation: single > 1e-8 ? errors(needed).largest : .infinity,
          tolerance: 1e-12)
      }, of: "relative difference", deviation: "largest", caption: "Nodes that suffice")
  }

  private func radiusClaim(_ series: [Observation]) -> TestedClaim {
    TestedClaim(
      "neighbourhood", .shilton,
      "With other activations the series converges in a finite neighbourhood alone: its error falls with "
        + "more terms where the step is shorter than R, and grows where it is longer.",
      test:
        "The factor by which a term more changes the error, over seeds: below 1 for every seed where "
        + "‖Δ‖ < R, above 1 where it is longer. R is from the terms, the error from the network.",
      checks: series.filter { $0["growth"].isFinite }.groups(by: "activation", "layers", "‖Δ‖/R")
        .map { group in
          let share = Double(group[0].text("‖Δ‖/R")) ?? .nan
          let growth = group.values("growth")
          let wrong = growth.count { ($0 < 1) != (share < 1) }
          return PredictionCheck(
            group.setting("activation", "layers", "‖Δ‖/R"), measured: growth, predicted: share,
            deviation: Double(wrong) / Double(growth.count), tolerance: 0)
        }, of: "factor of a term", deviation: "share of seeds otherwise",
      caption: "What a term more does to the error")
  }

  private func rateClaim(_ rates: [Observation]) -> TestedClaim {
    TestedClaim(
      "tangent-rate", .shilton,
      "The tangent kernel is the first term: what it leaves out of a step is of the order η².",
      test: "The exponent of the error of −ηΘ∂ℓ over η: the 95 % interval over seeds lies in "
        + "1.95 … 2.05.",
      intervals: rates.groups(by: "activation", "layers").map { group in
        IntervalCheck(
          group.setting("activation", "layers"), measured: group.exponents(of: "error", by: "η"),
          expected: 1.95...2.05)
      }, of: "exponent", caption: "The tangent kernel's error by learning rate",
      remark: "η goes from \(self.rates.min() ?? .nan) to \(self.rates.max() ?? .nan).")
  }

  private func widthClaim(_ widths: [Observation]) -> TestedClaim {
    TestedClaim(
      "tangent-width", .shilton,
      "Its relative error falls with width, of a·tanh(Wx)/√m after a step of η = 1.",
      test: "The exponent of the relative error over m: the 95 % interval over seeds lies in "
        + "−1.1 … −0.4.",
      intervals: widths.groups(by: "inputs").map { group in
        IntervalCheck(
          group.setting("inputs"), measured: group.exponents(of: "relative_error", by: "width"),
          expected: -1.1 ... -0.4)
      }, of: "exponent", caption: "The tangent kernel's relative error by width")
  }

  private func kernelClaim(_ kernels: [Observation]) -> TestedClaim {
    TestedClaim(
      "rectified-kernel", .shilton,
      "The tangent kernel of two layers with ReLUs is (1/m) Σ σσ' + (x·x'/m) Σ a² 1·1.",
      test: "The largest relative difference from JJᵀ over seeds: 1e−10.",
      checks: checks(kernels, ["formula_error"], by: ["width"], tolerance: 1e-10),
      of: "relative difference", deviation: "largest", caption: "JJᵀ and the formula")
  }

  private func limitClaim(_ kernels: [Observation]) -> TestedClaim {
    TestedClaim(
      "rectified-limit", .shilton,
      "It goes to ‖x‖‖x'‖(sin θ + (π−θ) cos θ)/2π + x·x'(π−θ)/2π as m grows.",
      test: "The exponent of the relative difference over m: the 95 % interval over seeds lies in "
        + "−0.6 … −0.4.",
      intervals: kernels.isEmpty
        ? []
        : [
          IntervalCheck(
            [("widths", kernelWidths.map(String.init).joined(separator: ", "))],
            measured: kernels.exponents(of: "limit_error", by: "width"), expected: -0.6 ... -0.4)
        ], of: "exponent", caption: "The distance from the limit by width")
  }

  private func linearClaim(_ linear: [Observation]) -> TestedClaim {
    TestedClaim(
      "linear-model", .shilton,
      "Of a linear model the kernel does not change, and after T steps from zero the outputs are "
        + "y − (I − ηK/N)^T y.",
      test: "The largest difference over samples: 1e−12.",
      checks: linear.map { item in
        PredictionCheck(
          [item].setting("steps"), measured: [item["size"]], predicted: nil,
          deviation: item["error"], tolerance: 1e-12)
      }, of: "rms output", deviation: "largest", caption: "Descent of a linear model")
  }

  // MARK: - Tables and figures

  private func stepTable(_ steps: [Observation]) -> Table {
    Table(
      name: "exactness",
      caption: "Exactness of the kernel of a step, the largest over seeds and steps",
      columns: [
        .init("activation", "activation", isNumeric: false), .init("layers", "layers"),
      ]
        + [
          ("error", "trained on"), ("held_out_error", "held out"),
          ("kernel_error", "K written out"),
          ("telescoped_error", "sum of steps"), ("asymmetry", "asymmetry"),
        ].map { .init($0.0, $0.1, format: .significant(2)) },
      rows: steps.groups(by: "activation", "layers").map { group in
        [.text(group[0].text("activation")), .integer(Int(group[0].number("layers")))]
          + ["error", "held_out_error", "kernel_error", "telescoped_error", "asymmetry"].map {
            .number(group.values($0).largest)
          }
      })
  }

  /// Medians over seeds: errors at the edge of rounding have no mean worth showing.
  private func median(_ values: [Double]) -> Double {
    let sorted = values.filter { $0.isFinite }.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
  }

  private func nodeFigure(_ quadrature: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "nodes", title: "The kernel of a step by nodes along it",
      caption:
        "Medians over seeds for a step of length ½. ReLUs have kinks on the way, which no number of "
        + "nodes resolves.",
      x: .init("nodes"), y: .init("relative error", logarithmic: true),
      panels: quadrature.groups(by: "layers").map { panel in
        .init(
          title: "\(panel[0].text("layers")) layers",
          series: panel.groups(by: "activation").enumerated().map { index, group in
            .init(
              group[0].text("activation"), .joined, colour: index,
              points: group.groups(by: "nodes").map {
                .init(x: $0[0].number("nodes"), y: max(median($0.values("error")), 1e-17))
              })
          })
      })
  }

  private func seriesFigure(_ series: [Observation]) -> LaboratoryFigure {
    let orders = [1, 2, 4, 8, 16]
    let shown = series.filter { $0["growth"].isFinite }
    return LaboratoryFigure(
      name: "series", title: "The power series of a step by its terms",
      caption: "Medians over seeds of the relative error, for steps of several shares of R.",
      x: .init("terms"), y: .init("relative error", logarithmic: true),
      panels: shown.groups(by: "activation", "layers").map { panel in
        .init(
          title: "\(panel[0].text("activation")), \(panel[0].text("layers")) layers",
          series: panel.groups(by: "‖Δ‖/R").enumerated().map { index, group in
            .init(
              "‖Δ‖ = \(group[0].text("‖Δ‖/R")) R", .joined, colour: index,
              points: (orders.map { (Double($0), "error_\($0)") } + [(Double(order), "error_last")])
                .map { .init(x: $0.0, y: median(group.values($0.1))) })
          })
      })
  }

  private func rateFigure(_ rates: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "rates", title: "What the tangent kernel leaves out of a step",
      caption: "Medians over seeds; dashed is η² through the first.",
      x: .init("η", logarithmic: true), y: .init("error", logarithmic: true),
      panels: rates.groups(by: "layers").map { panel in
        .init(
          title: "\(panel[0].text("layers")) layers",
          series: panel.groups(by: "activation").enumerated().flatMap { index, group in
            let points = group.groups(by: "η").map { one in
              LaboratoryFigure.Series.Point(x: one[0].number("η"), y: median(one.values("error")))
            }
            return [
              LaboratoryFigure.Series(
                group[0].text("activation"), .points, colour: index, points: points),
              LaboratoryFigure.Series(
                "η², \(group[0].text("activation"))", .line, colour: index,
                points: points.map { point in
                  let ratio = point.x / points[0].x
                  return .init(x: point.x, y: points[0].y * ratio * ratio)
                }),
            ]
          })
      })
  }

  private func widthFigure(_ widths: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "widths", title: "The tangent kernel's relative error by width",
      caption: "Every seed is a mark; lines join the medians.",
      x: .init("m", logarithmic: true), y: .init("relative error", logarithmic: true),
      panels: widths.groups(by: "inputs").map { panel in
        .init(
          title: "\(panel[0].text("inputs")) inputs",
          series: [
            .init(
              "seeds", .points, colour: 0,
              points: panel.map { .init(x: $0.number("width"), y: $0["relative_error"]) }),
            .init(
              "median", .joined, colour: 1,
              points: panel.groups(by: "width").map {
                .init(x: $0[0].number("width"), y: median($0.values("relative_error")))
              }),
          ])
      })
  }
}
