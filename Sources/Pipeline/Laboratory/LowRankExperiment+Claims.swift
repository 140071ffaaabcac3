import Predictions
import Reporting

extension LowRankExperiment {
  func conclusions(from observations: [Observation]) -> ExperimentConclusions {
    let constructions = observations.of("constructions")
    let descent = observations.of("descent")
    let decay = observations.of("decay")
    let width = observations.of("width")
    let search = observations.of("search")
    let starts = observations.of("search-starts").filter { $0.text("start") == "random" }
    var conclusions = ExperimentConclusions()
    conclusions.facts = [
      ("Classes", "\(classCount)"), ("Layers", "\(depth)"), ("Width", "\(self.width)"),
      ("Decay", "\(self.decay)"),
    ]
    conclusions.claims = [
      constructionClaim(constructions), belowClaim(descent), rankClaim(decay), widthClaim(width),
      anglesClaim(descent), depthClaim(search, starts), controlClaim(search, starts),
    ]
    conclusions.tables = [
      spreadTable,
      observations.of("descent-layers").summary(
        by: ["λ", "layer"], of: LayerMeasure.all.map(\.name), name: "descent-layers",
        caption: "Where gradient descent ended, layer by layer: mean and 95 % interval over starts"),
      observations.of("descent-groups").summary(
        by: ["λ", "group"], of: ["norm", "penalty", "stationary_penalty"], name: "descent-norms",
        caption:
          "Norms of features and layers there; at a stationary point every group pays the same"),
      observations.of("decay-layers").summary(
        by: ["λ", "layer"], of: ["rank"], name: "decay-layers",
        caption: "Rank before the ReLU by decay, layer by layer: mean and 95 % interval over starts"
      ),
      searchTable(search),
    ]
    conclusions.figures = [
      wayFigure(observations.of("way")), spectrumFigure(observations.of("spectra")),
      anglesFigure(observations.of("angles"), descent), rankFigure(decay), widthFigure(width),
      searchFigure(search),
    ]
    conclusions.definitions =
      [
        .init(
          "κ", "What a configuration's loss depends on besides decays; the lower wins.",
          formula: "(1−y) y^((L−1)/(L+1)) = κP^(1/(L+1)),  V = (1−y)(1+Ly)/2"),
        .init(
          "rank",
          "Singular values of the class means before a ReLU above a hundredth of the largest, mean over "
            + "the outputs of W₁ … W_{L−1}."),
        .init("ratio", "A loss over that of deep neural collapse with the same decays."),
      ] + LaboratoryReport.Definition.ofChains
      + LaboratoryReport.Definition.ofLayers.filter { $0.name != "nc1" && $0.name != "cosine" }
      + GroupNorms.definitions
    return conclusions
  }

  private func constructionClaim(_ constructions: [Observation]) -> TestedClaim {
    TestedClaim(
      "low-rank-construction", .sukenik2024,
      "There are configurations of rank r ∝ √K that cost less than deep neural collapse with four layers "
        + "or more (as we read the paper; the second construction and both κ are derived here).",
      test:
        "The objective at explicit parameters, of the construction and of collapse, is the closed "
        + "form's to 1e−6; and the construction is below collapse exactly where its κ is below K.",
      checks: constructions.groups(by: "construction", "L", "K").map { group in
        let deviation = group.map { item in
          max(
            abs(item["loss"] - item["predicted_loss"]),
            abs(item["collapse_loss"] - item["predicted_collapse_loss"]))
        }.largest
        let isAsSaid = group.allSatisfy {
          ($0["loss"] < $0["collapse_loss"]) == ($0["spread_ratio"] < 1)
        }
        return PredictionCheck(
          group.setting("construction", "L", "K"),
          measured: group.map { $0["loss"] / $0["collapse_loss"] },
          predicted: group[0]["predicted_loss"] / group[0]["predicted_collapse_loss"],
          deviation: isAsSaid ? deviation : .infinity, tolerance: 1e-6)
      }, of: "loss over that of collapse", deviation: "largest deviation",
      caption: "Explicit configurations with 1 and 10 samples a class; the prediction is of 1",
      remark: belowText(constructions))
  }

  private func belowText(_ constructions: [Observation]) -> String {
    func count(_ depth: Double) -> String {
      let items = constructions.filter { $0.number("L") == depth && $0.number("n") == 1 }
      return "\(items.count { $0["loss"] < $0["collapse_loss"] }) of \(items.count)"
    }
    return
      "Below collapse: \(count(3)) with three layers, \(count(4)) with four, \(count(5)) with five."
  }

  private func belowClaim(_ descent: [Observation]) -> TestedClaim {
    let share = ShareInterval(
      hits: descent.count { $0["loss"] < $0["collapse_loss"] - 1e-5 }, of: descent.count)
    return TestedClaim(
      name: "descent-below-collapse", paper: .sukenik2024,
      statement:
        "Gradient descent finds solutions below deep neural collapse (as we read the paper).",
      test: "The share of random starts that end more than 1e−5 below it: supported where its 95 % "
        + "interval (Wilson) lies above a half, contradicted where it lies below.",
      finding: Finding(
        verdict: share.low > 0.5 ? .supported : share.high < 0.5 ? .contradicted : .inconclusive,
        sentence: "\(share.text) starts.",
        table: descent.summary(
          by: ["λ", "width"], of: ["ratio", "rank", "balance", "gradient"],
          name: "descent-below-collapse", caption: "Where gradient descent ended")))
  }

  private func rankClaim(_ decay: [Observation]) -> TestedClaim {
    let blocks = decay.groups(by: "seed").map { group in
      group.sorted { $0.number("λ") < $1.number("λ") }.map { -$0["rank"] }
    }
    let falls = PermutationTest.risingTrend(blocks) ?? .nan
    let rises = PermutationTest.risingTrend(blocks.map { $0.map { -$0 } }) ?? .nan
    return TestedClaim(
      name: "rank-decay", paper: .sukenik2024,
      statement: "More weight decay brings lower rank (as we read the paper).",
      test: "Page's trend test on the rank over λ, blocks of starts with one seed: p below 0.05.",
      finding: Finding(
        verdict: falls < 0.05 ? .supported : rises < 0.05 ? .contradicted : .inconclusive,
        sentence: "p = \(NumberFormat.significant(2).text(falls)) over \(blocks.count) seeds.",
        table: decay.summary(
          by: ["λ"], of: ["rank", "ratio", "gradient"], name: "rank-decay",
          caption: "Rank by decay, mean and 95 % interval over starts")))
  }

  private func widthClaim(_ width: [Observation]) -> TestedClaim {
    func share(_ isMeant: (Double) -> Bool) -> ShareInterval {
      let items = width.filter { isMeant($0.number("width")) }
      return ShareInterval(
        hits: items.count { $0["loss"] < $0["collapse_loss"] - 1e-5 }, of: items.count)
    }
    let (narrow, wide) = (share { $0 <= 20 }, share { $0 >= 60 })
    let statement =
      "In wider networks descent ends below collapse less often (as we read the paper)."
    let test =
      "Fisher's exact test of the share of starts below collapse, widths up to 20 against 60 and "
      + "more: p below 0.05."
    guard narrow.count > 0, wide.count > 0 else {
      return TestedClaim(
        name: "width", paper: .sukenik2024, statement: statement, test: test, finding: nil,
        reason: "missing: widths up to 20 and from 60 on")
    }
    let falls = ShareInterval.isLarger(narrow, than: wide)
    let rises = ShareInterval.isLarger(wide, than: narrow)
    return TestedClaim(
      name: "width", paper: .sukenik2024, statement: statement, test: test,
      finding: Finding(
        verdict: falls < 0.05 ? .supported : rises < 0.05 ? .contradicted : .inconclusive,
        sentence: "Up to 20: \(narrow.text); from 60: \(wide.text); p = "
          + "\(NumberFormat.significant(2).text(falls)).",
        table: width.summary(
          by: ["width"], of: ["ratio", "rank", "gradient"], name: "width",
          caption: "Loss over that of collapse by width")))
  }

  private func anglesClaim(_ descent: [Observation]) -> TestedClaim {
    TestedClaim(
      "variability-without-frame", .sukenik2024,
      "Features of one class are still the same in every layer, but class means are no frame: the first "
        + "property of deep neural collapse without the second (as we read the paper).",
      test:
        "Starts that ended below collapse: NC1 in every layer below 1e−6, while cosines between means "
        + "in the third layer have a mean above 0.1 and a deviation above 0.05.",
      checks: descent.filter { $0["nc1"].isFinite && $0["loss"] < $0["collapse_loss"] - 1e-5 }
        .groups(by: "λ").map { group in
          PredictionCheck(
            group.setting("λ"), measured: group.values("cosine"), predicted: nil,
            deviation: [
              group.values("nc1").largest, 1e-7 / (group.values("cosine").min() ?? 0),
              5e-8 / (group.values("cosine_deviation").min() ?? 0),
            ].largest, tolerance: 1e-6)
        }, of: "mean cosine", deviation: "largest deviation",
      caption: "Cosines between class means after the third layer's input")
  }

  /// The starts of one cell of the search.
  private func own(_ starts: [Observation], of cell: Observation) -> [Observation] {
    starts.filter { $0.text("L") == cell.text("L") && $0.text("K") == cell.text("K") }
  }

  private func depthClaim(_ search: [Observation], _ starts: [Observation]) -> TestedClaim {
    let cells = search.filter { $0.number("L") >= 3 && $0.number("K") >= 3 }
    let below = cells.count { $0["ratio"] < 1 - 1e-6 }
    let rest = cells.filter { !($0["ratio"] < 1 - 1e-6) }.map {
      "L = \($0.text("L")), K = \($0.text("K"))"
    }
    return TestedClaim(
      name: "beyond-two", paper: .sukenik2024,
      statement:
        "Beyond two layers and two classes collapse is not optimal (as we read the paper).",
      test:
        "The best loss over random starts and constructions is below that of collapse. Where none was "
        + "found, nothing is shown: a search that fails is no proof.",
      finding: cells.isEmpty
        ? nil
        : Finding(
          verdict: Finding.verdict(cells.map { $0["ratio"] < 1 - 1e-6 ? .agrees : .inconclusive }),
          sentence: "\(below) of \(cells.count) cells have a better solution."
            + (rest.isEmpty ? "" : " None was found at \(rest.joined(separator: "; "))."),
          table: Table(
            name: "beyond-two",
            caption:
              "The best loss found over that of collapse, and the share of random starts that end below "
              + "it with its 95 % interval (Wilson)",
            columns: [
              .init("L", "L", isNumeric: false), .init("K", "K", isNumeric: false),
              .init("ratio", "best / collapse", format: .significant(4)),
              .init("below", "random starts below", isNumeric: false),
            ],
            rows: cells.map { cell in
              let own = own(starts, of: cell)
              return [
                .text(cell.text("L")), .text(cell.text("K")), .number(cell["ratio"]),
                .text(
                  ShareInterval(hits: own.count { $0["ratio"] < 1 - 1e-6 }, of: own.count).text),
              ]
            })),
      reason: cells.isEmpty ? "no such cell was asked for" : nil)
  }

  private func controlClaim(
    _ search: [Observation], _ starts: [Observation]
  ) -> TestedClaim {
    TestedClaim(
      "two", .sukenik2024,
      "With two layers or two classes collapse is optimal: nothing is below it (the control).",
      test: "The best loss over starts is not below that of collapse by more than a relative 1e−6.",
      checks: search.filter { $0.number("L") < 3 || $0.number("K") < 3 }.map { cell in
        PredictionCheck(
          [cell].setting("L", "K"), measured: own(starts, of: cell).values("loss"),
          predicted: cell["collapse_loss"], deviation: max(0, 1 - cell["ratio"]),
          tolerance: 1e-6)
      }, of: "loss", deviation: "best, relative, below",
      caption: "Two layers, or two classes: loss over random starts, mean and 95 % interval")
  }

  // MARK: - Tables and figures

  /// A row per group, a column per quantity: mean and 95 % interval over starts.
  private var spreadTable: Table {
    let cases = LowRankFeatures.Construction.allCases.flatMap { construction in
      [4, 5, 6, 8, 10].filter { $0 >= (construction == .triangles ? 5 : 4) }.map {
        (construction, $0)
      }
    }
    return Table(
      name: "spread", caption: "κ/K of the constructions: below 1 they cost less than collapse",
      columns: [
        .init("construction", "construction", isNumeric: false), .init("r", "r"),
        .init("K", "K"),
      ] + [3, 4, 5].map { .init("L\($0)", "L = \($0)", format: .fixed(3)) },
      rows: cases.map { construction, rank in
        let classes = rank * (rank - 1) / 2
        return [.text(construction.rawValue), .integer(rank), .integer(classes)]
          + [3, 4, 5].map { depth in
            let features = LowRankFeatures(construction, rank: rank, depth: depth)
            return .number(features.spread / Double(classes))
          }
      })
  }

  private func searchTable(_ search: [Observation]) -> Table {
    let classes = search.groups(by: "K").map { $0[0].text("K") }
    return Table(
      name: "best-found",
      caption: "The best loss found over that of collapse, by layers and classes",
      columns: [.init("L", "layers", isNumeric: false)]
        + classes.map { .init("K\($0)", "K = \($0)", format: .fixed(4)) },
      rows: search.groups(by: "L").map { row in
        [.text(row[0].text("L"))]
          + classes.map { label in .init(row.first { $0.text("K") == label }?["ratio"]) }
      })
  }
}
