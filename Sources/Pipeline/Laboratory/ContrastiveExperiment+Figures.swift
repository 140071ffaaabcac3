import Predictions
import Reporting

extension ContrastiveExperiment {
  func ratioFigure(_ imbalance: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "cosine-ratio", title: "Cosines by imbalance",
      caption:
        "Cosines within and between the two groups of classes; lines are the convex program's, and 0 for "
        + "features that may not be negative.",
      x: .init("R", logarithmic: true), y: .init("cosine"),
      panels: imbalance.groups(by: "features").map { panel in
        .init(
          title: "Features: \(panel[0].text("features"))",
          series: ["majority", "minority", "cross"].enumerated().flatMap { index, name in
            [
              LaboratoryFigure.Series(
                "\(name), predicted", .line, colour: index,
                points: panel.groups(by: "R").map {
                  .init(x: $0[0].number("R"), y: $0[0]["predicted_\(name)"])
                }),
              LaboratoryFigure.Series(
                name, .points, colour: index,
                points: panel.map { .init(x: $0.number("R"), y: $0[name]) }),
            ]
          })
      })
  }

  func dimensionFigure(_ landscape: [Observation]) -> LaboratoryFigure {
    LaboratoryFigure(
      name: "loss-dimension", title: "Minima by dimension",
      caption: "How far above the simplex's loss every start ended.", x: .init("d"),
      y: .init("loss − predicted", logarithmic: true),
      panels: [
        .init(
          title: "\(landscapeClasses) classes",
          series: [
            .init(
              "starts", .points, colour: 0,
              points: landscape.map {
                .init(x: $0.number("d"), y: max($0["loss"] - $0["predicted_loss"], 1e-16))
              })
          ])
      ])
  }

  func histogramFigure(_ landscape: [Observation]) -> LaboratoryFigure {
    let losses = landscape.values("loss").filter(\.isFinite)
    let (low, high) = (losses.min() ?? 0, losses.max() ?? 1)
    let width = max(high - low, 1e-6) / 40
    return LaboratoryFigure(
      name: "loss-histogram", title: "Where starts end, by dimension",
      caption:
        "How many starts ended at a loss. From K−1 dimensions on all end at the simplex's, the broken "
        + "line; in fewer there is none, and minima are several.",
      x: .init("loss"), y: .init("starts"),
      panels: landscape.groups(by: "d").map { group in
        let bins = Dictionary(grouping: group.values("loss").filter(\.isFinite)) {
          Int((($0 - low) / width).rounded())
        }
        let tallest = bins.values.map(\.count).max() ?? 1
        return .init(
          title: "\(group[0].text("d")) dimensions, \(landscapeClasses) classes",
          series: [
            .init(
              "starts", .bars(width: width), colour: 0,
              points: bins.sorted { $0.key < $1.key }.map { bin, items in
                .init(x: low + Double(bin) * width, y: Double(items.count))
              }),
            .init(
              "simplex", .line, colour: 1,
              points: [0, Double(tallest)].map { .init(x: group[0]["predicted_loss"], y: $0) }),
          ])
      })
  }

  func batchFigure(_ batches: [Observation]) -> LaboratoryFigure {
    let schemes = batches.groups(by: "scheme")
    return LaboratoryFigure(
      name: "batches", title: "What fixed batches do to the frame",
      caption:
        "max |G − I|, the largest distance of a product of two features from the orthogonal frame's, of "
        + "starts that reached the least loss of their batches: bars are the largest, every start is a mark. "
        + "Batches: one of all; pairs of classes; halves of all classes; + with a sample of every class that is "
        + "in all batches.",
      x: .init(
        "",
        names: schemes.map {
          BatchScheme(rawValue: $0[0].text("scheme"))?.shortName ?? $0[0].text("scheme")
        }),
      y: .init("distance", logarithmic: true),
      panels: [
        .init(
          title: "Five ways of batching",
          series: [("connected", 1.0), ("apart", 0.0)].enumerated().flatMap { colour, kind in
            let items = schemes.enumerated().flatMap { place, scheme in
              scheme.filter {
                $0["connects"] == kind.1 && $0["loss"] <= $0["least_loss"] * (1 + 1e-6)
              }
              .map {
                LaboratoryFigure.Series.Point(x: Double(place), y: max($0["gram_distance"], 1e-16))
              }
            }
            let largest = Dictionary(grouping: items, by: \.x).compactMap { $1.max { $0.y < $1.y } }
            return [
              LaboratoryFigure.Series(
                kind.0, .bars(width: 0.5), colour: colour, points: largest.sorted { $0.x < $1.x }),
              LaboratoryFigure.Series("starts, \(kind.0)", .points, colour: colour, points: items),
            ]
          })
      ])
  }
}
