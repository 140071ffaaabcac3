import Reporting
import TestSupport
import Testing

@Suite struct TableTests {
  /// A small table with everything that needs care: separators, quotes, markup, absent values.
  let table = Table(
    name: "small", caption: "Runs & <marks>",
    columns: [
      .init("run", "run", isNumeric: false), .init("weight_decay", "weight decay"),
      .init("accuracy", "train accuracy", format: .percent(1)), .init("nc1", "NC1"),
    ],
    rows: [
      [.text("a,\"b\"|c_1"), .number(1e-5), .number(0.99999), .spread(Spread([0.5, 0.25, 1])!)],
      [.text("50% $x^2$"), .integer(-3), .absent, .absent],
    ])

  @Test func csv() {
    #expect(
      table.csv == """
        run,weight_decay,accuracy,nc1_median,nc1_low,nc1_high
        "a,""b""|c_1",1e-5,0.99999,0.5,0.25,1
        50% $x^2$,-3,,,,

        """)
  }

  @Test func json() {
    #expect(
      table.json == """
        [
          {"run": "a,\\"b\\"|c_1", "weight_decay": 1e-5, "accuracy": 0.99999, \
        "nc1_median": 0.5, "nc1_low": 0.25, "nc1_high": 1},
          {"run": "50% $x^2$", "weight_decay": -3, "accuracy": null, \
        "nc1_median": null, "nc1_low": null, "nc1_high": null}
        ]

        """)
  }

  @Test func markdown() {
    #expect(
      table.markdown == """
        **Runs &amp; \\<marks\\>**

        | run | weight decay | train accuracy | NC1 |
        |---|---:|---:|---:|
        | a,"b"\\|c\\_1 | 1e−5 | 99.9% | 0.5 \\[0.25, 1\\] |
        | 50% $x^2$ | −3 | – | – |

        """)
  }

  @Test func latex() {
    #expect(
      table.latex == """
        \\begin{table}
          \\caption{Runs \\& <marks>}
          \\begin{tabular}{lrrr}
            \\toprule
            run & weight decay & train accuracy & NC1 \\\\
            \\midrule
            a,"b"|c\\_1 & 1e$-$5 & 99.9\\% & 0.5 {[}0.25, 1] \\\\
            50\\% \\$x\\textasciicircum{}2\\$ & $-$3 & -- & -- \\\\
            \\bottomrule
          \\end{tabular}
        \\end{table}

        """)
  }

  @Test func plainText() {
    #expect(
      table.plainText == """
                   weight     train
        run         decay  accuracy            NC1
        ─────────  ──────  ────────  ─────────────
        a,"b"|c_1    1e−5     99.9%  0.5 [0.25, 1]
        50% $x^2$      −3         –              –

        """)
  }

  @Test(arguments: [
    0.1, 1.0 / 3, 1e-300, .leastNonzeroMagnitude, -0.0, 12_345_678_901_234_568,
    .greatestFiniteMagnitude, .pi,
  ]) func csvKeepsEveryDigit(_ value: Double) throws {
    let table = Table(
      name: "t", caption: "", columns: [.init("x", "x")], rows: [[.number(value)]])
    let field = try #require(CSVReader.records(table.csv).last?.first)
    #expect(try #require(Double(field)).bitPattern == value.bitPattern)
  }

  @Test(arguments: [
    "plain", "comma, \"quote\"", "two\nlines", "\r\n", "", " ünïcödé ", "\"", "a\"b,",
  ])
  func csvKeepsText(_ text: String) {
    let table = Table(
      name: "t", caption: "", columns: [.init("a", "a"), .init(text, "b")],
      rows: [[.text(text), .text("next")]])
    #expect(CSVReader.records(table.csv) == [["a", text], [text, "next"]])
  }

  @Test func csvHasNoNumberForWhatIsNotFinite() {
    let table = Table(
      name: "t", caption: "", columns: [.init("x", "x"), .init("y", "y")],
      rows: [[.number(.nan), .number(-.infinity)]])
    #expect(table.csv == "x,y\n,\n")
    #expect(table.json == "[\n  {\"x\": null, \"y\": null}\n]\n")
  }
}

@Suite struct NumberFormatTests {
  @Test(arguments: [
    (NumberFormat.significant(3), 0.022530774, "0.0225"), (.significant(3), 3.1e-5, "3.1e−5"),
    (.significant(3), -1234567, "−1.23e6"), (.significant(3), 0, "0"), (.significant(3), -0.0, "0"),
    (.fixed(4), -1.0 / 9, "−0.1111"), (.fixed(3), -1e-9, "0.000"), (.percent(1), 1, "100.0%"),
    (.percent(1), 0.99999, "99.9%"), (.percent(2), 0.5, "50.00%"),
    (.significant(3), .infinity, "∞"), (.fixed(2), -.infinity, "−∞"),
    (.percent(1), .nan, "undefined"),
  ]) func text(_ format: NumberFormat, _ value: Double, _ expected: String) {
    #expect(format.text(value) == expected)
  }
}

@Suite struct SpreadTests {
  @Test func medianAndRange() {
    #expect(Spread([3, 1, 2])?.median == 2)
    #expect(Spread([4, 1, 2, 3])?.median == 2.5)
    #expect(Spread([4, .nan, 1])?.low == 1)
    #expect(Spread([4, .infinity, 1])?.high == 4)
    #expect(Spread([.nan]) == nil)
    #expect(
      Spread([-.greatestFiniteMagnitude, .greatestFiniteMagnitude].lazy.map { $0 / 4 })?.median == 0
    )
  }
}
