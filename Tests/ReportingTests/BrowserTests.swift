import CollapseCore
import Files
import Foundation
import Reporting
import TestSupport
import Testing

/// What the page does in a browser, asked from within: a copy of the page with a probe at its end
/// runs in a frame of the given width, and the frame's parent keeps the answer.
@Suite(
  .enabled(
    if: Browser.path != nil && Gnuplot.installed != nil, "needs chromium and gnuplot"),
  .serialized)
struct BrowserTests {
  struct Answer: Codable {
    var figures: Int
    var pictures: Int
    var invisible: [String]
    var overflowing: [String]
    var pageOverflow: Int
    var requests: [String]
    var violations: [String]
    var ascending: [Double]
    var descending: [Double]
    var words: [String]
    var definition: String
    var exact: String
  }

  static let probe = """
    <script>
    addEventListener("load", () => {
      const answer = {figures: 0, pictures: 0, invisible: [], overflowing: [], violations: []};
      const width = document.documentElement.clientWidth;
      for (const figure of document.querySelectorAll("figure")) {
        answer.figures++;
        for (const svg of figure.querySelectorAll("svg")) {
          answer.pictures++;
          const box = svg.getBoundingClientRect();
          const marks = svg.querySelectorAll("path,use,polygon,rect,text").length;
          const shown = svg.checkVisibility({opacityProperty: true, visibilityProperty: true});
          if (box.width < 180 || box.height < 120 || marks < 5 || !shown) answer.invisible.push(figure.id);
          if (box.left < 0 || box.right > width + 1) answer.overflowing.push(figure.id);
        }
      }
      for (const box of document.querySelectorAll(".facts div")) {
        if (box.scrollWidth > box.clientWidth) answer.overflowing.push("facts");
      }
      answer.pageOverflow = document.documentElement.scrollWidth - width;
      const table = document.getElementById("table-runs");
      const headings = [...table.tHead.rows[0].cells];
      const column = name => headings.findIndex(h => h.querySelector(".sort").textContent === name);
      const values = index => [...table.tBodies[0].rows].map(row => row.cells[index])
        .filter(cell => cell.dataset.value !== undefined).map(cell => Number(cell.dataset.value));
      const inter = column("cos inter max");
      headings[inter].querySelector(".sort").click();
      answer.ascending = values(inter);
      headings[inter].querySelector(".sort").click();
      answer.descending = values(inter);
      headings[0].querySelector(".sort").click();
      answer.words = [...table.tBodies[0].rows].map(row => row.cells[0].textContent);
      const cell = [...table.tBodies[0].rows[0].cells][inter];
      cell.click();
      const definition = document.getElementById("definition");
      answer.definition = definition.matches(":popover-open") ? definition.textContent : "";
      answer.exact = cell.dataset.value;
      answer.requests = performance.getEntriesByType("resource").map(entry => entry.name);
      parent.postMessage(JSON.stringify(answer), "*");
    });
    </script>
    """

  static let harness = """
    <!DOCTYPE html><meta charset="utf-8"><pre id="answer"></pre>
    <script>addEventListener("message", event => {
      document.getElementById("answer").textContent = encodeURIComponent(event.data);
    });</script>
    <iframe src="probed.html" width="WIDTH" height="900"></iframe>
    """

  @Test(arguments: [400, 1400]) func page(_ width: Int) throws {
    let folder = TemporaryFolder()
    var report = SyntheticStudy(
      weightDecays: [0, 1e-4, 0.05], learningRates: [0.01, 0.1], seeds: [1, 2],
      epochs: [0, 1, 4, 30]
    ).report
    for index in report.runs.indices {
      report.runs[index].facts.dataset = "data/in/a/folder/of/some/depth/idx"
    }
    try report.write(to: folder("report"))
    let page = String(decoding: try FileContents.read(folder("report/index.html")), as: UTF8.self)
    folder.write(
      Array(page.replacing("</body>", with: Self.probe + "</body>").utf8), to: "report/probed.html")
    let harness = Self.harness.replacing("WIDTH", with: String(width))
    let path = folder.write(Array(harness.utf8), to: "report/harness.html")

    let outcome = try Browser.open(path, width: max(width + 40, 500), folder: folder)
    #expect(outcome.errors.components(separatedBy: "\n").filter { $0.contains("CONSOLE") } == [])
    let start = try #require(outcome.output.firstRange(of: "<pre id=\"answer\">"))
    let encoded = outcome.output[start.upperBound...].prefix { $0 != "<" }
    let decoded = try #require(String(encoded).removingPercentEncoding)
    let answer = try JSONDecoder().decode(Answer.self, from: Data(decoded.utf8))

    #expect(answer.figures == 11)
    #expect(answer.pictures == page.components(separatedBy: "<svg ").count - 1)
    #expect(answer.invisible == [])
    #expect(answer.overflowing == [])
    #expect(answer.pageOverflow <= 0)
    #expect(answer.requests == [])
    #expect(answer.ascending.count > 4)
    #expect(answer.ascending == answer.ascending.sorted())
    #expect(answer.descending == answer.ascending.reversed())
    #expect(answer.words.count == report.runs.count)
    #expect(answer.words.first?.hasPrefix("bn-all") == true)
    #expect(answer.definition.contains("cos_inter_max"))
    #expect(answer.definition.contains("this value: \(answer.exact)"))
  }

  /// The page names nothing outside itself that a browser would fetch.
  @Test func pageNamesNoRemoteResource() throws {
    let folder = TemporaryFolder()
    try FigureTests.study.report.write(to: folder("report"))
    let page = try FigureTests.page(folder)
    #expect(page.matches(of: #/(?:src|href|action|data)=["'](?:https?:)?///#).isEmpty)
    #expect(!page.contains("url(") && !page.contains("@import"))
  }
}

/// Debian's headless Chromium.
enum Browser {
  static let path = ["chromium", "chromium-browser", "google-chrome"].lazy
    .compactMap(Subprocess.path).first

  /// Opens the page without a network and returns its final markup, with the console in `errors`.
  static func open(
    _ file: String, width: Int, folder: TemporaryFolder
  ) throws -> Subprocess.Outcome {
    try Subprocess.run(
      path!,
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
        "--user-data-dir=\(folder("browser"))", "--window-size=\(width),1000",
        "--virtual-time-budget=8000", "--dump-dom", "file://\(file)",
      ])
  }
}
