import CollapseCore

/// What was found of one checkpoint, as a file.
public struct CurvatureDocument: Sendable, Codable {
  public var format = CurvatureRecord.format
  public var version = 1
  public let checkpoint: String
  public let data: String
  /// What makes it again.
  public let command: String
  public let curvature: CurvatureRecord

  public init(checkpoint: String, data: String, command: String, curvature: CurvatureRecord) {
    self.checkpoint = checkpoint
    self.data = data
    self.command = command
    self.curvature = curvature
  }

  /// The document as JSON, with a final newline.
  public var text: String { get throws { try JSONText.pretty(self) + "\n" } }
}
