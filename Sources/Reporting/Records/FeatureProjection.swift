/// Features of three classes in the plane through the means of those classes, over epochs.
public struct FeatureProjection: Sendable, Hashable, Codable {
  /// One feature in the plane.
  public struct Point: Sendable, Hashable, Codable {
    public var x: Double
    public var y: Double
    /// Index into ``FeatureProjection/classes``.
    public var classIndex: Int

    public init(x: Double, y: Double, classIndex: Int) {
      self.x = x
      self.y = y
      self.classIndex = classIndex
    }

    enum CodingKeys: String, CodingKey {
      case x, y
      case classIndex = "class"
    }
  }

  /// The features after one epoch.
  public struct Snapshot: Sendable, Hashable, Codable {
    public var epoch: Int
    public var points: [Point]

    public init(epoch: Int, points: [Point]) {
      self.epoch = epoch
      self.points = points
    }
  }

  /// The names of the three classes.
  public var classes: [String]
  /// By ascending epoch.
  public var snapshots: [Snapshot]

  public init(classes: [String], snapshots: [Snapshot]) {
    self.classes = classes
    self.snapshots = snapshots
  }
}
