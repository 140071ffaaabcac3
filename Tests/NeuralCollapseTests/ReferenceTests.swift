import NeuralCollapse
import TestSupport
import Testing

@Suite struct ReferenceTests {
  @Test(arguments: Convention.named.map(\.name)) func golden(convention: String) throws {
    let report = try FeatureCase.golden.report { $0.convention = .named(convention)! }
    #expect(report.convention.name == convention)
    expectEqual(report, Reference.golden[convention]!)
  }

  @Test(
    .enabled("needs Python with NumPy", { Reference.environment.isAvailable }),
    arguments: FeatureCase.grid) func grid(item: FeatureCase) throws
  {
    for convention in Convention.named {
      let report = try item.report { $0.convention = convention }
      expectEqual(
        report, Reference.grid[item.name]![convention.name]!, allowing: item.reasons)
    }
  }
}

extension FeatureCase {
  /// Why measures the reference computes all the same may be undefined for this case.
  fileprivate var reasons: Set<String> {
    let classes = Set(labels).count
    var reasons: Set<String> = []
    if classes > dimension + 1 {
      reasons.insert("no simplex ETF of \(classes) vectors fits in \(dimension) dimensions")
    }
    if classes == sampleCount {
      reasons.insert("one sample in every class: nothing varies within a class")
    }
    return reasons
  }
}
