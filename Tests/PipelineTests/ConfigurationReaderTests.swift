import CollapseCore
import Pipeline
import Testing

/// What a configuration looks like to a type: some keys needed, some with a default.
private struct Recipe: Configurable {
  struct Oven: Configurable {
    var degrees = 0.0
    var fan: Bool?

    static let standard = Oven()
    static let bareField: String? = "degrees"
    static var fields: [Field<Oven>] {
      [
        Field("degrees", \.degrees, "How hot.", range: .closed(0...300), isRequired: true),
        Field("fan", \.fan, "Whether the air is moved."),
      ]
    }
  }

  var name = ""
  var eggs: Int?
  var oven: Oven?
  var steps: [String]?

  static let standard = Recipe()
  static var fields: [Field<Recipe>] {
    [
      Field("name", \.name, "What it is called.", isRequired: true),
      Field("eggs", \.eggs, "How many.", range: .notNegative),
      Field("oven", \.oven, "How it is baked."),
      Field("steps", \.steps, "What to do.", words: ["beat", "bake"]),
    ]
  }
}

struct BadConfiguration: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let yaml: String
  let expected: String
}

@Suite struct ConfigurationReaderTests {
  @Test func readsWhatIsThere() throws {
    let recipe = try decode(
      """
      name: "5"
      eggs: 2
      oven: {degrees: 1.8e2, fan: true}
      steps: [beat, bake]
      """)
    #expect(
      recipe
        == Recipe(
          name: "5", eggs: 2, oven: .init(degrees: 180, fan: true), steps: ["beat", "bake"]))
    #expect(try decode("name: a\noven: 200").oven == .init(degrees: 200))
  }

  /// One reading tells all that is wrong.
  @Test func everyFaultIsTold() {
    let error = #expect(throws: ConfigurationError.self) {
      try decode("egs: 2\noven: {degrees: 400, fann: true}\nsteps: [beat, bak]")
    }
    #expect(
      error?.description == """
        f.yaml:1:1: unknown key 'egs': did you mean 'eggs'?
        f.yaml:1:1: missing key 'name'
        f.yaml:2:22: unknown key 'fann' in oven: did you mean 'fan'?
        f.yaml:2:17: oven.degrees: expected 0 to 300, found 400
        f.yaml:3:15: steps.1: expected one of beat, bake, found 'bak'; did you mean 'bake'?
        """)
    #expect(error?.all.count == 5)
  }

  @Test(arguments: [
    BadConfiguration(
      testDescription: "mistyped optional key", yaml: "name: a\negs: 2",
      expected: "f.yaml:2:1: unknown key 'egs': did you mean 'eggs'?"),
    BadConfiguration(
      testDescription: "mistyped required key", yaml: "nmae: a",
      expected: "f.yaml:1:1: unknown key 'nmae': did you mean 'name'?"),
    BadConfiguration(
      testDescription: "unknown nested key", yaml: "name: a\noven:\n  degrees: 1\n  colour: red",
      expected: "f.yaml:4:3: unknown key 'colour' in oven: known keys: degrees, fan"),
    BadConfiguration(
      testDescription: "missing key", yaml: "name: a\noven: {fan: true}",
      expected: "f.yaml:2:7: oven: missing key 'degrees'"),
    BadConfiguration(
      testDescription: "word for a number", yaml: "name: a\neggs: two",
      expected: "f.yaml:2:7: eggs: expected a whole number, found 'two'"),
    BadConfiguration(
      testDescription: "quoted number", yaml: "name: a\neggs: \"2\"",
      expected: "f.yaml:2:7: eggs: expected a whole number, found '2'"),
    BadConfiguration(
      testDescription: "list for a number or a mapping", yaml: "name: a\noven: [1, 2]",
      expected: "f.yaml:2:7: oven: expected a number, or keys and values, found a list of 2"),
    BadConfiguration(
      testDescription: "key of another place", yaml: "name: a\ndegrees: 2",
      expected: "f.yaml:2:1: unknown key 'degrees': did you mean 'oven.degrees'?"),
    BadConfiguration(
      testDescription: "wrong element", yaml: "name: a\nsteps:\n  - beat\n  - {a: 1}",
      expected: "f.yaml:4:5: steps.1: expected a word, found a mapping"),
    BadConfiguration(
      testDescription: "infinity", yaml: "name: a\noven: {degrees: inf}",
      expected: "f.yaml:2:17: oven.degrees: expected a number, found 'inf'"),
    BadConfiguration(
      testDescription: "a list at the root", yaml: "- a",
      expected: "f.yaml:1:1: expected a mapping of keys to values"),
    BadConfiguration(
      testDescription: "empty", yaml: "", expected: "f.yaml: expected a mapping of keys to values"),
    BadConfiguration(
      testDescription: "key twice", yaml: "name: a\nname: b",
      expected: "f.yaml:2:1: key 'name' is given twice"),
    BadConfiguration(
      testDescription: "key twice in one line", yaml: "oven: {degrees: 1, fan: true, degrees: 2}",
      expected: "f.yaml:1:31: key 'degrees' is given twice"),
    BadConfiguration(
      testDescription: "key twice after a nested one of that name",
      yaml: "eggs: 1\noven:\n  eggs: 1\n\"eggs\": 2",
      expected: "f.yaml:4:1: key 'eggs' is given twice"),
    BadConfiguration(
      testDescription: "binary", yaml: "name: a\u{1}b",
      expected: "f.yaml: not YAML: control characters are not allowed at byte 7"),
    BadConfiguration(
      testDescription: "not YAML", yaml: "name: [a",
      expected: "f.yaml:2:1: did not find expected ',' or ']'"),
  ]) func malformed(_ bad: BadConfiguration) {
    let error = #expect(throws: ConfigurationError.self) { try decode(bad.yaml) }
    #expect(error?.description == bad.expected)
  }

  @Test(arguments: [
    ("epoch", "epochs"), ("wieghtDecay", "weightDecay"),
    ("batchNormalisation", "batchNormalization"),
  ]) func nearestWord(typed: String, meant: String) {
    let known = ["epochs", "weightDecay", "batchNormalization", "batchSize"]
    #expect(Spelling.nearest(to: typed, among: known) == meant)
    #expect(Spelling.nearest(to: "unrelated", among: known) == nil)
  }

  private func decode(_ yaml: String) throws -> Recipe {
    let tree = try ConfigurationNode.parse(yaml: yaml, file: "f.yaml")
    return try ConfigurationReader.value(Recipe.self, from: tree, file: "f.yaml")
  }
}
