// analysis-benchmark generate FILE N D C            writes N rows of D float32
// analysis-benchmark analyze FILE N D C [--spectrum] [--threads T]
//                                                   measures them; prints one JSON line
import Glibc
import NeuralCollapse
import Tensors

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Class means of spread 1 and noise of spread 0.3: a cheap generator, for 10 GB take a while.
func generate(_ path: String, rows: Int, columns: Int, classes: Int) throws {
  var means = SeededGenerator(seed: 1)
  let table = (0..<classes * columns).map { _ in Float(means.normal()) }
  let noise = (0..<1 << 20).map { _ in Float(0.3 * means.normal()) }
  guard let file = fopen(path, "wb") else { throw ReadFailure() }
  defer { fclose(file) }
  let chunk = 1024
  for start in stride(from: 0, to: rows, by: chunk) {
    let count = min(chunk, rows - start)
    let blocks = try Parallel.map(count, threads: 2) { offset in
      var generator = SeededGenerator(seed: UInt64(start + offset))
      let label = CyclicLabels.label(of: start + offset, classes: classes)
      var from = 0
      return (0..<columns).map { column -> Float in
        if column % 64 == 0 { from = generator.index(below: noise.count - 64) }
        return table[label * columns + column] + noise[from + column % 64]
      }
    }
    for block in blocks { fwrite(block, 4, columns, file) }
  }
}

let arguments = CommandLine.arguments
guard arguments.count >= 6, let rows = Int(arguments[3]), let columns = Int(arguments[4]),
  let classes = Int(arguments[5])
else {
  print("usage: analysis-benchmark generate|analyze FILE N D C [--spectrum] [--threads T]")
  exit(64)
}
if arguments[1] == "generate" {
  try generate(arguments[2], rows: rows, columns: columns, classes: classes)
} else {
  let descriptor = open(arguments[2], O_RDONLY)
  guard descriptor >= 0 else { exit(66) }
  var options = AnalysisOptions()
  options.spectrum = arguments.contains("--spectrum")
  if let flag = arguments.firstIndex(of: "--threads") {
    options.threads = Int(arguments[flag + 1])!
  }
  var generator = SeededGenerator(seed: 2)
  let classifier = LinearClassifier(
    weights: Matrix(
      rows: classes, columns: columns,
      elements: (0..<classes * columns).map { _ in 0.05 * generator.normal() }),
    bias: (0..<classes).map { _ in 0.1 * generator.normal() })
  let start = now()
  let report = try CollapseAnalyzer(options: options).analyze(
    features: RawRows(descriptor: descriptor, rowCount: rows, columnCount: columns),
    labels: CyclicLabels(labelCount: rows, classes: classes), classifier: classifier)
  let seconds = now() - start
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  print(
    OrderedJSON.object([
      ("seconds", .number(seconds)), ("resident_mib", .integer(usage.ru_maxrss >> 10)),
      ("nc1_pinv", OrderedJSON(report["nc1_pinv"]?.value)),
      ("cos_intra_mean", OrderedJSON(report["cos_intra_mean"]?.value)),
      ("cos_inter_mean", OrderedJSON(report["cos_inter_mean"]?.value)),
      ("warnings", .array(report.warnings.map { .string($0) })),
    ]).text.replacing("\n", with: ""))
}
