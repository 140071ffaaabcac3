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

    /// A list of x, y and the class, or an object of these as version 1 of measures.json has it.
    public init(from decoder: any Decoder) throws {
      if var list = try? decoder.unkeyedContainer() {
        self.init(
          x: try list.decode(Double.self), y: try list.decode(Double.self),
          classIndex: try list.decode(Int.self))
        return
      }
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        x: try container.decode(Double.self, forKey: .x),
        y: try container.decode(Double.self, forKey: .y),
        classIndex: try container.decode(Int.self, forKey: .classIndex))
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
