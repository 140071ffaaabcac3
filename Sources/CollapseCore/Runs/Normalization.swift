/// Where a network normalizes batches.
public struct Normalization: Sendable, Hashable, Codable {
  /// After which affine maps before the classifier, between map and nonlinearity.
  public enum Hidden: String, Sendable, Hashable, Codable, CaseIterable {
    /// After every one.
    case all
    /// After the last one only.
    case last
    /// After none.
    case none
  }

  /// What a study tells apart: `all`, `last` (in the last hidden layer or directly before the
  /// classifier, and nowhere else) or `none`.
  public enum Placement: String, Sendable, Hashable, Codable, CaseIterable {
    /// After every affine map before the classifier.
    case all
    /// In the last hidden layer or directly before the classifier, and nowhere else.
    case last
    /// Nowhere.
    case none
  }

  /// Which of the maps before the classifier are normalized.
  public var hidden: Hidden
  /// Whether a normalization stands directly before the classifier: its output is the feature.
  public var last: Bool

  /// Normalization after the maps that `hidden` names and, with `last`, before the classifier.
  public init(hidden: Hidden, last: Bool) {
    self.hidden = hidden
    self.last = last
  }

  /// What files of other programs state: whether hidden layers are normalized, and whether the
  /// input of the classifier is; `nil` where they state neither.
  public init?(hidden: Bool?, last: Bool?) {
    guard hidden != nil || last != nil else { return nil }
    self.init(hidden: hidden == true ? .all : .none, last: last == true)
  }

  /// A normalization of the given placement: what files of the first version kept.
  public init(_ placement: Placement) {
    switch placement {
    case .all: self.init(hidden: .all, last: false)
    case .last: self.init(hidden: .none, last: true)
    case .none: self.init(hidden: .none, last: false)
    }
  }

  /// The placement this amounts to: `all` where every hidden map is normalized, whatever `last` is.
  public var placement: Placement {
    switch (hidden, last) {
    case (.all, _): .all
    case (.none, false): .none
    case (.last, _), (.none, true): .last
    }
  }
}
