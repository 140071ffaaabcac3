import LibC
import Predictions
import Reporting

extension LowRankExperiment {
  /// The losses of collapse and of both constructions at the main setting.
  private var referenceLosses: [(label: String, loss: Double)] {
    let chain = chain(depth, classCount, width: width, decay: decay, perClass: perClass)
    let rank = (4...16).first { $0 * ($0 - 1) / 2 == classCount }
    let constructions = LowRankFeatures.Construction.allCases.filter { construction in
      depth >= 3 && rank.map { $0 >= (construction == .triangles ? 5 : 4) } == true
    }
    return [("collapse", loss(chain, spread: Double(classCount)))]
      + constructions.map { construction in
        let low = LowRankFeatures(construction, rank: rank!, depth: depth)
        return (
          construction == .triangles ? "triangles" : "regular graph",
          loss(chain, spread: low.spread)
        )
      }
  }

  func wayFigure(_ way: [Observation]) -> LaboratoryFigure {
    let steps = way.groups(by: "step").filter { $0.count > 1 }
    let points = steps.compactMap { group -> LaboratoryFigure.Series.Point? in
      let losses = group.values("loss").sorted()
      guard let low = losses.first, let high = losses.last else { return nil }
      return .init(
        x: group[0].number("step"), y: losses[losses.count / 2], low: low, high: high)
    }
    let ends = (points.map(\.x).min() ?? 1, points.map(\.x).max() ?? 1)
    let lines = referenceLosses.enumerated().map { index, reference in
      LaboratoryFigure.Series(
        reference.label, .line, colour: index + 1,
        points: points.isEmpty
          ? [] : [ends.0, ends.1].map { .init(x: $0, y: reference.loss) })
    }
    func panel(_ title: String, from first: Double) -> LaboratoryFigure.Panel {
      let shown = points.filter { $0.x >= first }
      return .init(
        title: title, y: .init("loss", logarithmic: true),
        series: [
          .init("least to largest", .band, colour: 0, points: shown),
          .init(
            "middle start", .curve, colour: 0, points: shown.map { .init(x: $0.x, y: $0.y) }),
        ]
          + lines.map { line in
            var line = line
            if let start = line.points.first { line.points[0].x = max(start.x, first) }
            return line
          })
    }
    return LaboratoryFigure(
      name: "loss-step", title: "Loss on the way down",
      caption:
        "Gradient descent from \(seeds) random starts, n = \(perClass): the middle loss and the range of all. "
        + "Broken lines: what deep neural collapse and the configurations of low rank cost.",
      x: .init("step", logarithmic: true), y: .init("loss", logarithmic: true),
      panels: [panel("All steps", from: ends.0), panel("The end", from: ends.1 / 20)])
  }

  func spectrumFigure(_ spectra: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "singular-values", title: "Singular values where descent ended",
      caption:
        "Class means before the ReLU, not centred, over the largest value of their layer; every start "
        + "is a curve's mark, the line their mean. Collapse has \(classCount) equal ones.",
      x: .init("index"), y: .init("relative to the largest"),
      panels: spectra.groups(by: "layer").map { layer in
        let relative = layer.groups(by: "seed").flatMap { values in
          let first = values.map { $0["value"] }.max() ?? 1
          return values.map { (index: $0.number("index"), value: $0["value"] / first) }
        }
        let indices = Set(relative.map(\.index)).sorted()
        return .init(
          title: "Layer \(layer[0].text("layer"))",
          series: [
            .init(
              "starts", .points, colour: 0,
              points: relative.map { .init(x: $0.index, y: $0.value) }),
            .init(
              "mean", .curve, colour: 1,
              points: indices.map { index in
                let values = relative.filter { $0.index == index }.map(\.value)
                return .init(x: index, y: values.reduce(0, +) / Double(values.count))
              }),
          ])
      })
  }

  func anglesFigure(_ angles: [Observation], _ descent: [Observation]) -> LaboratoryFigure {
    let best = descent.filter { $0["loss"].isFinite }.min { $0["loss"] < $1["loss"] }
    let shown = angles.filter { $0.text("seed") == best?.text("seed") }
    return LaboratoryFigure(
      name: "angles", title: "Angles between classes",
      caption:
        "Cosines between the class means of the third layer, not centred, of the start that ended lowest. "
        + "Under collapse all but those on the diagonal are 0 after the ReLU.",
      x: .init("class"), y: .init("class"),
      panels: [("before", "Before the ReLU"), ("after", "After the ReLU")].map { name, title in
        let map = shown.map(of: name, x: "other", y: "class")
        return .init(title: title, series: [map.cells])
      })
  }

  func rankFigure(_ decay: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "rank-decay", title: "Rank by decay",
      caption: "The rank of hidden layers before their ReLU; collapse has \(classCount).",
      x: .init("λ", logarithmic: true), y: .init("rank"),
      panels: [.init(title: "\(depth) layers", series: [decay.means(of: "rank", by: "λ")])])
  }

  func widthFigure(_ width: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "below-width", title: "Below collapse by width",
      caption:
        "The share of starts that end below deep neural collapse, with 95 % intervals (Wilson).",
      x: .init("width", logarithmic: true), y: .init("share"),
      panels: [
        .init(
          title: "Share of starts",
          series: [
            .init(
              "below collapse", .joined, colour: 0,
              points: width.groups(by: "width").map { group in
                let share = ShareInterval(
                  hits: group.count { $0["loss"] < $0["collapse_loss"] - 1e-5 }, of: group.count)
                return .init(
                  x: group[0].number("width"), y: share.share, low: share.low, high: share.high)
              })
          ]),
        .init(
          title: "Loss over that of collapse", y: .init("ratio"),
          series: [width.means(of: "ratio", by: "width")]),
      ])
  }

  func searchFigure(_ search: [Observation]) -> LaboratoryFigure {
    let map = search.map(of: "ratio", x: "K", y: "L")
    return LaboratoryFigure(
      name: "best-found", title: "The best loss found over that of collapse",
      caption:
        "Below 1 something is better than deep neural collapse; frames are around those cells. "
        + "With two layers or two classes nothing can be.", x: map.x, y: map.y,
      panels: [
        .init(
          title: "By classes and layers",
          series: [
            map.cells,
            .init(
              "below collapse", .frames, colour: 1,
              points: map.cells.points.filter { ($0.shade ?? 1) < 1 - 1e-6 }),
          ])
      ])
  }
}
