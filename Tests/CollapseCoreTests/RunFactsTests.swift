import CollapseCore
import Foundation
import Testing

@Suite struct RunFactsTests {
  private let facts = RunFacts(
    dataset: "mnist", network: "mlp-16", normalization: Normalization(hidden: .last, last: false),
    weightDecay: 5e-4, learningRate: 0.05, loss: "cross_entropy", seed: .max,
    options: Condition([
      "training.optimizer.kind": .word("adam"), "training.epochs": .number(8),
      "network.classifierBias": .flag(false),
    ]))

  @Test func readBackAsTheyWere() throws {
    let data = try JSONEncoder().encode(facts)
    #expect(try JSONDecoder().decode(RunFacts.self, from: data) == facts)
    #expect(try JSONDecoder().decode(RunFacts.self, from: Data("{}".utf8)) == RunFacts())
  }

  @Test func theConditionIsAllButTheSeed() {
    var other = facts
    other.seed = 1
    #expect(other.condition == facts.condition)
    #expect(facts.condition[.weightDecay] == 5e-4)
    #expect(facts.condition[.normalization] == .last)
    #expect(facts.condition["training.epochs"] == .number(8))
    other.options["training.epochs"] = .number(12)
    #expect(other.condition != facts.condition)
    #expect(
      other.condition.without(["training.epochs"]) == facts.condition.without(["training.epochs"]))
  }

  /// A value of another type is none on a typed axis.
  @Test func axesAreTyped() {
    var condition = Condition(["weight_decay": .word("much"), "dataset": .number(1)])
    #expect(condition[.weightDecay] == nil)
    #expect(condition[.dataset] == nil)
    condition[.dataset] = "mnist"
    #expect(condition["dataset"] == .word("mnist"))
    #expect(condition.on(["dataset", "loss"]).values == ["dataset": .word("mnist")])
  }

  @Test(arguments: [
    (Normalization.Hidden.all, false, Normalization.Placement.all), (.all, true, .all),
    (.last, false, .last), (.last, true, .last), (.none, true, .last), (.none, false, .none),
  ]) func placements(
    hidden: Normalization.Hidden, last: Bool, placement: Normalization.Placement
  ) {
    #expect(Normalization(hidden: hidden, last: last).placement == placement)
    #expect(Normalization(placement).placement == placement)
  }

  @Test func anotherProgramMayStateAPart() {
    #expect(Normalization(hidden: nil, last: nil) == nil)
    #expect(Normalization(hidden: nil, last: true)?.placement == .last)
    #expect(Normalization(hidden: true, last: nil)?.placement == .all)
    #expect(Normalization(hidden: false, last: nil)?.placement == Normalization.Placement.none)
  }
}

@Suite struct ShortestNumberTests {
  @Test(arguments: [
    (0.005, "5e-3"), (0.05, "0.05"), (0.1, "0.1"), (1e-5, "1e-5"), (1.25e-5, "1.25e-5"),
    (0.0012, "0.0012"), (9.0, "9"), (-0.0, "-0"), (100_000, "100000"), (1e20, "1e20"),
    (123456.789, "123456.789"), (-2.5e-7, "-2.5e-7"), (1.0 / 3, "0.3333333333333333"),
    (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
  ]) func spelling(_ value: Double, _ text: String) { #expect(value.shortestText == text) }

  @Test func everyNumberReadsBack() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(Double(value.shortestText)?.bitPattern == value.bitPattern)
    }
  }
}
