public import CollapseCore

/// A kind of loss: a value that says what training minimizes for a batch, and its gradient.
///
/// A new kind is one file with a conformance, and one line in ``LossRegistry``.
package protocol Loss: NamedKind {
  /// The name in feature files: `cross_entropy`.
  static var name: String { get }

  /// The loss of one sample by its logits.
  ///
  /// - Parameter row: holds the logits z, and afterwards ∂loss/∂z.
  func evaluate(logits row: UnsafeMutableBufferPointer<Double>, label: Int) -> Double

  /// Multiplies a direction with the loss's second derivative A = ∂²loss/∂z².
  ///
  /// - Parameter direction: holds ż, and afterwards A ż.
  func applyCurvature(
    logits: UnsafeBufferPointer<Double>, label: Int,
    to direction: UnsafeMutableBufferPointer<Double>)

  /// What is minimized by the features of a batch, the classifier's input. Where there is such a
  /// part, the features learn from it alone: the classifier learns from the logits and passes
  /// nothing back.
  var featureLoss: (any FeatureLoss)? { get }
}

extension Loss {
  package var featureLoss: (any FeatureLoss)? { nil }
}

/// A loss by the features of all samples of a batch together.
package protocol FeatureLoss: Sendable {
  /// The loss, summed over the samples.
  ///
  /// - Parameters:
  ///   - features: one sample after another.
  ///   - gradient: receives the gradient of the samples' mean, arranged like `features`.
  func evaluate(
    features: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<Int32>,
    gradient: UnsafeMutableBufferPointer<Float>?
  ) -> Double
}

/// Every kind of loss there is.
package enum LossRegistry {
  package static let kinds: [any NamedKind.Type] = [
    CrossEntropy.self,
    MeanSquaredError.self,
    SupervisedContrastive.self,
  ]
}

/// What training minimizes over the logits or features of a batch, averaged over its samples.
///
/// As JSON or YAML a loss is its kind with its own fields: `{kind: crossEntropy,
/// labelSmoothing: 0.1}`.
public struct LossFunction: Sendable {
  package let loss: any Loss

  package init(_ loss: any Loss) { self.loss = loss }

  /// −Σ_c t_c log softmax(z)_c, with t = (1 − s)·onehot + s / C for a label smoothing of s.
  public static func crossEntropy(labelSmoothing: Double = 0) -> LossFunction {
    LossFunction(CrossEntropy(labelSmoothing: labelSmoothing))
  }

  /// s Σ_c k_c (z_c − t_c)², where t is `target` at the true class and 0 elsewhere, and k is
  /// `weight` at the true class and 1 elsewhere (Hui & Belkin, 2021; both 1 for plain MSE).
  ///
  /// - Parameter halved: whether s is ½, as in papers about unconstrained features, and not 1/C.
  public static func meanSquaredError(
    weight: Double = 1, target: Double = 1, halved: Bool = false
  ) -> LossFunction {
    LossFunction(MeanSquaredError(weight: weight, target: target, scale: halved ? .half : nil))
  }

  /// The supervised contrastive loss of the features (Khosla et al., 2020), and beside it a
  /// cross-entropy that trains the classifier alone; see ``SupervisedContrastive``.
  public static func supervisedContrastive(
    temperature: Double = 0.1, classifierWeight: Double = 1
  ) -> LossFunction {
    LossFunction(
      SupervisedContrastive(temperature: temperature, classifierWeight: classifierWeight))
  }

  /// The name in feature files: `cross_entropy`.
  public var name: String { type(of: loss).name }
}

extension LossFunction: Choice {
  public static let noun = "loss"
  public static var kinds: [any NamedKind.Type] { LossRegistry.kinds }

  public init(_ value: any NamedKind, at path: [String]) {
    loss = value as! any Loss  // one of `kinds`
  }

  public var value: any NamedKind { loss }
}
