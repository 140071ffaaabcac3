import Training

/// What `collapse extract --json` prints.
struct ExtractionRecord: Encodable {
  let checkpoint: String
  let data: String
  let split: String
  let output: String
  let threads: Int
  /// Opening the data and the checkpoint, and checking a foreign network.
  let openSeconds: Double
  let times: ExtractionTimes

  private enum CodingKeys: String, CodingKey {
    case checkpoint, data, split, output, threads, openSeconds, imagesPerSecond
  }

  /// One object: the times beside the rest.
  func encode(to encoder: any Encoder) throws {
    try times.encode(to: encoder)
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(checkpoint, forKey: .checkpoint)
    try members.encode(data, forKey: .data)
    try members.encode(split, forKey: .split)
    try members.encode(output, forKey: .output)
    try members.encode(threads, forKey: .threads)
    try members.encode(openSeconds, forKey: .openSeconds)
    try members.encode(times.imagesPerSecond, forKey: .imagesPerSecond)
  }
}
